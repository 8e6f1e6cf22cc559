"""Which grammars are refused before the engine compiles them."""

from __future__ import annotations

import time

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


@pytest.mark.parametrize(
    "grammar",
    [
        'root ::= "' + r"\"" * 30_000,
        "root ::= " + "[" * 60_000,
        "root ::= " + "(" * 40 + r"[\[" * 20_000,
        'root ::= "a"{' + " " * 60_000,
        'root ::= "a"{' + "9" * 60_000,
        'root ::= "a"{' + "9" * 60_000 + "}",
        'root ::= "a"' + "?*" * 30_000,
        "root ::= r0\n" + "\n".join(f"r{i} ::= r{i + 1}" for i in range(4_000)),
        "a " * 30_000,
    ],
    ids=["quotes", "sets", "escaped sets", "spaces", "digits", "count", "signs", "chain of rules", "names"],
)
def test_any_grammar_is_judged_immediately(grammar: str) -> None:
    started = time.process_time()
    grammar_problem(grammar)
    assert time.process_time() - started < 0.5
