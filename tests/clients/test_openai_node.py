"""OpenAI's client for JavaScript: each test runs one function of `openai_node.js`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from .conftest import MODEL

FOLDER = Path(__file__).parent
CLIENT = f"openai-node {json.loads((FOLDER / 'package.json').read_text())['dependencies']['openai']}"


def run(name: str, server: str) -> None:
    command = ["node", "openai_node.js", name, f"{server}/v1", MODEL]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_chat(server: str) -> None:
    run("chat", server)


def test_stream(server: str) -> None:
    run("stream", server)


def test_structured_output(server: str) -> None:
    run("structured output", server)


def test_models(server: str) -> None:
    run("models", server)


def test_errors(server: str) -> None:
    run("errors", server)


def test_abort(busy_server: str) -> None:
    run("abort", busy_server)


def test_retries(busy_server: str) -> None:
    run("retries", busy_server)
