"""Everything of a request that llama-cli fixes at launch, in its canonical form, and the arguments that launch it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from inference.engine.prompts.chat_template import Prompt
from inference.engine.types import Sampling

# Without -cnv the user's text is never parsed for special tokens; --special prints every token, one write each;
# -lv 1 tells on stderr what happens; -n -1 because -n would count the input too. See docs/engine.md.
FIXED_ARGUMENTS = (
    *("-i", "-if", "--simple-io", "--no-display-prompt", "--special"),
    *("-lv", "1", "-n", "-1", "--no-context-shift", "--no-warmup"),
)


@dataclass(frozen=True, slots=True)
class Profile:
    """One launch of llama-cli: processes with equal profiles are interchangeable.

    `engine`: which binary, model, arguments and chat template; processes of different ones have nothing in common.
    `context_size`: tokens. `sampling.seed` None: any seed will do, the launch chooses one.
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
        """The canonical profile: at temperature 0 what cannot have an effect is left out."""
        if sampling.temperature == 0:
            sampling = Sampling(temperature=0.0, top_p=1.0)
        return cls(prompt.initial, prompt.in_prefix, prompt.in_suffix, sampling, context_size, threads, engine)

    def goes_on(self, other: Profile) -> bool:
        """Whether a process launched with this profile may take the next turn of a conversation that `other` asks for.

        A smaller context is kept by counting.
        """
        return (
            (self.engine, self.threads) == (other.engine, other.threads)
            and (self.in_prefix, self.in_suffix) == (other.in_prefix, other.in_suffix)
            and replace(self.sampling, seed=None) == replace(other.sampling, seed=None)
            and self.context_size >= other.context_size
        )

    def starts(self, other: Profile) -> bool:
        """Whether a process launched with this profile may take a conversation that begins with `other`."""
        return self.initial == other.initial and self.goes_on(other)

    def lasts(self, before: Profile, now: Profile) -> bool:
        """Whether a process of this profile is still of use when the default is changed from `before` to `now`.

        One that has the threads or the context of `before` has too few for what requests ask for after they grew.
        """
        if self.engine != now.engine or self.threads > now.threads:
            return False
        outgrown = self.threads == before.threads < now.threads
        return not outgrown and not self.context_size == before.context_size < now.context_size

    def with_seed(self, seed: int) -> Profile:
        return replace(self, sampling=replace(self.sampling, seed=seed))

    def arguments(self, model: Path, prompt_file: str) -> list[str]:
        """llama-cli's arguments; `prompt_file` holds the initial prompt, so that `ps` does not show it."""
        sampling = self.sampling
        return [
            *("-m", str(model), "-f", prompt_file, *FIXED_ARGUMENTS),
            *("--in-prefix", escape(self.in_prefix), "--in-suffix", escape(self.in_suffix)),
            *("-c", str(self.context_size), "-t", str(self.threads), "--seed", str(sampling.seed)),
            *("--temp", str(sampling.temperature), "--top-p", str(sampling.top_p)),
            *("--top-k", str(sampling.top_k), "--min-p", str(sampling.min_p)),
        ]

    def evaluation_arguments(self, binary: Path, model: Path) -> list[str]:
        """A run that only evaluates an initial prompt."""
        return [
            *(str(binary), "-m", str(model), "-n", "1", "--no-warmup", "--no-display-prompt"),
            *("-c", str(self.context_size), "-t", str(self.threads)),
        ]


def escape(text: str) -> str:
    r"""Text as llama-cli unescapes it again, in prompt files, arguments and lines: `\`, newline, CR and tab."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def encode_line(text: str | None) -> bytes:
    """One turn as the single line of stdin that reaches the model as exactly `text`; None: the answer goes on.

    The last `/` is eaten and hands over without adding a newline. A text of one byte would count as an empty line.
    """
    if text is None:
        return b"/\n"
    data = escape(text).encode()
    return (data if len(data) > 1 else b"\\x%02x" % data[0]) + b"/\n"
