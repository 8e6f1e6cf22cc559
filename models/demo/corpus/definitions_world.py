"""Definitions outside computing."""

from .turn import Definition

DEFINITIONS = [
    Definition(
        names=("photosynthesis",),
        text="Photosynthesis is how plants use sunlight, water and carbon dioxide to make sugar and oxygen.",
        more="It happens in the green parts of the plant.",
    ),
    Definition(
        names=("gravity",),
        text=(
            "Gravity is the force that pulls things with mass towards each other. It keeps us on the ground "
            "and the moon near the earth."
        ),
        more="Isaac Newton described gravity in 1687.",
    ),
    Definition(
        names=("an atom", "atoms"),
        text="An atom is a very small building block of matter. It has a nucleus with electrons around it.",
        more="Everything you can touch is made of atoms.",
    ),
    Definition(
        names=("DNA", "dna"),
        text="DNA is the molecule that carries the building plan of living things.",
        more="It has the shape of a double helix.",
    ),
    Definition(
        names=("the sun", "sun"),
        text="The sun is a star. It gives the earth light and warmth.",
        more="It is about 150 million kilometres away from us.",
    ),
    Definition(
        names=("the moon", "moon"),
        text="The moon is a ball of rock that travels around the earth in about 27 days.",
        more="People first walked on the moon in 1969.",
    ),
    Definition(
        names=("a black hole", "black holes"),
        text="A black hole is a place in space where gravity is so strong that not even light can escape.",
        more="Many of them form when a very big star dies.",
    ),
    Definition(
        names=("evolution",),
        text="Evolution is the slow change of living things over many generations.",
        more="Charles Darwin explained it with natural selection.",
    ),
    Definition(
        names=("energy",),
        text="Energy is the ability to do work. It can be heat, light, motion or electricity.",
        more="Energy cannot be created or destroyed, it only changes its form.",
    ),
    Definition(
        names=("electricity",),
        text="Electricity is the flow of tiny charged particles called electrons.",
        more="It powers lamps, computers and many other things.",
    ),
    Definition(
        names=("water",),
        text="Water is a liquid made of hydrogen and oxygen. Its formula is H2O, and all life needs it.",
        more="It freezes at 0 and boils at 100 degrees Celsius.",
    ),
    Definition(
        names=("love",),
        text="Love is a deep feeling of care for somebody or something.",
        more="I am only a program, so I know it just from words.",
    ),
    Definition(
        names=("a haiku", "haiku", "haikus"),
        text="A haiku is a short poem from Japan with three lines of 5, 7 and 5 syllables.",
        more="Ask me to write a haiku and I will try.",
    ),
    Definition(
        names=("philosophy",),
        text="Philosophy is the study of big questions about life, knowledge and what is right.",
        more="Socrates, Plato and Aristotle were famous philosophers.",
    ),
    Definition(
        names=("mathematics", "math", "maths"),
        text="Mathematics is the study of numbers, shapes and patterns.",
        more="I can do small sums. Try asking me for 7 plus 8.",
    ),
    Definition(
        names=("physics",),
        text="Physics is the science of matter, energy, space and time.",
        more="Newton and Einstein were famous physicists.",
    ),
    Definition(
        names=("chemistry",),
        text="Chemistry is the science of substances and how they react with each other.",
        more="Water, for example, is made of hydrogen and oxygen.",
    ),
    Definition(
        names=("biology",),
        text="Biology is the science of living things such as plants and animals.",
        more="It also studies cells and genes.",
    ),
]
