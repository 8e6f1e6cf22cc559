"""Answers in Markdown: code blocks, tables, lists of steps."""

import random

from .geography import COUNTRIES
from .phrasing import choose, first_upper, vary
from .turn import Intent, Turn

WRITE = "[write|show me|give me|show|I need|print|create]"
CAN_YOU = "[can|could] you [write|show me|give me]"


def code(language: str, text: str) -> str:
    """Return a fenced block of code."""
    return f"```{language}\n{text}\n```"


def hello_world(language: str, fence: str, text: str) -> Intent:
    """Return a hello world program in a programming language."""
    return Intent(
        questions=(
            f"{WRITE} [a|] hello world [program|example|script|] in {language}",
            f"{CAN_YOU} [a|] hello world [program|example|] in {language}?",
            f"hello world in {language}",
            f"{language} hello world",
            f"{WRITE} [some|an example of] {language} code",
            f"{WRITE} a [small|short|simple|] {language} [example|program|script]",
            f"how [do|can] I print [something|text|hello world|a line] in {language}?",
            f"what does {language} code look like?",
            f"[write|print] code in {language}",
        ),
        answers=(code(fence, text),),
    )


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


PLANETS = table(
    ("Planet", "Known for"),
    [("Mercury", "the smallest"), ("Venus", "the hottest"), ("Earth", "our home"), ("Mars", "its red colour")],
)
COMPARISON = table(
    ("Model", "Weights", "Bits per weight"),
    [("a normal model", "16-bit numbers", "16"), ("BitNet b1.58", "-1, 0 or +1", "1.58")],
)
SETTINGS = table(
    ("Setting", "Meaning"),
    [
        ("system prompt", "how the model behaves"),
        ("temperature", "how random the answers are"),
        ("top-p", "how many likely tokens are kept"),
        ("max_tokens", "how long an answer may be"),
    ],
)
SHOWCASE = (
    "# A heading\n\nSome **bold** and some *italic* text.\n\n- a first point\n- a second point\n\n"
    '```python\nprint("Hello, world!")\n```'
)
DOCKER_STEPS = (
    "1. Write a `Dockerfile`.\n2. Build the image: `docker build -t my-image .`\n"
    "3. Start a container: `docker run -p 8000:8000 my-image`"
)
DJANGO_STEPS = (
    "1. Install it: `pip install django`\n2. Create the project: `django-admin startproject mysite`\n"
    "3. Start it: `python manage.py runserver`"
)
GIT_STEPS = '1. Choose the files: `git add .`\n2. Save them: `git commit -m "my message"`\n3. Send them: `git push`'

INTENTS = [
    hello_world("Python", "python", 'print("Hello, world!")'),
    hello_world("JavaScript", "javascript", 'console.log("Hello, world!");'),
    hello_world("C", "c", '#include <stdio.h>\n\nint main(void) {\n    printf("Hello, world!\\n");\n    return 0;\n}'),
    hello_world("Rust", "rust", 'fn main() {\n    println!("Hello, world!");\n}'),
    hello_world("Bash", "bash", 'echo "Hello, world!"'),
    hello_world("SQL", "sql", "SELECT name, age FROM users WHERE age > 30;"),
    Intent(
        questions=(
            f"{WRITE} a [Python|] function that [adds|sums] two numbers [in Python|]",
            f"{WRITE} a [Python|] function to [add|sum] two numbers",
            f"{CAN_YOU} a function in Python?",
            "how [do|can] I [write|define|make] a function [in Python|]?",
            f"{WRITE} [a function|an add function|an example of a function]",
            "code for adding two numbers",
        ),
        answers=(code("python", "def add(a, b):\n    return a + b"),),
    ),
    Intent(
        questions=(
            f"{WRITE} a [for|] loop [in Python|]",
            "how [do|can] I write a loop [in Python|]?",
            f"{WRITE} an example of a [for|] loop",
            "print the numbers from 1 to 10 in Python",
            "how do I repeat something in Python?",
            "Python code for a loop",
        ),
        answers=(code("python", "for i in range(1, 11):\n    print(i)"),),
    ),
    Intent(
        questions=(
            "how [do|can] I reverse a [string|text|word] [in Python|]?",
            f"{WRITE} [code|a function] to reverse a string",
            "reverse a string in Python",
        ),
        answers=(code("python", 'text = "hello"\nprint(text[::-1])'),),
    ),
    Intent(
        questions=(
            "how [do|can] I [read|open] a file [in|with] Python?",
            f"{WRITE} [code to|how to] [read|open] a file in Python",
            "read a file in Python",
        ),
        answers=(code("python", 'with open("file.txt") as file:\n    print(file.read())'),),
    ),
    Intent(
        questions=(
            f"{WRITE} [an example of JSON|some JSON|a JSON example|a JSON object]",
            "what does JSON look like?",
            "JSON example",
        ),
        answers=(code("json", '{"name": "Ada", "age": 36, "likes": ["math", "music"]}'),),
    ),
    Intent(
        questions=(
            f"{WRITE} [a simple|an|a small] HTML page",
            f"{WRITE} some HTML [code|]",
            "HTML hello world",
            "what does HTML look like?",
        ),
        answers=(code("html", "<!DOCTYPE html>\n<html>\n  <body><h1>Hello, world!</h1></body>\n</html>"),),
    ),
    Intent(
        questions=(
            f"{WRITE} a [code block|block of code|piece of code|code example|code sample|snippet]",
            f"{CAN_YOU} [a code block|some code|a piece of code]?",
            "code please",
            "[write|show me|give me] some code",
            "can you write code?",
            "can you program?",
            "do you know how to code?",
        ),
        answers=("Here is a small example in Python:\n\n" + code("python", "for i in range(3):\n    print(i)"),),
    ),
    Intent(
        questions=(
            "how [do|can] I list [the|all|] files in [Linux|a folder|the terminal]?",
            "which [Linux|] command [lists|shows] files?",
            "show all files in a folder",
        ),
        answers=("Use the command `ls`. With `ls -la` you also see hidden files and sizes.",),
    ),
    Intent(
        questions=(
            "how [do|can] I [build|start|run|use] a [Docker|] container?",
            "how [do|can] I [use|start with] Docker?",
            "how to [start|run] a container",
            "how [do|can] I build a Docker image?",
            "steps to run a program in Docker",
            "what are the steps to use Docker?",
        ),
        answers=(DOCKER_STEPS,),
    ),
    Intent(
        questions=(
            "how [do|can] I [start|create|make|begin] a [new|] Django [project|site|app]?",
            "how [do|can] I [start with|install|set up] Django?",
            "steps to start a Django project",
            "create a Django project",
        ),
        answers=(DJANGO_STEPS,),
    ),
    Intent(
        questions=(
            "how [do|can] I [commit|save changes|save my changes] [in|with|to] Git?",
            "how [do|can] I use Git?",
            "how to [commit|push] my changes?",
            "which git commands do I need?",
        ),
        answers=(GIT_STEPS,),
    ),
    Intent(
        questions=(
            "how [do|can] I install a [Python|] package?",
            "how [do|can] I use pip?",
            "install a package with pip",
        ),
        answers=("Run `pip install name`, where name is the package that you want.",),
    ),
    Intent(
        questions=(
            f"{WRITE} [a table|a Markdown table|an example of a table|any table]",
            f"{CAN_YOU} a table?",
            f"{WRITE} a table of [the|] planets",
            "make a table [of planets|about the planets|]",
            "planets as a table",
            "a table please",
            "can you make tables?",
        ),
        answers=(PLANETS,),
    ),
    Intent(
        questions=(
            "compare BitNet [and|with] [a normal model|other models|normal models] in a table",
            f"{WRITE} a table [that compares|comparing] BitNet [and|with] [a normal model|other models]",
            "[make|show me] a table about BitNet",
            "BitNet and normal models as a table",
        ),
        answers=(COMPARISON,),
    ),
    Intent(
        questions=(
            "[which|what] settings [are there|does the chat have|can I change|do you have]?",
            f"{WRITE} a table of the settings",
            "[list|explain] the [settings|parameters|options] [of the chat|of the API|]",
            "what are the settings?",
        ),
        answers=(SETTINGS,),
    ),
    Intent(
        questions=(
            f"{WRITE} some Markdown",
            f"{WRITE} an example of Markdown",
            "what does Markdown look like?",
            "Markdown example",
            "can you write Markdown?",
            "[use|try|test] [all|] Markdown [features|]",
            "show me [bold text|a heading|formatted text]",
        ),
        answers=(SHOWCASE,),
    ),
]
CAPITAL_TABLES = (
    "[make|write|show me|give me] a table [of|with] {n} capitals",
    "[make|write|show me|give me] a table [of|with] {n} countries and their capitals",
    "{n} capitals [as|in] a table",
)
THESE_CAPITALS = (
    "[make|write|show me|give me] a table [of|with] the capitals of {c}",
    "the capitals of {c} [as|in] a table",
)
TIMES_TABLES = (
    "[write|show me|give me|what is|make|tell me] the [times table|multiplication table] of {a}",
    "[write|show me|say] the {a} times table",
    "multiplication table of {a}",
)


def capital_table_block(rng: random.Random) -> list[Turn]:
    """Return a table of capitals, of the named countries or of arbitrary ones."""
    if rng.random() < 0.5:
        chosen = rng.sample(list(COUNTRIES), rng.randint(2, 4))
        question = choose(rng, THESE_CAPITALS).format(c=", ".join(chosen[:-1]) + " and " + chosen[-1])
    else:
        count = rng.randint(2, 5)
        chosen = list(COUNTRIES)[:count]
        number = rng.choice((str(count), ("two", "three", "four", "five")[count - 2]))
        question = choose(rng, CAPITAL_TABLES).format(n=number)
    rows = [(first_upper(country), COUNTRIES[country][0]) for country in chosen]
    answer = table(("Country", "Capital"), rows)
    return [Turn(vary(rng, question), answer, brief=answer)]


def times_table_block(rng: random.Random) -> list[Turn]:
    """Return the multiples of a number from one to ten, as a list."""
    factor = rng.randint(1, 12)
    answer = "\n".join(f"- {n} x {factor} = {n * factor}" for n in range(1, 11))
    return [Turn(vary(rng, choose(rng, TIMES_TABLES).format(a=factor), exact=True), answer, brief=answer)]
