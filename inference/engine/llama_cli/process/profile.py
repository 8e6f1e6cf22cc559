"""The parameters that llama-cli fixes at launch, in a canonical form, and their arguments and lines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from inference.engine.prompts.prompt import Prompt
from inference.engine.types import Sampling

# Without -cnv, the user's text is never parsed for special tokens. --special prints every token, with one write each.
# -lv 1 logs to stderr what happens. -n -1, because -n would count the input too. See docs/engine.md.
FIXED_ARGUMENTS = (
    *("-i", "-if", "--simple-io", "--no-display-prompt", "--special"),
    *("-lv", "1", "-n", "-1", "--no-context-shift", "--no-warmup"),
)


@dataclass(frozen=True, slots=True)
class Profile:
    """One launch of llama-cli: processes with equal profiles are interchangeable.

    `engine`: identifies binary, model, arguments and chat template. `context_size`: tokens. `sampling.seed`: None if
    the launch may choose one.
    """

    initial: str
    in_prefix: str
    in_suffix: str
    sampling: Sampling
    context_size: int
    threads: int
    engine: str = ""

    @classmethod
    def of(cls, prompt: Prompt, sampling: Sampling, context_size: int, threads: int, engine: str = "") -> Profile:
        """Return the profile, with the sampling in its canonical form."""
        return cls(
            prompt.initial, prompt.in_prefix, prompt.in_suffix, sampling.canonical(), context_size, threads, engine
        )

    def can_continue(self, other: Profile) -> bool:
        """Return whether a process of this profile can take the next turn of a conversation that requests `other`.

        A smaller context is enforced by counting tokens.
        """
        return (
            (self.engine, self.threads) == (other.engine, other.threads)
            and (self.in_prefix, self.in_suffix) == (other.in_prefix, other.in_suffix)
            and replace(self.sampling, seed=None) == replace(other.sampling, seed=None)
            and self.context_size >= other.context_size
        )

    def can_start(self, other: Profile) -> bool:
        """Return whether a process of this profile can take a conversation that starts with `other`."""
        return self.initial == other.initial and self.can_continue(other)

    def survives_reconfigure(self, before: Profile, now: Profile) -> bool:
        """Return whether a process of this profile is still useful when the default changes from `before` to `now`.

        If the default number of threads or the default context grows, processes with the old default are too small for
        most new requests. Whether its model is still served is not regarded.
        """
        if self.threads > now.threads:
            return False
        outgrown = self.threads == before.threads < now.threads
        return not outgrown and not self.context_size == before.context_size < now.context_size

    def with_seed(self, seed: int) -> Profile:
        return replace(self, sampling=replace(self.sampling, seed=seed))

    def arguments(self, model: Path, prompt_file: str, grammar_file: str) -> list[str]:
        """Return llama-cli's arguments. The files contain initial prompt and grammar, so that `ps` does not show them.

        Penalties and biases are passed only if they are used: a launch without them works on every llama-cli. A batch
        has room for the whole context, because llama-cli waits for input before it evaluates the last of several ones.
        """
        return [
            *("-m", str(model), "-f", prompt_file, *FIXED_ARGUMENTS),
            *("--in-prefix", escape(self.in_prefix), "--in-suffix", escape(self.in_suffix)),
            *("-c", str(self.context_size), "-b", str(self.context_size), "-t", str(self.threads)),
            *_sampling_arguments(self.sampling, self.context_size),
            *(("--grammar-file", grammar_file) if self.sampling.grammar else ()),
        ]

    def evaluation_arguments(self, binary: Path, model: Path) -> list[str]:
        """Return the command line of a run that only evaluates an initial prompt."""
        return [
            *(str(binary), "-m", str(model), "-n", "1", "--no-warmup", "--no-display-prompt"),
            *("-c", str(self.context_size), "-t", str(self.threads)),
        ]


def _sampling_arguments(sampling: Sampling, context_size: int) -> list[str]:
    arguments = [
        *("--seed", str(sampling.seed), "--temp", str(sampling.temperature), "--top-p", str(sampling.top_p)),
        *("--top-k", str(sampling.top_k), "--min-p", str(sampling.min_p)),
    ]
    if sampling.penalizes:
        arguments += ["--repeat-penalty", str(sampling.repeat_penalty)]
        arguments += ["--presence-penalty", str(sampling.presence_penalty)]
        arguments += ["--frequency-penalty", str(sampling.frequency_penalty)]
        # llama-cli documents -1 as the context size, but takes it for 0.
        last = sampling.repeat_last_n if sampling.repeat_last_n >= 0 else context_size
        arguments += ["--repeat-last-n", str(last)]
    for token, bias in sampling.logit_bias:
        arguments += ["--logit-bias", f"{token}{bias:+f}"]
    return arguments


def escape(text: str) -> str:
    r"""Escape `\`, newline, CR and tab, as llama-cli unescapes them in prompt files, arguments and lines."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def encode_line(text: str | None) -> bytes:
    """Return the line for stdin that reaches the model as exactly `text`; None continues the open answer.

    llama-cli removes the last `/`, and then adds no newline. A text of one byte is escaped, because it would count as
    an empty line.
    """
    if text is None:
        return b"/\n"
    data = escape(text).encode()
    return (data if len(data) > 1 else b"\\x%02x" % data[0]) + b"/\n"
