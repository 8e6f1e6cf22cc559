"""openai-tests, a command that checks whether a server behaves like OpenAI's."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

from .conftest import MODEL

CLIENT = f"openai-tests {version('openai-tests')}"


def run(*arguments: str) -> None:
    command = [sys.executable, "-m", "openai_tests", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_list_models(server: str) -> None:
    run("list-models", "--base-url", server)


def test_text_simple(server: str) -> None:
    run("text-simple", "--base-url", server, "--model", MODEL, "--verbose")
