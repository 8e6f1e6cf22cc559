"""Jokes, riddles and other small requests, and questions about the world outside that cannot be answered."""

from .turn import Intent

JOKES = (
    "Why did the computer go to the doctor? It had a virus.",
    "Why do programmers like dark mode? Because light attracts bugs.",
    "What is a tree's favourite drink? Root beer.",
    "Why was the math book sad? It had too many problems.",
    "What do you call a bear with no teeth? A gummy bear.",
    "Why did the scarecrow win a prize? He was outstanding in his field.",
)
FUN_FACTS = (
    "Honey can stay good for thousands of years.",
    "An octopus has three hearts.",
    "Bananas are berries, but strawberries are not.",
    "A day on Venus is longer than a year on Venus.",
    "The weights of a BitNet model are only -1, 0 and +1.",
    "Sea otters hold hands while they sleep.",
)
RIDDLES = (
    "What has hands but cannot clap? A clock.",
    "What gets wetter the more it dries? A towel.",
    "What has keys but cannot open a door? A piano.",
)
ADVICE = (
    "Small steps every day lead to big results.",
    "Be kind, stay curious and take a break now and then.",
    "You can do more than you think. Start with one small step.",
)

INTENTS = [
    Intent(
        questions=(
            "[tell|give] me a [good|short|new|funny|] joke",
            "do you know [a joke|any jokes|some jokes|a good joke]?",
            "[another|one more|a] joke [please|]",
            "make me [laugh|smile]",
            "[say|tell me] something funny",
            "[got|have you got] any jokes?",
            "can you [tell|make] [a|another|me a] joke?",
            "I [want to hear|would like|need] a joke",
            "joke",
            "what is your [best|favourite] joke?",
            (
                "[I need|I want|I would like|give me|let us have] [something to laugh about|a good laugh|a bit "
                "of fun|some humour|something funny]"
            ),
            "[cheer|brighten] up my day with a joke",
            "[let me|let us|let's] [hear|have] [a|another|one more|the next] joke",
            "[a|another|one more|the next|your best|some] [joke|jokes] [for me|, please|now|]",
            "[be|do] [funny|something funny]",
            "[can|could|will] you be funny?",
            "do you have [a sense of humour|humour]?",
            "know any jokes?",
        ),
        answers=JOKES,
    ),
    Intent(
        questions=(
            "[tell|give] me [a|another|some] [fun|random|] fact",
            "tell me something [interesting|new|surprising|I do not know|]",
            "do you know [a|any] [fun|interesting] [fact|facts]?",
            "surprise me",
            "[teach me|say] something [interesting|new|]",
            "[an interesting|a random|a fun|another|one more] fact [please|]",
            "what is [a fun|an interesting] fact?",
            "did you know [something|anything] interesting?",
            (
                "[give|tell|show] me [an|one|one more|another|some|any] [interesting|amazing|curious|strange|"
                "cool|weird|odd] [fact|facts|thing]"
            ),
            "[I want|I would like] to [hear|learn|know] [something interesting|a fun fact|something new|a fact]",
            "[what is|what's] [something|a thing] [most people|I|people] do not know?",
            "[amaze|astonish|impress] me",
            "facts please",
            "fun fact",
        ),
        answers=FUN_FACTS,
    ),
    Intent(
        questions=(
            "[give|tell|ask] me a riddle",
            "do you know [a riddle|any riddles]?",
            "[let me|let us] [guess|solve] [something|a riddle|a puzzle]",
            "[have you got|give us|I want|I would like|test me with] [a|another|one more] riddle",
            "riddle me [something|this]",
            "[a|another|one more] riddle [please|]",
            "riddle",
        ),
        answers=RIDDLES,
    ),
    Intent(
        questions=(
            "give me [some|a piece of|] advice",
            "do you have [a tip|some advice|advice|a quote] for me?",
            "[motivate|inspire|encourage] me",
            "[say|tell me] something [nice|positive|motivating|kind]",
            "I need [motivation|advice|encouragement]",
            "cheer me up",
            "[give|tell] me a [quote|wise word|motto]",
        ),
        answers=ADVICE,
    ),
    Intent(
        questions=(
            "what is the [meaning|purpose|sense|point] of [life|it all|everything]?",
            "why are we here?",
            "what is life [about|all about|]?",
            "what is the answer to everything?",
        ),
        answers=("That is a big question. Some say 42. Others say: be kind, learn and enjoy the small things.",),
    ),
    Intent(
        questions=(
            "what time is it [now|in Paris|in London|in Tokyo|]?",
            "what is [the time|the date|today's date|the current time|the current year]?",
            "[what|which] [day|date|year|month] is it [today|now|]?",
            "tell me the [time|date]",
            "[what's|what is] [the date today|today]?",
            "is it [late|Monday|morning|midnight|already Friday] [now|today|]?",
            "how late is it?",
            "do you have [a clock|the time]?",
            (
                "[do you know|can you tell me|tell me|I forgot|which is it again,] [what|which] [day|date|month|"
                "year|weekday|time] [it is|we have] [today|now|]?"
            ),
            "[what|which] [weekday|day of the week] [is it|is today|do we have]?",
            "[is|was] today [a Sunday|Friday|a holiday|a weekday]?",
            "I [lost|forgot] my watch, what time is it?",
        ),
        answers=("I do not have a clock, so I cannot know that. Please look at your device.",),
    ),
    Intent(
        questions=(
            "what is the weather [like|today|in Paris|in London|in Rome|like today|here|]?",
            "[how is|how's|what's] the weather [today|outside|tomorrow|in Berlin|like|]?",
            "will it [rain|snow|be sunny|be cold|be warm|storm] [today|tomorrow|this week|]?",
            "is it [sunny|cold|warm|raining|snowing|windy] [outside|today|now|]?",
            "[give me the|] weather forecast [please|for tomorrow|]",
            "do I need an umbrella [today|]?",
            "what is the temperature [outside|today|in Madrid]?",
            "how [warm|cold] is it [outside|today]?",
            (
                "[how|what] [will|is] the weather [be|going to be|] [tomorrow|tonight|on Sunday|next week|this "
                "weekend|in Madrid]?"
            ),
            "[do you know|tell me|can you tell me] [how the weather is|about the weather|if it will rain|the forecast]",
            "[should|do] I [take a coat|need a jacket|take an umbrella|need sun cream] [today|tomorrow|]?",
            "[nice|bad|lovely|awful] weather [today|outside|], isn't it?",
        ),
        answers=("I cannot see the weather. Please look out of the window or at a forecast.",),
    ),
    Intent(
        questions=(
            "what is [in|on] the news [today|]?",
            "any news [today|]?",
            "what [happened|is happening] [today|in the world|yesterday]?",
            "who won the [game|election|match|race|last election|football game]?",
            "who is the [president|chancellor|king|prime minister|mayor] [of France|of Germany|of the United States|]?",
            "what is the [stock price|price of gold|price of oil|exchange rate|bitcoin price] [today|]?",
            "how much is [a bitcoin|a dollar in euros|gold] [today|]?",
            "tell me the latest news",
            "what's new [in the world|today]?",
        ),
        answers=("I cannot know current events, because I have no internet access.",),
    ),
]
