"""JSON Schemas as grammars: what they generate is valid, what they cannot enforce is refused."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.engine.grammars import json_object_grammar, json_schema_grammar
from inference.engine.grammars.bounds import grammar_problem
from inference.engine.llama_cli.models.program import find_program
from tests.inference.engine.grammars.gbnf_sampler import sample
from tests.inference.engine.grammars.schemas import SCHEMAS
from tests.server import DEMO_MODEL


@pytest.mark.parametrize("name", SCHEMAS)
def test_everything_that_is_generated_is_valid(name: str) -> None:
    schema = SCHEMAS[name]
    grammar = json_schema_grammar(schema)
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker(["uuid"]))
    texts = {sample(grammar, seed) for seed in range(100)}
    for text in texts:
        validator.validate(json.loads(text))
    assert len(texts) > 1 or "const" in schema
    assert grammar_problem(grammar) is None


def test_any_object_is_an_object() -> None:
    for seed in range(100):
        assert isinstance(json.loads(sample(json_object_grammar(), seed)), dict)


def _with(**keywords: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Schemas with some of these keywords, and an order of lower and upper limits that is not checked."""
    return st.fixed_dictionaries({}, optional=keywords)


LEAVES = st.one_of(
    st.sampled_from([{}, True, {"type": "boolean"}, {"type": "null"}, {"const": "a"}, {"enum": [1, "b", [None]]}]),
    _with(minLength=st.integers(0, 3), maxLength=st.integers(3, 5)).map(lambda each: {"type": "string"} | each),
    _with(minimum=st.integers(-2000, 50), maximum=st.integers(50, 3000)).map(lambda each: {"type": "integer"} | each),
    _with(minimum=st.integers(-20, 5), maximum=st.integers(5, 30)).map(lambda each: {"type": "number"} | each),
)


def _containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    arrays = _with(
        items=inner,
        prefixItems=st.lists(inner, min_size=1, max_size=2),
        minItems=st.just(0),
        maxItems=st.integers(0, 3),
    ).map(lambda each: {"type": "array"} | each)
    objects = _with(
        properties=st.dictionaries(st.sampled_from(["a", "ab", "b", "", 'q"']), inner),
        additionalProperties=inner | st.booleans(),
    ).flatmap(
        lambda each: st.lists(st.sampled_from([*each.get("properties", {})] or [""]), unique=True).map(
            lambda required: {"type": "object"} | each | ({"required": required} if each.get("properties") else {})
        )
    )
    return arrays | objects | st.lists(inner, min_size=1, max_size=3).map(lambda options: {"anyOf": options})


@given(st.recursive(LEAVES, _containers, max_leaves=8), st.integers(0, 9))
def test_whatever_the_schema_is_its_values_are_valid(schema: Any, seed: int) -> None:
    text = sample(json_schema_grammar(schema), seed)
    jsonschema.Draft202012Validator(schema).validate(json.loads(text))


def test_the_engine_compiles_every_grammar(engine_binary: Callable[[str], Path], tmp_path: Path) -> None:
    """All of them as one grammar: each compiles, and a choice of them generates a valid value."""
    binary, file = engine_binary("llama-cli"), tmp_path / "grammar.gbnf"
    rules = []
    for number, schema in enumerate(SCHEMAS.values()):
        for line in json_schema_grammar(schema).splitlines():
            name, body = line.split(" ::= ", 1)
            rules.append((number, name, body))
    file.write_text("".join(f"{_renamed(line)}\n" for line in rules) + _root(len(SCHEMAS)))
    command = [str(binary), "-m", str(DEMO_MODEL), "-p", "JSON:", "-n", "400", "-t", "1", "--temp", "1"]
    run = subprocess.run(
        [*command, *find_program(binary).arguments, "--seed", "3", "--grammar-file", str(file), "--no-display-prompt"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "error parsing grammar" not in run.stderr
    assert run.stdout.strip()


def _root(count: int) -> str:
    return "root ::= " + " | ".join(f"g{number}-root" for number in range(count)) + "\n"


def _renamed(rule: tuple[int, str, str]) -> str:
    """Return a rule whose names begin with the number of its grammar."""
    number, name, body = rule
    parts = re.split(r'("(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|\{[^}]*\})', body)
    parts[::2] = [re.sub(r"([\w-]+)", rf"g{number}-\1", part) for part in parts[::2]]
    return f"g{number}-{name} ::= {''.join(parts)}"
