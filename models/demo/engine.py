"""Run llama-cli for the evaluation: one process per prompt, complete answers."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
BUILT_BINARY = PROJECT / ".engine" / "bin" / "llama-cli"
END_MARK = b" [end of text]"  # what llama-cli prints after a token that ends the generation
TIMEOUT = 60  # seconds


class EngineMissing(Exception):
    """No llama-cli was found."""


@dataclass(frozen=True)
class Completion:
    """The text after a prompt, and whether it ended by itself."""

    text: str
    ended: bool


@dataclass(frozen=True)
class Sampling:
    """Sampling parameters. All others are the server's defaults: no top-k, no min-p."""

    temperature: float = 0.0
    top_p: float = 0.9
    seed: int = 1


def find_binary() -> Path:
    """Return the path in LLAMA_CLI, or of the llama-cli that the project built."""
    binary = Path(os.environ.get("LLAMA_CLI") or BUILT_BINARY)
    if not binary.is_file():
        message = f"No llama-cli at {binary}. Build it with `make engine`, or set LLAMA_CLI to its path."
        raise EngineMissing(message)
    return binary


@dataclass(frozen=True)
class Engine:
    """A binary and a model file."""

    binary: Path
    model: Path

    def run(self, prompt: str, *, tokens: int, sampling: Sampling, arguments: tuple[str, ...] = ()) -> bytes:
        """Return what llama-cli prints after the prompt. Special tokens in the prompt are parsed."""
        command = [str(self.binary), "-m", str(self.model), "-p", prompt, "-n", str(tokens)]
        command += ["-t", "1", "-c", "2048", "--no-display-prompt", "--no-warmup", "--no-escape"]
        command += ["--temp", str(sampling.temperature), "--top-p", str(sampling.top_p), "--seed", str(sampling.seed)]
        command += ["--top-k", "0", "--min-p", "0", *arguments]
        return self.launch(command).stdout

    def launch(self, command: list[str]) -> subprocess.CompletedProcess[bytes]:
        """Run llama-cli to its end."""
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT, check=True)

    def tokens_per_second(self, *, threads: int = 1) -> float:
        """Return the decode speed over 400 tokens, as llama-cli reports it."""
        command = [str(self.binary), "-m", str(self.model), "-p", "Hello", "-n", "400", "--ignore-eos"]
        command += ["-t", str(threads), "-c", "2048"]
        report = self.launch(command).stderr.decode(errors="replace")
        found = re.search(
            r"^.*\beval time.*?([\d.]+) tokens per second", report.replace("prompt eval", ""), re.MULTILINE
        )
        if found is None:
            message = "llama-cli did not report its speed."
            raise ValueError(message)
        return float(found[1])

    def complete(self, prompt: str, *, tokens: int = 320, sampling: Sampling | None = None) -> Completion:
        """Return an answer of at most `tokens` tokens."""
        output = self.run(prompt, tokens=tokens, sampling=sampling or Sampling()).rstrip(b"\n")
        ended = output.endswith(END_MARK)
        return Completion(output.removesuffix(END_MARK).decode(errors="replace"), ended)
