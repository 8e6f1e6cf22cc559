"""Builds of llama.cpp in which the program has another name and other options. LLAMA_CLI=PATH runs all tests on one."""

from __future__ import annotations

from pathlib import Path

import pytest

from inference.engine.errors import LaunchError
from inference.engine.llama_cli.models.program import Program, find_program
from tests.engine_processes import switches
from tests.inference.engine.conftest import StartPool
from tests.inference.engine.pools import complete, question

NEWER_HELP = "-no-cnv, --no-conversation\n-if, --interactive-first"
TODAYS_HELP = "-mli, --multiline-input"  # of the llama-cli that replaced it


def program(path: Path, options: str, otherwise: str) -> Path:
    """Write a program that prints `options` as its help, and otherwise runs a shell command."""
    path.write_text(f'#!/bin/sh\nif [ "$1" = --help ]; then echo "{options}"; exit; fi\n{otherwise}\n')
    path.chmod(0o755)
    return path


@pytest.fixture
def completion(tmp_path: Path, fake_cli: Path) -> Path:
    """A llama-completion, which fails without its options."""
    refuse = 'case " $* " in *" -no-cnv -lv 5 "*) ;; *) echo "error: a chat begins" >&2; exit 1;; esac'
    return program(tmp_path / "llama-completion", NEWER_HELP, f'{refuse}\nexec "{fake_cli}" "$@"')


@pytest.fixture
def todays_cli(tmp_path: Path) -> Path:
    return program(tmp_path / "llama-cli", TODAYS_HELP, "echo 'error: invalid argument: -if' >&2; exit 1")


async def test_a_newer_program_is_launched_with_the_options_it_needs(completion: Path, pool_on: StartPool) -> None:
    async with pool_on(completion, switches("newer-log")) as pool:
        assert (await complete(pool, question("One"))).text == "I heard: One"


async def test_the_llama_completion_beside_todays_llama_cli_is_used(
    todays_cli: Path, completion: Path, pool_on: StartPool
) -> None:
    async with pool_on(todays_cli, switches("newer-log")) as pool:
        assert (await complete(pool, question("One"))).text == "I heard: One"


async def test_todays_llama_cli_alone_is_refused_with_the_program_to_use(todays_cli: Path, pool_on: StartPool) -> None:
    with pytest.raises(LaunchError, match=r"another program.*llama-completion of the same build"):
        async with pool_on(todays_cli):
            pass


def test_a_program_that_prints_no_help_is_launched_as_it_is(fake_cli: Path, tmp_path: Path, completion: Path) -> None:
    missing = tmp_path / "missing" / "llama-cli"
    assert find_program(fake_cli) == Program(fake_cli)
    assert find_program(missing) == Program(missing)


def test_a_program_that_is_replaced_is_asked_again(todays_cli: Path, fake_cli: Path) -> None:
    assert find_program(todays_cli) == Program(todays_cli)
    program(todays_cli, NEWER_HELP + " and more", "exit 1")
    assert find_program(todays_cli).arguments == ("-no-cnv", "-lv", "5")
