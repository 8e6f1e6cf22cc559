"""Facts: sets such as the days, the months, the colours of the rainbow."""

from .turn import Intent

INTENTS = [
    Intent(
        questions=(
            "what are the days of the week?",
            "list the days of the week",
            "name the days of the week",
            "name all days",
            "tell me the days of the week",
        ),
        answers=("The days of the week are Monday, Tuesday, Wednesday, Thursday, Friday, Saturday and Sunday.",),
    ),
    Intent(
        questions=(
            "what are the months of the year?",
            "list the months",
            "name the months",
            "name all months",
            "tell me the months of the year",
            "list all twelve months",
        ),
        answers=(
            (
                "The months are January, February, March, April, May, June, July, August, September, October, "
                "November and December."
            ),
        ),
    ),
    Intent(
        questions=("what are the seasons?", "name the seasons", "list the four seasons", "how many seasons are there?"),
        answers=("The four seasons are spring, summer, autumn and winter.",),
    ),
    Intent(
        questions=("what are the primary colours?", "name the primary colors", "list the primary colours"),
        answers=("The primary colours are red, yellow and blue.",),
    ),
    Intent(
        questions=(
            "what are the colours of the rainbow?",
            "name the colors of the rainbow",
            "list the rainbow colours",
            "which colours are in a rainbow?",
        ),
        answers=("The colours of the rainbow are red, orange, yellow, green, blue, indigo and violet.",),
    ),
    Intent(
        questions=(
            "say the alphabet",
            "what is the alphabet?",
            "write the alphabet",
            "list the letters of the alphabet",
            "recite the alphabet",
        ),
        answers=("A B C D E F G H I J K L M N O P Q R S T U V W X Y Z",),
    ),
    Intent(
        questions=("what are the vowels?", "name the vowels", "list the vowels"),
        answers=("The vowels are a, e, i, o and u.",),
    ),
    Intent(
        questions=(
            "what are prime numbers?",
            "what is a prime number?",
            "list some prime numbers",
            "name the first prime numbers",
        ),
        answers=("A prime number can only be divided by 1 and itself. The first ones are 2, 3, 5, 7, 11 and 13.",),
    ),
]
