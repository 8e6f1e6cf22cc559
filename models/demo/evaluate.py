"""Evaluate a model file: ask the held-out questions through llama-cli, and judge the answers."""

import re
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from .corpus import DEFAULT_SYSTEM_PROMPT
from .engine import Completion, Engine, Sampling
from .evaluation import QUESTIONS, Question

END_OF_TURN = "<|eot_id|>"
LOOP_WORDS = 6  # words; a sequence of this length …
LOOP_TIMES = 3  # … that occurs this often in one answer is a loop
SEEDS = (1, 2, 3)  # for a temperature above 0
# The questions of the README and the chat page's examples. They are in the corpus, so they do not count as evaluation.
README_QUESTIONS = (
    "What is machine learning?",
    "What is BitNet?",
    "What can you do?",
    "Explain quantization in simple words",
    "Write a haiku about the sea",
    "What is the capital of France?",
)


@dataclass(frozen=True)
class Judged:
    """A question, the answers to its messages, and whether the last one was sensible."""

    question: Question
    answers: list[Completion]
    right: bool
    looped: bool

    @property
    def ended(self) -> bool:
        """Return whether every answer ended by itself."""
        return all(answer.ended for answer in self.answers)

    @property
    def sensible(self) -> bool:
        """Return whether the answer has the key fact, ended by itself and has no loop."""
        return self.right and self.ended and not self.looped


def render(system: str | None, turns: Iterable[tuple[str, str]], question: str) -> str:
    """Return the prompt as the server sends it: the chat template without the space at the end of `Assistant: `."""
    prompt = f"System: {system}{END_OF_TURN}" if system else ""
    for message, answer in turns:
        prompt += f"User: {message}{END_OF_TURN}Assistant: {answer}{END_OF_TURN}"
    return f"{prompt}User: {question}{END_OF_TURN}Assistant:"


def converse(engine: Engine, messages: Iterable[str], sampling: Sampling, system: str | None) -> list[Completion]:
    """Send the messages one after another, each with the conversation so far."""
    turns: list[tuple[str, str]] = []
    answers: list[Completion] = []
    for message in messages:
        completion = engine.complete(render(system, turns, message), sampling=sampling)
        answer = completion.text.removeprefix(" ")
        answers.append(Completion(answer, completion.ended))
        turns.append((message, answer))
    return answers


def loops(text: str) -> bool:
    """Return whether the answer repeats the same words."""
    words = re.findall(r"\w+", text.lower())
    runs = Counter(tuple(words[start : start + LOOP_WORDS]) for start in range(len(words) - LOOP_WORDS + 1))
    return any(count >= LOOP_TIMES for count in runs.values())


def judge(engine: Engine, question: Question, sampling: Sampling) -> Judged:
    """Ask one question of the evaluation."""
    system = DEFAULT_SYSTEM_PROMPT if question.system is None else question.system
    answers = converse(engine, question.messages, sampling, system)
    last = answers[-1].text
    right = re.search(question.expected, last, re.IGNORECASE | re.DOTALL) is not None
    return Judged(question, answers, right, loops(last))


def judge_all(engine: Engine, sampling: Sampling, *, workers: int = 2) -> list[Judged]:
    """Ask every question of the evaluation once."""
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda question: judge(engine, question, sampling), QUESTIONS))


@dataclass(frozen=True)
class Score:
    """The results of all questions at one temperature, of every seed."""

    temperature: float
    judged: list[Judged]

    def share(self, kind: str | None = None) -> float:
        """Return the share of sensible answers, of one kind of question or of all."""
        chosen = [item for item in self.judged if kind in (None, item.question.kind)]
        return sum(item.sensible for item in chosen) / len(chosen)

    def lines(self) -> list[str]:
        """Return the score as text: all, then each kind."""
        ended = sum(item.ended for item in self.judged) / len(self.judged)
        looped = sum(item.looped for item in self.judged)
        head = (
            f"temperature {self.temperature}: {self.share():.1%} of {len(self.judged)} answers sensible; "
            f"{ended:.1%} ended by themselves, {looped} looped"
        )
        kinds = Counter(item.question.kind for item in self.judged)
        return [head, *(f"  {kind:<11} {self.share(kind):6.1%} of {count}" for kind, count in kinds.items())]


def score(engine: Engine, temperature: float) -> Score:
    """Ask all questions at a temperature: once at 0, where answers do not vary, else with several seeds."""
    seeds = SEEDS if temperature > 0 else SEEDS[:1]
    judged: list[Judged] = []
    for seed in seeds:
        judged += judge_all(engine, Sampling(temperature=temperature, seed=seed))
    return Score(temperature, judged)


def print_failures(result: Score) -> None:
    """Return every answer that was not sensible, for review."""
    for item in result.judged:
        if not item.sensible:
            marks = "".join((" (did not end)" * (not item.ended), " (looped)" * item.looped))
            print(f"  {item.question.kind}: {item.question.messages} -> {item.answers[-1].text!r}{marks}")


def print_readme_answers(engine: Engine) -> None:
    """Return the answers to typical first questions at temperature 0."""
    for message in README_QUESTIONS:
        answer = converse(engine, [message], Sampling(), DEFAULT_SYSTEM_PROMPT)[0].text
        print(f"  {message}\n    {answer}")
