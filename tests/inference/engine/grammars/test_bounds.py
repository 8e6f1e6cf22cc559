"""Which grammars are refused before the engine compiles them."""

from __future__ import annotations

import pytest

from inference.engine.grammars.bounds import MAX_EXPANSION, grammar_problem


@pytest.mark.parametrize(
    "grammar",
    [
        'root ::= "a"',
        "root ::= [a-z]{1,500} # a comment with ( and {1,99999}",
        'root ::= "{99999}" (b | c)*',
        'root ::= ("a" "b"){100}',
        "no grammar at all )",
        'root ::= ws "a" ws ("," ws "b" ws)*\nws ::= [ \\t]*',
        'root ::= "a"? "b"? "c"? "d"? "e"? "f"? "g"? "h"? "i"? "j"?',
        'root ::= [(|*] ")" "|" [^"]+ ""',
    ],
)
def test_a_grammar_of_a_sensible_size_is_passed_on(grammar: str) -> None:
    assert grammar_problem(grammar) is None


@pytest.mark.parametrize(
    "grammar",
    [
        f'root ::= "a"{{{MAX_EXPANSION + 1}}}',
        'root ::= ("a"{200}){200}',
        'root ::= (("a" b{2,100} [x]){20,}){30}',
        f'root ::= {"(" * 60}"a"{")" * 60}',
        'root ::= "a"{0,99999999}',
        f'root ::= "{"a" * 3000}"{{10}}',
        'root ::= ("a"*)*',
        'root ::= ("a"?)+',
        'root ::= ("a" | ""){2}',
        'root ::= ((("a"?)?)){30} "b"',
        f'root ::= {"x " * 30}"b"\nx ::= ("a"?)?',
        "root ::= ws*\nws ::= [ ]*",
        'root ::= a?*\na ::= "a"',
    ],
)
def test_a_grammar_that_grows_too_large_is_refused(grammar: str) -> None:
    assert grammar_problem(grammar)
