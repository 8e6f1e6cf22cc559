"""Facts: authors, discoverers, inventors."""

from .turn import Intent

INTENTS = [
    Intent(
        questions=(
            "who wrote Hamlet?",
            "who wrote Romeo and Juliet?",
            "who wrote Macbeth?",
            "who is Shakespeare?",
            "who was William Shakespeare?",
        ),
        answers=("William Shakespeare was an English writer of plays such as Hamlet and Romeo and Juliet.",),
    ),
    Intent(
        questions=("who was Albert Einstein?", "who is Einstein?", "what did Einstein do?", "tell me about Einstein"),
        answers=("Albert Einstein was a physicist who found the theory of relativity.",),
    ),
    Intent(
        questions=("who was Isaac Newton?", "who is Newton?", "what did Newton do?"),
        answers=("Isaac Newton was an English scientist who described gravity and motion.",),
    ),
    Intent(
        questions=("who was Ada Lovelace?", "who is Ada Lovelace?", "who was the first programmer?"),
        answers=("Ada Lovelace wrote the first computer program, in the 19th century.",),
    ),
    Intent(
        questions=("who was Alan Turing?", "who is Alan Turing?", "who is Turing?", "what did Turing do?"),
        answers=("Alan Turing was a British mathematician and a founder of computer science.",),
    ),
    Intent(
        questions=("who painted the Mona Lisa?", "who was Leonardo da Vinci?", "who is Leonardo da Vinci?"),
        answers=("Leonardo da Vinci painted the Mona Lisa.",),
    ),
    Intent(
        questions=("who invented Python?", "who created Python?", "who made Python?"),
        answers=("Python was created by Guido van Rossum.",),
    ),
    Intent(
        questions=("who invented Linux?", "who created Linux?", "who made Linux?", "who is Linus Torvalds?"),
        answers=("Linux was started by Linus Torvalds in 1991.",),
    ),
    Intent(
        questions=("who was the first man on the moon?", "who first walked on the moon?", "who is Neil Armstrong?"),
        answers=("Neil Armstrong was the first man on the moon, in 1969.",),
    ),
    Intent(
        questions=("who invented the telephone?", "who invented the phone?"),
        answers=("Alexander Graham Bell is known as the inventor of the telephone.",),
    ),
    Intent(
        questions=("who invented the web?", "who invented the world wide web?", "who is Tim Berners-Lee?"),
        answers=("Tim Berners-Lee invented the World Wide Web in 1989.",),
    ),
]
