"""Names, cities and other facts about people. Many names are composed from syllables."""

import random

from .word_lists import words

FIRST_NAMES = words(
    "Anna Ben Clara David Emma Felix Grace Henry Ida Jack Kate Leo Maria Noah Olivia Paul Rosa Sam Tom Ursula "
    "Victor Wendy Xavier Yara Zoe Bob Carol Dan Eve Frank Gina Hugo Iris John Karl Lisa Max Nina Oscar Peter "
    "Ruth Sara Tim Vera Will Ali Fatima Chen Yuki Ivan Olga Raj Priya Diego Lucia Marco Giulia Pierre Sophie "
    "Hans Greta Lars Ingrid Ahmed Leila Omar Amir Mei Kenji Ana Pablo Elena Jonas Mia Liam Lucas Ella Finn "
    "Nora Theo Julia Simon Laura Martin Robert Michael James Mary Susan Linda Daniel Mark Steve George Kevin "
    "Brian Jason Sarah Emily Rachel Hannah Ada Alan Adrian Agnes Albert Alex Alfred Amanda Amy Andrea Andrew "
    "Angela Anton Arthur Barbara Bella Bernd Betty Bruno Camille Carla Carlos Caroline Charles Charlotte Chris "
    "Christina Claire Claudia Connor Cora Daisy Dennis Diana Dora Dylan Edgar Edith Eleanor Elias Elisa Eric "
    "Erika Ernest Esther Ethan Eva Fiona Florian Francis Gabriel Georgia Gordon Gustav Harold Harry Heidi "
    "Helen Hilda Holly Igor Irene Isaac Isabel Jacob Jane Jasmine Jennifer Jerome Jessica Joan Jose Joseph "
    "Josh Judith Justin Karen Katharina Keith Klara Kyle Leon Lena Lily Lorenzo Louis Louise Luke Lydia Magnus "
    "Marcel Margaret Marie Marina Matthew Maya Megan Melanie Miguel Miriam Monica Nadia Naomi Natalie Nathan "
    "Neil Nicolas Nico Norbert Oliver Patricia Patrick Philip Quentin Ralph Rebecca Regina Richard Rita Roger "
    "Roman Ronald Sandra Sebastian Sergei Sheila Silvia Sofia Stefan Stella Sven Sylvia Tamara Tanya Tara "
    "Teresa Tina Toby Tony Valentin Valerie Vanessa Veronica Vincent Viola Walter William Yasmin Hiroshi Akira "
    "Sakura Haruto Aiko Wei Jing Ming Hao Ananya Arjun Deepak Sunita Vikram Amina Hassan Ibrahim Yusuf Chidi "
    "Amara Zuri Thabo Nomsa Tariq Samira Aylin Emre Dmitri Svetlana Tatiana Bogdan Zofia Piotr Milos Ivana"
)
CITIES = words(
    "Paris London Berlin Rome Madrid Tokyo Vienna Oslo Prague Athens Cairo Lima Boston Chicago Munich Milan "
    "Lyon Geneva Zurich Hamburg Sydney Toronto Dublin Lisbon Warsaw Denver Seattle Austin Naples Seville "
    "Bristol Leeds Glasgow Porto Bilbao Turin Bologna Cologne Dresden Leipzig Graz Basel Antwerp Ghent Utrecht "
    "Malmo Bergen Tampere Gdansk Split Nairobi Lagos Accra Mumbai Delhi Pune Osaka Kyoto Busan Perth Adelaide "
    "Montreal Dallas Miami"
)
COLOURS = words("red blue green yellow orange purple black white pink brown grey turquoise violet gold silver")
FOODS = words(
    "pizza pasta rice soup bread cheese chocolate sushi salad curry cake apples bananas noodles tacos pancakes "
    "lasagna pie fish potatoes strawberries ice-cream dumplings ramen risotto"
)
PETS = words("dog cat rabbit hamster parrot horse fish turtle snake bird goat pony mouse")
JOBS = words(
    "teacher doctor nurse programmer baker student farmer writer painter pilot cook lawyer scientist driver "
    "musician designer plumber carpenter journalist gardener mechanic dentist librarian postman"
)
HOBBIES = words(
    "reading swimming cooking chess music football painting running hiking dancing gardening photography "
    "cycling coding sailing knitting fishing skiing climbing singing tennis"
)

SOURCES = [word for word in (*FIRST_NAMES, *CITIES, *FOODS, *JOBS, *HOBBIES) if len(word) > 2 and word.isalpha()]
ONSETS = words("b c d f g h j k l m n p r s t v w y z br cl dr fr gr kr pl st tr th sh ch qu")
VOWELS = words("a e i o u a e i o ia ei ea oo ou ai")
CODAS = ["", "", "", "n", "s", "r", "l", "m", "k", "t", "x", "th", "nd", "ck"]


def made_up_word(rng: random.Random, syllables: int) -> str:
    """Return a pronounceable word without meaning."""
    return "".join(rng.choice(ONSETS) + rng.choice(VOWELS) for _ in range(syllables)) + rng.choice(CODAS)


def patched_word(rng: random.Random) -> str:
    """Return a word composed from parts of real words, which occurs in no list."""
    pieces = []
    for _ in range(rng.choice((2, 2, 3, 3, 4))):
        word = rng.choice(SOURCES).lower()
        start = rng.randrange(len(word) - 1)
        pieces.append(word[start : start + rng.randint(2, 4)])
    return "".join(pieces)[:12]


def random_name(rng: random.Random) -> str:
    """Return a first name. Most are invented, so that the model learns to copy names, not to choose them."""
    kind = rng.random()
    if kind < 0.3:
        return rng.choice(FIRST_NAMES)
    if kind < 0.48:
        first, second = rng.choice(FIRST_NAMES), rng.choice(FIRST_NAMES)
        return first[: rng.randint(2, len(first))] + second[-rng.randint(1, len(second) - 1) :].lower()
    if kind < 0.72:
        return patched_word(rng).capitalize()
    return made_up_word(rng, rng.choice((1, 2, 2, 3, 3))).capitalize()


def random_place(rng: random.Random) -> str:
    """Return a real or an invented city."""
    if rng.random() < 0.6:
        return rng.choice(CITIES)
    return made_up_word(rng, rng.choice((2, 3))).capitalize()
