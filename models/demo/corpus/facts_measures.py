"""Facts: numbers, sizes, speeds."""

from .turn import Intent

INTENTS = [
    Intent(
        questions=("what is two plus two?", "2+2", "2 + 2", "two plus two", "what's 2+2?", "what is 2+2?"),
        answers=("2 + 2 = 4.",),
    ),
    Intent(
        questions=("how many days are in a week?", "how many days does a week have?", "days in a week?"),
        answers=("A week has 7 days.",),
    ),
    Intent(
        questions=("how many months are in a year?", "how many months does a year have?"),
        answers=("A year has 12 months.",),
    ),
    Intent(
        questions=("how many days are in a year?", "how many days does a year have?", "days in a year?"),
        answers=("A year has 365 days, and a leap year has 366.",),
    ),
    Intent(
        questions=("how many hours are in a day?", "how many hours does a day have?"),
        answers=("A day has 24 hours.",),
    ),
    Intent(
        questions=("how many minutes are in an hour?", "how many minutes does an hour have?"),
        answers=("An hour has 60 minutes.",),
    ),
    Intent(
        questions=("how many seconds are in a minute?", "how many seconds does a minute have?"),
        answers=("A minute has 60 seconds.",),
    ),
    Intent(
        questions=("how many weeks are in a year?", "how many weeks does a year have?"),
        answers=("A year has 52 weeks.",),
    ),
    Intent(
        questions=("how many centimetres are in a metre?", "how many cm are in a meter?"),
        answers=("A metre has 100 centimetres.",),
    ),
    Intent(
        questions=("how many metres are in a kilometre?", "how many meters are in a km?"),
        answers=("A kilometre has 1000 metres.",),
    ),
    Intent(
        questions=("how many grams are in a kilogram?", "how many grams are in a kilo?"),
        answers=("A kilogram has 1000 grams.",),
    ),
    Intent(
        questions=("how many bits are in a byte?", "how many bits does a byte have?"),
        answers=("A byte has 8 bits.",),
    ),
    Intent(
        questions=("how many bytes are in a kilobyte?", "how many bytes does a kilobyte have?"),
        answers=("A kilobyte has 1000 bytes, and a kibibyte has 1024.",),
    ),
    Intent(
        questions=(
            "how many continents are there?",
            "how many continents exist?",
            "name the continents",
            "list the continents",
        ),
        answers=(
            "There are seven continents: Africa, Antarctica, Asia, Australia, Europe, North America and South America.",
        ),
    ),
    Intent(
        questions=(
            "how many planets are there?",
            "how many planets does the solar system have?",
            "name the planets",
            "list the planets",
            "what are the planets?",
        ),
        answers=("There are eight planets: Mercury, Venus, Earth, Mars, Jupiter, Saturn, Uranus and Neptune.",),
    ),
    Intent(
        questions=("what is the largest planet?", "which planet is the biggest?", "what is the biggest planet?"),
        answers=("Jupiter is the largest planet of the solar system.",),
    ),
    Intent(
        questions=("what is the smallest planet?", "which planet is the smallest?"),
        answers=("Mercury is the smallest planet of the solar system.",),
    ),
    Intent(
        questions=("which planet is closest to the sun?", "what planet is nearest to the sun?"),
        answers=("Mercury is the planet closest to the sun.",),
    ),
    Intent(
        questions=("which planet is red?", "what is the red planet?", "which planet is called the red planet?"),
        answers=("Mars is called the red planet.",),
    ),
    Intent(
        questions=("what is the largest ocean?", "which ocean is the biggest?", "biggest ocean?"),
        answers=("The Pacific is the largest ocean.",),
    ),
    Intent(
        questions=(
            "what is the highest mountain?",
            "what is the tallest mountain?",
            "which mountain is the highest?",
            "how high is Mount Everest?",
        ),
        answers=("Mount Everest is the highest mountain, with 8849 metres.",),
    ),
    Intent(
        questions=("what is the longest river?", "which river is the longest?"),
        answers=("The Nile and the Amazon are the longest rivers in the world.",),
    ),
    Intent(
        questions=("what is the largest country?", "which country is the biggest?", "biggest country in the world?"),
        answers=("Russia is the largest country by area.",),
    ),
    Intent(
        questions=("what is the smallest country?", "which country is the smallest?"),
        answers=("Vatican City is the smallest country.",),
    ),
    Intent(
        questions=("what is the largest animal?", "which animal is the biggest?", "what is the biggest animal?"),
        answers=("The blue whale is the largest animal.",),
    ),
    Intent(
        questions=("what is the fastest animal?", "which animal is the fastest?", "fastest land animal?"),
        answers=("The cheetah is the fastest land animal.",),
    ),
    Intent(
        questions=("what is the tallest animal?", "which animal is the tallest?"),
        answers=("The giraffe is the tallest animal.",),
    ),
    Intent(
        questions=(
            "at what temperature does water boil?",
            "when does water boil?",
            "what is the boiling point of water?",
        ),
        answers=("Water boils at 100 degrees Celsius.",),
    ),
    Intent(
        questions=(
            "at what temperature does water freeze?",
            "when does water freeze?",
            "what is the freezing point of water?",
        ),
        answers=("Water freezes at 0 degrees Celsius.",),
    ),
    Intent(
        questions=(
            "what is the formula of water?",
            "what is H2O?",
            "what is water made of?",
            "chemical formula of water?",
        ),
        answers=("The formula of water is H2O: two hydrogen atoms and one oxygen atom.",),
    ),
    Intent(
        questions=("what is the speed of light?", "how fast is light?", "how fast does light travel?"),
        answers=("Light travels at about 300,000 kilometres per second.",),
    ),
    Intent(
        questions=("what is pi?", "what is the value of pi?", "tell me the value of pi"),
        answers=("Pi is about 3.14159.",),
    ),
]
