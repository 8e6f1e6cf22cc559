"""Countries, their capitals and continents."""

import random

from .phrasing import choose, first_upper, vary
from .reframing import sometimes_reframed
from .turn import Turn

# Country: capital, continent.
COUNTRIES = {
    "France": ("Paris", "Europe"),
    "Germany": ("Berlin", "Europe"),
    "Spain": ("Madrid", "Europe"),
    "Italy": ("Rome", "Europe"),
    "Portugal": ("Lisbon", "Europe"),
    "the United Kingdom": ("London", "Europe"),
    "Ireland": ("Dublin", "Europe"),
    "the Netherlands": ("Amsterdam", "Europe"),
    "Belgium": ("Brussels", "Europe"),
    "Switzerland": ("Bern", "Europe"),
    "Austria": ("Vienna", "Europe"),
    "Poland": ("Warsaw", "Europe"),
    "the Czech Republic": ("Prague", "Europe"),
    "Hungary": ("Budapest", "Europe"),
    "Greece": ("Athens", "Europe"),
    "Turkey": ("Ankara", "Asia and Europe"),
    "Sweden": ("Stockholm", "Europe"),
    "Norway": ("Oslo", "Europe"),
    "Denmark": ("Copenhagen", "Europe"),
    "Finland": ("Helsinki", "Europe"),
    "Iceland": ("Reykjavik", "Europe"),
    "Russia": ("Moscow", "Europe and Asia"),
    "Ukraine": ("Kyiv", "Europe"),
    "Romania": ("Bucharest", "Europe"),
    "Bulgaria": ("Sofia", "Europe"),
    "Croatia": ("Zagreb", "Europe"),
    "Serbia": ("Belgrade", "Europe"),
    "Japan": ("Tokyo", "Asia"),
    "China": ("Beijing", "Asia"),
    "India": ("New Delhi", "Asia"),
    "South Korea": ("Seoul", "Asia"),
    "Thailand": ("Bangkok", "Asia"),
    "Vietnam": ("Hanoi", "Asia"),
    "Indonesia": ("Jakarta", "Asia"),
    "Egypt": ("Cairo", "Africa"),
    "Morocco": ("Rabat", "Africa"),
    "Kenya": ("Nairobi", "Africa"),
    "Nigeria": ("Abuja", "Africa"),
    "Ethiopia": ("Addis Ababa", "Africa"),
    "Canada": ("Ottawa", "North America"),
    "the United States": ("Washington", "North America"),
    "Mexico": ("Mexico City", "North America"),
    "Cuba": ("Havana", "North America"),
    "Brazil": ("Brasilia", "South America"),
    "Argentina": ("Buenos Aires", "South America"),
    "Chile": ("Santiago", "South America"),
    "Peru": ("Lima", "South America"),
    "Colombia": ("Bogota", "South America"),
    "Australia": ("Canberra", "Australia"),
    "New Zealand": ("Wellington", "Oceania"),
}
OTHER_NAMES = {
    "the United States": ("the USA", "America", "the US"),
    "the United Kingdom": ("England", "the UK", "Great Britain"),
}
CAPITAL_QUESTIONS = (
    "[what is|what's|whats|tell me|name|say] the capital [city|] of {c}?",
    "[what is|what's] the capital of {c}",
    "[the|] capital of {c}",
    "[which|what] [city|town] is the capital [city|] of {c}?",
    "what is {c}'s capital [city|]?",
    "{c}'s capital?",
    "{c} capital",
    "[which|what] city is {c}'s capital?",
    "[which|what] capital does {c} have?",
    "do you know the capital [city|] of {c}?",
    "[can|could] you [tell me|name] the capital of {c}?",
    "{c} has which capital?",
    "what is the name of the capital of {c}?",
    "what is the main city of {c}?",
    "where does the government of {c} sit?",
)
AND_QUESTIONS = (
    "[and|what about|how about|and what about|and for|ok, and] [of|] {c}?",
    "and the capital of {c}?",
    "and {c}",
    "now {c}",
)
COUNTRY_QUESTIONS = (
    "{p} is the capital of [which country|what|what country]?",
    "[which|what] country has the capital {p}?",
    "where [is|does one find|can I find|lies] {p}?",
    "in [which|what] country is {p}?",
    "[what|which] country is {p} in?",
    "what is {p}?",
    "tell me [something|] about {p}",
    "what is {p} the capital of?",
    "of which country is {p} the capital?",
    "to which country does {p} belong?",
)
CONTINENT_QUESTIONS = (
    "where is {c}?",
    "[on|in] [which|what] continent is {c}?",
    "[which|what] continent is {c} [in|on]?",
    "in which part of the world is {c}?",
    "to which continent does {c} belong?",
    "is {c} in [Europe|Asia|Africa]?",
)
THERE_QUESTIONS = (
    "on [which|what] continent is [that|it]?",
    "[which|what] continent is [it|that] on?",
    "where is that?",
)


def spoken(rng: random.Random, country: str) -> str:
    """Return a name that people use for the country."""
    if country in OTHER_NAMES and rng.random() < 0.5:
        return rng.choice(OTHER_NAMES[country])
    return country


def capital_turn(rng: random.Random, patterns: tuple[str, ...]) -> tuple[Turn, str]:
    """Return a question for a capital, its answer, and the country."""
    country = rng.choice(list(COUNTRIES))
    capital, _ = COUNTRIES[country]
    name = spoken(rng, country)
    question = vary(
        rng, sometimes_reframed(rng, choose(rng, patterns).format(c=name)), opening=patterns is CAPITAL_QUESTIONS
    )
    return Turn(question, f"The capital of {name} is {capital}.", brief=f"{capital}."), country


def geography_block(rng: random.Random) -> list[Turn]:
    """Return a question about a capital, the country of a capital, or a continent."""
    kind = rng.random()
    if kind < 0.65:
        first, country = capital_turn(rng, CAPITAL_QUESTIONS)
        turns = [first]
        follow_up = rng.random()
        if follow_up < 0.35:
            turns.append(capital_turn(rng, AND_QUESTIONS)[0])
        elif follow_up < 0.45:
            continent = COUNTRIES[country][1]
            question = vary(rng, sometimes_reframed(rng, choose(rng, THERE_QUESTIONS)), opening=False)
            turns.append(Turn(question, f"{first_upper(country)} is in {continent}.", brief=f"{continent}."))
        return turns
    country = rng.choice(list(COUNTRIES))
    capital, continent = COUNTRIES[country]
    if kind < 0.87:
        question = sometimes_reframed(rng, choose(rng, COUNTRY_QUESTIONS).format(p=capital))
        return [Turn(vary(rng, question), f"{capital} is the capital of {country}.", brief=f"{first_upper(country)}.")]
    name = spoken(rng, country)
    question = vary(rng, sometimes_reframed(rng, choose(rng, CONTINENT_QUESTIONS).format(c=name)))
    return [Turn(question, f"{first_upper(name)} is in {continent}.", brief=f"{continent}.")]
