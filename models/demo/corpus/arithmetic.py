"""Small sums, differences, products and quotients, from full tables, and what else can be asked about numbers."""

import random

from .phrasing import choose, pick, vary
from .turn import Turn
from .word_lists import words

NUMBER_WORDS = words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
)

# All pairs of a table are equally likely; the large tables share what the small ones leave.
SMALL_SHARE = 0.75
SMALL_SUMS = [(a, b) for a in range(21) for b in range(21)]
LARGE_SUMS = [(a, b) for a in range(100) for b in range(100) if a + b <= 100]
SMALL_DIFFERENCES = [(a, b) for a in range(21) for b in range(a + 1)]
LARGE_DIFFERENCES = [(a, b) for a in range(101) for b in range(a + 1)]
PRODUCTS = [(a, b) for a in range(11) for b in range(11)]
QUOTIENTS = [(a * b, b) for a in range(11) for b in range(1, 11)]

SIGNS = {"plus": "+", "minus": "-", "times": "x", "over": "/"}
WORDS = {
    "plus": ("plus", "plus", "+", "+", "and", "added to"),
    "minus": ("minus", "minus", "-", "-", "take away", "less"),
    "times": ("times", "times", "*", "x", "multiplied by"),
    "over": ("divided by", "divided by", "/", "over"),
}
QUESTIONS = (
    "[what is|what's|whats|how much is|calculate|compute|solve|work out|tell me|add up] {e}?",
    "[what is|what's|how much is] {e}",
    "{e}",
    "{e}?",
    "{e} =",
    "{e} = ?",
    "[can|could] you [calculate|compute|solve|work out|tell me|do] {e} [for me|please|]?",
    "what [does|do] {e} [equal|make|give|come to]?",
    "what is the [result|answer|value] of {e}?",
    "do you know [what|how much] {e} is?",
    "how much [does|do] {e} make?",
    "I need [to know|the result of] {e}",
    "what do you get for {e}?",
)
SUM_STORIES = (
    "add {a} and {b}",
    "add {b} to {a}",
    "what is the sum of {a} and {b}?",
    "I have {a} [apples|books|coins|eggs|cats|pens] and [get|buy|find|receive] {b} more. How many do I have [now|]?",
    "if I have {a} [apples|cookies|euros|balls] and you give me {b} more, how many do I have?",
    "there are {a} [birds|dogs|cars|people] and {b} more come. How many are there?",
    "[Tom|Anna|Sam] has {a} [apples|books|marbles] and gets {b}. How many does [he|she|that person] have?",
)
DIFFERENCE_STORIES = (
    "subtract {b} from {a}",
    "what is {b} less than {a}?",
    "what is the difference of {a} and {b}?",
    "I have {a} [apples|cookies|coins|sweets] and [eat|lose|give away|sell] {b}. How many are left?",
    "[Tom|Anna|Sam] had {a} [apples|balloons|pens] and lost {b}. How many are left?",
    "there are {a} [birds|people|cars] and {b} leave. How many [stay|remain|are left]?",
)
PRODUCT_STORIES = (
    "multiply {a} [by|with|and] {b}",
    "what is the product of {a} and {b}?",
    "I have {a} boxes with {b} [apples|balls|books] each. How many are there?",
)
QUOTIENT_STORIES = (
    "divide {a} by {b}",
    "share {a} [apples|sweets|coins] among {b} [people|children|friends]. How many does each get?",
)
STORIES = {"plus": SUM_STORIES, "minus": DIFFERENCE_STORIES, "times": PRODUCT_STORIES, "over": QUOTIENT_STORIES}
TOO_LARGE = "I can only do small sums with numbers up to 100. Please use a calculator for that."


def in_words(rng: random.Random, number: int) -> str:
    """The number in digits, or sometimes, up to twenty, as a word."""
    return NUMBER_WORDS[number] if number <= 20 and rng.random() < 0.25 else str(number)


def random_problem(rng: random.Random) -> tuple[str, int, int, int]:
    """An operation, its two operands, and the result."""
    operation = rng.choices(("plus", "minus", "times", "over"), (40, 28, 20, 12))[0]
    if operation == "plus":
        a, b = rng.choice(SMALL_SUMS if rng.random() < SMALL_SHARE else LARGE_SUMS)
        return operation, a, b, a + b
    if operation == "minus":
        a, b = rng.choice(SMALL_DIFFERENCES if rng.random() < SMALL_SHARE else LARGE_DIFFERENCES)
        return operation, a, b, a - b
    if operation == "times":
        a, b = rng.choice(PRODUCTS)
        return operation, a, b, a * b
    a, b = rng.choice(QUOTIENTS)
    return operation, a, b, a // b


def equation(operation: str, a: int, b: int, result: int) -> str:
    """The answer: the whole equation, so that the operands are read again before the result is written."""
    return f"{a} {SIGNS[operation]} {b} = {result}."


def sum_block(rng: random.Random) -> list[Turn]:
    """A small calculation, sometimes continued with its result."""
    operation, a, b, result = random_problem(rng)
    if rng.random() < 0.15:
        question = pick(rng, rng.choice(STORIES[operation])).format(a=in_words(rng, a), b=in_words(rng, b))
    else:
        word = rng.choice(WORDS[operation])
        if word[0].isalpha() and word != "x":
            expression = f"{in_words(rng, a)} {word} {in_words(rng, b)}"
        elif rng.random() < 0.4:
            expression = f"{a}{word}{b}"
        else:
            expression = f"{a} {word} {b}"
        question = choose(rng, QUESTIONS).format(e=expression)
    turns = [Turn(vary(rng, question, exact=True), equation(operation, a, b, result), brief=f"{result}.")]
    if rng.random() < 0.15 and result <= 60:
        extra = rng.randint(1, 20)
        follow_up = rng.choice(("and plus {n}?", "plus {n}?", "add {n} to that", "now add {n}", "and {n} more?"))
        answer = equation("plus", result, extra, result + extra)
        turns.append(Turn(follow_up.format(n=extra), answer, brief=f"{result + extra}."))
    return turns


def number_block(rng: random.Random) -> list[Turn]:
    """Double and half, even and odd, larger and smaller, before and after."""
    kind = rng.randrange(7)
    a, b = rng.sample(range(101), 2)
    if kind == 0:
        a = rng.randint(0, 50)
        question = "[what is|what's|calculate|] [double|twice|two times] {a}?"
        answer, brief = f"Twice {a} is {2 * a}.", f"{2 * a}."
    elif kind == 1:
        a = 2 * rng.randint(0, 50)
        question = "[what is|what's|calculate|] [half of|the half of|one half of] {a}?"
        answer, brief = f"Half of {a} is {a // 2}.", f"{a // 2}."
    elif kind == 2:
        parity = "even" if a % 2 == 0 else "odd"
        question = (
            "[is {a} even or odd?|is {a} an [even|odd] number?|is {a} odd?|is {a} even?|even or odd: "
            "{a}|{a}, even or odd?]"
        )
        answer, brief = f"{a} is {parity}.", f"{parity.capitalize()}."
    elif kind == 3:
        question = (
            "[which|what|which number|which one] is [bigger|larger|greater|more][,|:] {a} or {b}?",
            "is {a} [bigger|larger|greater|more] than {b}?",
            "[compare|what is more:] {a} and {b}",
        )[rng.choices((0, 1, 2), (6, 2, 1))[0]]
        answer, brief = f"{max(a, b)} is bigger than {min(a, b)}.", f"{max(a, b)}."
    elif kind == 4:
        question = "[which|what|which number|which one] is [smaller|less|the smaller one][,|:] {a} or {b}?"
        answer, brief = f"{min(a, b)} is smaller than {max(a, b)}.", f"{min(a, b)}."
    elif kind == 5:
        question = "[what|which] [number|] [comes after|follows|is after|is next after] {a}?"
        answer, brief = f"After {a} comes {a + 1}.", f"{a + 1}."
    else:
        a += 1
        question = "[what|which] [number|] [comes before|is before|precedes] {a}?"
        answer, brief = f"Before {a} comes {a - 1}.", f"{a - 1}."
    question = pick(rng, question).format(a=a, b=b)
    return [Turn(vary(rng, question, exact=True), answer, brief=brief)]


def too_large_block(rng: random.Random) -> list[Turn]:
    """A calculation beyond the tables."""
    a, b = rng.randint(101, 99999), rng.randint(13, 9999)
    word = rng.choice(("plus", "+", "times", "*", "x", "minus", "-", "divided by", "/"))
    expression = rng.choice((f"{a} {word} {b}", f"{b} {word} {a}"))
    expression = rng.choice((expression, expression, f"the square root of {a}", f"{b} to the power of {a % 13 + 2}"))
    return [Turn(vary(rng, choose(rng, QUESTIONS).format(e=expression), exact=True), TOO_LARGE)]
