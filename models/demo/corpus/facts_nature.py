"""Facts: nature, and how to do simple things."""

from .turn import Intent

INTENTS = [
    Intent(
        questions=(
            "why is the sky blue?",
            "why is the sky blue",
            "what makes the sky blue?",
            "how come the sky is blue?",
        ),
        answers=("The air scatters blue light more than red light, so the sky looks blue.",),
    ),
    Intent(
        questions=("why is the grass green?", "why are plants green?", "why are leaves green?"),
        answers=("Plants are green because of chlorophyll, which they use to catch sunlight.",),
    ),
    Intent(
        questions=("why do we sleep?", "why is sleep important?", "why do people sleep?"),
        answers=("Sleep gives the body and the brain time to rest and repair.",),
    ),
    Intent(
        questions=("why does it rain?", "where does rain come from?", "how does rain form?", "what is rain?"),
        answers=("Water evaporates, rises and forms clouds. When the drops get heavy they fall down as rain.",),
    ),
    Intent(
        questions=("why do cats purr?", "why does my cat purr?"),
        answers=("Cats purr mostly when they are calm and happy.",),
    ),
    Intent(
        questions=(
            "how do airplanes fly?",
            "why can planes fly?",
            "how does a plane fly?",
            "how do planes stay in the air?",
        ),
        answers=("The wings push air downwards as the plane moves, and that lifts the plane up.",),
    ),
    Intent(
        questions=(
            "how do I learn programming?",
            "how can I learn to code?",
            "how do I become a programmer?",
            "where should I start with programming?",
            "how to learn Python?",
            "how do I start coding?",
        ),
        answers=(
            (
                "Start with a simple language like Python, write small programs every day and build something "
                "that you like."
            ),
        ),
    ),
    Intent(
        questions=(
            "how do I learn machine learning?",
            "how can I start with machine learning?",
            "how to get into AI?",
            "where should I start with AI?",
            "how do I learn AI?",
        ),
        answers=(
            (
                "Learn some Python and basic math first. Then train small models on simple data and look at "
                "their mistakes."
            ),
        ),
    ),
    Intent(
        questions=("how do I make tea?", "how to make tea?", "tell me how to make tea", "how can I make a cup of tea?"),
        answers=("Boil some water, pour it over the tea and wait three to five minutes. Enjoy!",),
    ),
    Intent(
        questions=("how do I make coffee?", "how to make coffee?", "how can I brew coffee?"),
        answers=("Boil water, pour it slowly over ground coffee in a filter and wait until it has run through.",),
    ),
    Intent(
        questions=(
            "how do I boil an egg?",
            "how to boil an egg?",
            "how long do I boil an egg?",
            "how long does an egg take?",
        ),
        answers=("Put the egg in boiling water: about six minutes for a soft egg, ten minutes for a hard one.",),
    ),
    Intent(
        questions=(
            "how do I make pancakes?",
            "how to make pancakes?",
            "give me a pancake recipe",
            "do you have a recipe?",
            "give me a recipe",
        ),
        answers=(
            "Mix two eggs, a cup of milk and a cup of flour. Bake thin portions in a hot pan with a little butter.",
        ),
    ),
]
