"""Counting up, down and in steps, and stopping at the right number."""

import random

from .arithmetic import in_words
from .phrasing import pick, vary
from .reframing import sometimes_reframed
from .turn import Turn

UP_FROM_ONE = (
    "[count|please count|count up|start counting] [to|up to|till] {b}",
    "count from [1|one] to {b}",
    "[can|could] you count [to|up to|from 1 to] {b}?",
    "[list|write|say|give me|show me|tell me] [the|all|all the] numbers from [1|one] to {b}",
    "I want you to count to {b}",
    "let's count to {b}",
    "[count|go|say the numbers|number] [for me|] [all the way|] [to|up to] {b} [please|now|for me|]",
    "1, 2, 3, ... [up to|to] {b} [please|]",
    "[one|1] to {b} [please|]",
    "numbers [up|] to {b}",
)
UP = (
    "count from {a} [to|up to|till] {b}",
    "[list|write|say|give me|show me] [the|all|all the] numbers from {a} to {b}",
    "[can|could] you count from {a} to {b}?",
    "start at {a} and count to {b}",
    "[which|what] numbers are from {a} to {b}?",
    "[count|go|say the numbers|number] [for me|please|] from {a} [all the way|] [to|up to] {b} [please|now|for me|]",
    "numbers from {a} to {b}",
    "{a} to {b} [please|, count|]",
    "[between|all numbers between] {a} and {b}, [count|both included]",
    "begin [with|at] {a} and [stop|end] [with|at] {b}",
    "starting at {a}, count to {b}",
)
DOWN = (
    "count [backwards|down] from {b} [to 1|to one|]",
    "countdown from {b}",
    "count from {b} [down|back|backwards|] to [1|one]",
    "[can|could] you count [down|backwards] from {b}?",
    "start a countdown from {b}",
    "[from|go from] {b} [down|back] to [1|one] [please|]",
    "[reverse|backwards]: [count|] from {b} [to 1|to one|]",
    "[a|] countdown [starting at|of|from] {b} [please|]",
)
STEPS = (
    "[list|give me|name|write|say|show me|tell me] [the first|] {n} {kind} numbers",
    "[what|which] are the first {n} {kind} numbers?",
    "[can|could] you [list|name|give me] [the first|] {n} {kind} numbers?",
    "[the first|first|] {n} {kind} numbers [please|]",
    "[I need|I want|I'd like] [the first|] {n} {kind} numbers",
    "[begin|start] with the first {n} {kind} numbers",
)
BY_STEP = (
    "count [by|in] {step}s [to|up to] {b}",
    "count to {b} [in steps of|by] {step}",
    "[list|give me|what are] the multiples of {step} up to {b}?",
)


def written(numbers: range | list[int]) -> str:
    """Return the numbers, separated by commas, with a full stop at the end."""
    return ", ".join(str(number) for number in numbers) + "."


def counting_block(rng: random.Random) -> list[Turn]:
    """Return a request to count."""
    kind = rng.choices(("one", "up", "down", "steps", "by"), (25, 28, 15, 24, 8))[0]
    if kind == "one":
        last = rng.randint(2, 20)
        question = pick(rng, rng.choice(UP_FROM_ONE)).format(b=in_words(rng, last))
        answer = written(range(1, last + 1))
    elif kind == "up":
        first = rng.randint(0, 40)
        last = first + rng.randint(2, 9)
        question = pick(rng, rng.choice(UP)).format(a=in_words(rng, first), b=in_words(rng, last))
        answer = written(range(first, last + 1))
    elif kind == "down":
        last = rng.randint(3, 20)
        question = pick(rng, rng.choice(DOWN)).format(b=in_words(rng, last))
        answer = written(range(last, 0, -1))
    elif kind == "steps":
        count = rng.randint(2, 8)
        parity = rng.choice(("even", "odd"))
        start = 2 if parity == "even" else 1
        question = pick(rng, rng.choice(STEPS)).format(n=in_words(rng, count), kind=parity)
        answer = written(range(start, start + 2 * count, 2))
    else:
        step = rng.choice((2, 3, 5, 10))
        last = step * rng.randint(3, 10)
        question = pick(rng, rng.choice(BY_STEP)).format(step=step, b=last)
        answer = written(range(step, last + 1, step))
    question = sometimes_reframed(rng, question)
    return [Turn(vary(rng, question, exact=True), answer, brief=answer)]
