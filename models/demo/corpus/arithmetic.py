"""Sums and differences up to 100, products and quotients up to 12 x 12, and other questions about numbers.

A small network cannot memorize all results, so it learns to calculate: the ones and tens of two long numbers are
handled separately, so that each step uses a table of one digit.
"""

import random

from .phrasing import choose, pick, vary
from .turn import Turn
from .word_lists import words

NUMBER_WORDS = words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
)

# All pairs of a table are equally likely; the large tables share what the small ones leave.
SMALL_SHARE = 0.55
SMALL_SUMS = [(a, b) for a in range(21) for b in range(21) if min(a, b) <= 10]
LARGE_SUMS = [(a, b) for a in range(100) for b in range(100) if a + b <= 100]
SMALL_DIFFERENCES = [(a, b) for a in range(21) for b in range(a + 1)]
LARGE_DIFFERENCES = [(a, b) for a in range(101) for b in range(a + 1)]
PRODUCTS = [(a, b) for a in range(13) for b in range(13)]
QUOTIENTS = [(a * b, b) for a in range(13) for b in range(1, 13)]

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
    "[what|how much] [would|might|will|could] {e} be?",
    "{e}, [what is that|what is it|how much is that|please|quick|what do I get]?",
    "{e} [makes|equals|gives|is] [what|how much]?",
    "[please|just|now|quick:|hey,|ok,|fast:|now quickly|a sum:|next:|and] {e}",
    "[can|could] you [add up|find out|figure out|get|answer] {e}?",
    "[what|how much] [is|makes] {e} [altogether|in total|together|then|please|]?",
    "[give|show] me [the result of|the answer to|] {e}",
    "[I want to know|I wonder|tell me|find] [how much|what] {e} is",
    "the [answer|result|solution] [of|to|for] {e}?",
    "{e} is?",
    "help me with {e}",
)
PEOPLE = (
    "[Tom|Anna|Sam|Maria|my brother|my mother|my friend|the teacher|a farmer|a girl|our neighbour|Peter|she|he|Lena]"
)
THINGS = (
    "[apples|books|coins|eggs|cats|pens|cookies|balls|marbles|stamps|toys|cups|cards|pears|flowers|keys|sweets|plates|"
    "fish]"
)
SUM_STORIES = (
    "add {a} and {b}",
    "add {b} to {a}",
    "what is the sum of {a} and {b}?",
    "I have {a} [apples|books|coins|eggs|cats|pens] and [get|buy|find|receive] {b} more. How many do I have [now|]?",
    "if I have {a} [apples|cookies|euros|balls] and you give me {b} more, how many do I have?",
    "there are {a} [birds|dogs|cars|people] and {b} more come. How many are there?",
    f"{PEOPLE} has {{a}} {THINGS} and [gets|finds|buys|is given|wins|adds|takes] {{b}} [more|others|] [.|,] "
    f"[How many|how "
    "many] [are there|in all|are that|does that make|together] [now|]?",
    f"I [had|have|own|bought] {{a}} {THINGS} [and then|and|, then I] [got|bought|found|received] {{b}} [more|], "
    "how many [do I have|are there|is that|have I got]?",
    "sum of {a} and {b} [please|]",
    "[the|] sum of {a} [plus|with|and] {b}?",
    "[put|take] {a} and {b} together",
    "[add|add up|sum up|total] {a} and {b}",
    "how much do {a} and {b} make [together|]?",
    "increase {a} by {b}",
)
DIFFERENCE_STORIES = (
    "subtract {b} from {a}",
    "what is {b} less than {a}?",
    "what is the difference of {a} and {b}?",
    "I have {a} [apples|cookies|coins|sweets] and [eat|lose|give away|sell] {b}. How many are left?",
    "[Tom|Anna|Sam] had {a} [apples|balloons|pens] and lost {b}. How many are left?",
    "there are {a} [birds|people|cars] and {b} leave. How many [stay|remain|are left]?",
    f"{PEOPLE} has {{a}} {THINGS} and [eats|loses|gives away|sells|breaks|drops|forgets|uses] {{b}} [of them|"
    f"] [.|,] [How "
    "many|how many] [are left|remain|stay|are still there|does that leave|are there then]?",
    f"[from|of] {{a}} {THINGS} [I lose|I eat|I take|we use|are gone|we sell] {{b}}, how many [are left|remain|stay]?",
    "[what|how much] [is left|remains|stays] [if|when] [I|you|we] [take|subtract|remove] {b} from {a}?",
    "[what|how much] [is left|remains|do I have] [if|when] [I|you] take away {b} from {a}?",
    "take {b} [away|off] from {a}",
    "[reduce|lower|decrease] {a} by {b}",
    "{a} without {b}",
    "how much is {a} if {b} [is taken away|goes away]?",
    "[the|] difference [between|of] {a} and {b}?",
)
PRODUCT_STORIES = (
    "multiply {a} [by|with|and] {b}",
    "what is the product of {a} and {b}?",
    "I have {a} boxes with {b} [apples|balls|books] each. How many are there?",
    (
        "{a} [bags|boxes|rows|groups] [of|with] {b} [apples|balls|books|chairs|eggs] [each|], how many [is that|"
        "in all|are there]?"
    ),
    "[the|] product of {a} and {b}?",
    "[take|what is] {a} [times the number|multiplied with] {b}?",
)
QUOTIENT_STORIES = (
    "divide {a} by {b}",
    "share {a} [apples|sweets|coins] among {b} [people|children|friends]. How many does each get?",
    "[how often|how many times] does {b} [go|fit] into {a}?",
    "[split|cut|part] {a} [into|by] {b} [parts|pieces|]",
    "{a} [cookies|euros|cards] for {b} [people|kids|friends], how many [each|for each|does everybody get]?",
    "[what is|find] {a} divided [among|into] {b}?",
)
STORIES = {"plus": SUM_STORIES, "minus": DIFFERENCE_STORIES, "times": PRODUCT_STORIES, "over": QUOTIENT_STORIES}
TOO_LARGE = "I can only do small sums with numbers up to 100. Please use a calculator for that."


def in_words(rng: random.Random, number: int) -> str:
    """Return the number in digits, or sometimes, up to twenty, as a word."""
    return NUMBER_WORDS[number] if number <= 20 and rng.random() < 0.25 else str(number)


def random_problem(rng: random.Random) -> tuple[str, int, int, int]:
    """Return an operation, its two operands, and the result."""
    operation = rng.choices(("plus", "minus", "times", "over"), (36, 28, 22, 14))[0]
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
    """`13 - 6 = 7`: the operands are read again before the result is written."""
    return f"{a} {SIGNS[operation]} {b} = {result}"


def solved(operation: str, a: int, b: int, result: int) -> str:
    """Return the answer: the equation, after its steps if both numbers have tens and ones."""
    whole = equation(operation, a, b, result)
    tens, ones = b - b % 10, b % 10
    if operation == "plus" and tens and ones and a > 10 and a % 10:
        a_tens, a_ones = a - a % 10, a % 10
        steps = (equation("plus", a_tens, tens, a_tens + tens), equation("plus", a_ones, ones, a_ones + ones))
    elif operation == "minus" and tens and ones:
        steps = (equation("minus", a, tens, a - tens), equation("minus", a - tens, ones, result))
    else:
        return f"{whole}."
    return f"{', '.join(steps)}: {whole}."


def sum_block(rng: random.Random) -> list[Turn]:
    """Return a small calculation, sometimes continued with its result."""
    operation, a, b, result = random_problem(rng)
    if rng.random() < 0.22:
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
    answer = solved(operation, a, b, result)
    turns = [Turn(vary(rng, question, exact=True), answer, brief=answer)]
    if rng.random() < 0.15 and result <= 60:
        extra = rng.randint(1, 20)
        follow_up = rng.choice(("and plus {n}?", "plus {n}?", "add {n} to that", "now add {n}", "and {n} more?"))
        answer = solved("plus", result, extra, result + extra)
        turns.append(Turn(follow_up.format(n=extra), answer, brief=answer))
    return turns


def number_block(rng: random.Random) -> list[Turn]:
    """Double and half, even and odd, larger and smaller, before and after."""
    kind = rng.choices(range(7), (4, 4, 2, 3, 1, 1, 1))[0]
    a, b = rng.sample(range(101), 2)
    if kind == 0:
        a = rng.randint(0, 50)
        question = "[what is|what's|calculate|how much is|tell me|] [double|twice|two times|the double of] {a}?"
        answer, brief = f"Twice {a} is {2 * a}.", f"{2 * a}."
    elif kind == 1:
        a = 2 * rng.randint(0, 50)
        question = "[what is|what's|calculate|how much is|tell me|] [half of|the half of|one half of|half] {a}?"
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
