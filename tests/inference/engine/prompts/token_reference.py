"""The tokens that llama-cli evaluates, and those that plain jinja2 and llama-tokenize expect."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

import jinja2

from inference.engine.llama_cli.models.program import find_program
from inference.engine.prompts.prompt import Prompt
from inference.engine.types import Message
from tests.chat_templates import Case

TIME_AND_LEVEL = re.compile(rb"\d+\.\d\d\.\d\d\d\.\d\d\d [A-Z] ")  # before each line of newer builds
LOGGED_PROMPT = re.compile(rb"prompt: \"|\w+: prompt: '")
LISTED = re.compile(rb"\w+: number of tokens in prompt = (\d+)")
LISTED_TOKEN = re.compile(rb" *(\d+) -> '")
SPECIAL = re.compile(r"<\||\|>|</?s>|\[/?INST\]|_turn>|｜")


@dataclass
class LlamaCli:
    """One llama-cli, driven step by step. `evaluated`: all tokens in its context, in order.

    Newer builds do not log what they evaluate, but list the tokens of prompt and lines, so that those are all.
    """

    binary: Path
    model: Path
    prompt: Prompt
    extra: Sequence[str] = ()
    evaluated: list[int] = field(default_factory=list)

    def __enter__(self) -> LlamaCli:
        initial = _escaped(self.prompt.initial)
        launch = os.memfd_create("initial")
        os.write(launch, initial)
        os.lseek(launch, 0, os.SEEK_SET)
        fixed = "-i -if --simple-io --no-display-prompt --special -lv 1 -n -1 --no-context-shift --no-warmup -t 1"
        command = [str(self.binary), "-m", str(self.model), *fixed.split(), "-c", "2048", "--seed", "1"]
        command += ["--temp", "1", "--top-k", "0", "--min-p", "0", "-f", f"/dev/fd/{launch}", *self.extra]
        if newer := find_program(self.binary).arguments:
            command += ["--verbose-prompt", *newer]
        command += ["--in-prefix", _escaped(self.prompt.in_prefix), "--in-suffix", _escaped(self.prompt.in_suffix)]
        self.child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=[launch],
            env={"OMP_WAIT_POLICY": "PASSIVE"},
        )
        os.close(launch)
        return self

    def __exit__(self, *_: object) -> None:
        self.child.kill()
        self.child.communicate()

    def ask(self, line: str | None) -> None:
        """Send a line (None: an empty one), and return once the first token of the answer is sampled."""
        self.child.stdin.write(b"\n" if line is None else _stdin_line(line))
        self.child.stdin.flush()
        self._read_until(b"n_remain: ")  # with a line, the first one counts the line
        if line is not None:
            self._read_until(b"n_remain: ")

    def wait(self) -> None:
        """Return once llama-cli waits for input: at first, and when the answer has ended."""
        self._read_until(b"waiting for user input\n")

    def _read_until(self, beginning: bytes) -> None:
        for line in self._lines():
            if prompt := LOGGED_PROMPT.match(line):
                size = prompt.end() + len(self.prompt.initial.encode() + b'"\n')
                self.child.stderr.read(max(0, size - len(line)))
            elif listed := LISTED.match(line):
                tokens = (int(found[1]) for line in self._lines() if (found := LISTED_TOKEN.match(line)))
                self.evaluated += itertools.islice(tokens, int(listed[1]))
            elif line.startswith(b"eval: "):
                self.evaluated += _ids(line)
            elif line.startswith(beginning):
                return
        raise AssertionError(f"llama-cli ended with {self.child.wait()}")

    def _lines(self) -> Iterator[bytes]:
        for line in iter(self.child.stderr.readline, b""):
            yield TIME_AND_LEVEL.sub(b"", line, count=1)


def _ids(line: bytes) -> list[int]:
    return [int(number) for number in re.findall(rb"':(\d+)(?=, '| \]\n)", line)]


def _escaped(text: str) -> bytes:
    for plain, escape in (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        text = text.replace(plain, escape)
    return text.encode()


def _stdin_line(text: str) -> bytes:
    data = text.encode()
    return (b"\\x%02x" % data[0] if len(data) == 1 else _escaped(text)) + b"/\n"


@dataclass(frozen=True)
class Reference:
    """The tokens that a transcript should have, according to plain jinja2 and llama-tokenize."""

    binary: Path
    model: Path
    case: Case

    def tokens(self, messages: Sequence[Message], *, plain_question: bool) -> list[int]:
        """Return the tokens of a transcript.

        `plain_question`: special-token strings in the last message are text, as on stdin.
        """
        *earlier, last = self.folded(messages)
        earlier = [Message(turn.role, self.inert(turn.content)) for turn in earlier]

        def render(question: str) -> str:
            return self.render([*earlier, Message(last.role, question)])

        if not plain_question:
            return self.tokenize(render(self.inert(last.content)))
        if not SPECIAL.search(last.content):
            return self.tokenize(render(last.content))
        before, after = render("qqq").split("qqq")
        text = last.content if " q " in render(" q ") else last.content.strip()
        specials = "|".join(map(re.escape, self.case.special_tokens))
        head = before[: max((found.end() for found in re.finditer(specials, before)), default=0)]
        tail = after[re.search(specials, after).start() :]
        plain = before[len(head) :] + text + after[: len(after) - len(tail)]
        return [
            *self.tokenize(head),
            *self.tokenize(plain, "--no-parse-special", "--no-bos"),
            *self.tokenize(tail, "--no-bos"),
        ]

    def folded(self, messages: Sequence[Message]) -> Sequence[Message]:
        if messages[0].role != "system" or self.case.system:
            return messages
        return [Message("user", f"{messages[0].content}\n\n{messages[1].content}"), *messages[2:]]

    def render(self, messages: Sequence[Message], *, generate: bool = True) -> str:
        environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701
        rendered = environment.from_string(self.case.template).render(
            messages=[{"role": turn.role, "content": turn.content} for turn in messages],
            add_generation_prompt=generate,
            bos_token=self.case.bos or "",
            eos_token=self.case.end,
            strftime_now=datetime.now().strftime,
        )
        return rendered.removeprefix(self.case.bos or "" if self.case.adds_bos else "").rstrip(" ")

    def inert(self, text: str) -> str:
        marked = {
            found.start()
            for token, kind in self.case.special_tokens.items()
            if kind != 4  # user-defined tokens are tokens everywhere
            for found in re.finditer(f"(?={re.escape(token)})", text)
        }
        return "".join(character + "\u200b" * (at in marked) for at, character in enumerate(text))

    def tokenize(self, text: str, *flags: str) -> list[int]:
        return list(tokens_of(self.binary, self.model, text, *flags))


@cache
def tokens_of(binary: Path, model: Path, text: str, *flags: str) -> tuple[int, ...]:
    """Return the tokens of a text. Many transcripts have the same parts."""
    command = [binary, "-m", model, "--stdin", "--ids", "--log-disable", *flags]
    if "--no-escape" in tokenize_options(binary):
        command.append("--no-escape")
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=True)
    return tuple(json.loads(done.stdout))


@cache
def tokenize_options(binary: Path) -> str:
    """Return the help of llama-tokenize: newer builds process escapes by default."""
    return subprocess.run([binary, "--help"], capture_output=True, text=True, check=False).stdout
