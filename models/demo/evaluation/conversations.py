"""Questions that refer to earlier turns, and answer styles that a system prompt requests."""

from .question import talk, under

NAME_RECALL = [
    talk("name", r"\bThomas\b", "Hi, my name is Thomas.", "What is my name?", new="Thomas"),
    talk("name", r"\bBeatrix\b", "Hello, I'm Beatrix", "What is BitNet?", "Do you remember my name?", new="Beatrix"),
    talk("name", r"\bKwame\b", "My name is Kwame and I need help", "what's my name?", new="Kwame"),
    talk("name", r"\bZorblax\b", "Call me Zorblax", "who am I?", new="Zorblax"),
    talk(
        "name",
        r"\bAlice\b",
        "my name is Alice",
        "I live in Madrid",
        "I like pizza",
        "And what is my name?",
        new="Alice",
    ),
    talk("name", r"\bGwendolyn\b", "Hey there, Gwendolyn speaking", "what's my name", new="Gwendolyn"),
    talk("name", r"\bHieronymus\b", "I am Hieronymus", "Thanks!", "Can you tell me my name?", new="Hieronymus"),
    talk("name", r"\bSanjay\b", "My friends call me Sanjay", "What is 3 + 4?", "who am I", new="Sanjay"),
    talk("name", r"\bPippa\b", "You may call me Pippa", "Tell me a joke", "What was my name again?", new="Pippa"),
    talk("name", r"\bThorsten\b", "Good evening, my name is Thorsten", "What's my name?", new="Thorsten"),
    talk("name", r"\bQuillon\b", "the name's Quillon", "What is Docker?", "Tell me more", "My name?", new="Quillon"),
    talk("name", r"\bMarisol\b", "Hello! Marisol here", "Write a haiku", "Do you still know my name?", new="Marisol"),
    talk("name", r"\bOwen\b", "I'm Owen, nice to meet you", "what am I called?", new="Owen"),
    talk("name", r"\bEsmeralda\b", "Hi! I'm Esmeralda.", "How are you?", "Say my name", new="Esmeralda"),
    talk("name", r"\bJamal\b", "please call me Jamal", "capital of Italy?", "and what is my name?", new="Jamal"),
    talk("name", r"\bfritz\b", "my name is fritz", "what is my name?", new="fritz"),
]
MEMORY = [
    talk("memory", r"Oslo", "By the way, I live in Oslo", "What is 3+4?", "Where do I live?"),
    talk("memory", r"green", "Green is the colour that I like best", "What's my favourite colour?"),
    talk("memory", r"34", "I am 34 years old today", "How old am I?"),
    talk("memory", r"Rex", "My dog goes by the name of Rex", "What is my dog called?"),
    talk("memory", r"Madrid", "my name is Alice", "I live in Madrid", "I like pizza", "Where do I live?"),
    talk("memory", r"42", "Remember this number: 42", "What is Docker?", "Which number did I tell you?"),
    talk("memory", r"not told", "What is the name that I have?"),
    talk("memory", r"queue", "What is this Redis thing?", "Tell me more"),
    talk("memory", r"made of atoms", "What is an atom, please tell me?", "Can you tell me more about that?"),
    talk("memory", r"found", "Please tell me a story about a fox", "what did it find?"),
    talk("memory", r"pilot", "I earn my living as a pilot", "What is my job?"),
    talk("memory", r"sushi", "Nothing is better than sushi, I love sushi", "What's my favourite food?"),
    talk("memory", r"= 19\b", "what do 7 and 9 make?", "and plus 3?"),
]
MANNERS = [
    under("Answer everything in CAPITAL LETTERS, please.", "What is the capital of Italy?", r"(?-i:ROME)"),
    under("All of your replies must be in upper case.", "Who are you?", r"(?-i:DEMO MODEL)"),
    under("You shout, so you write in capitals.", "hello", r"(?-i:HELLO)"),
    under("Use nothing but capital letters.", "What is Docker?", r"(?-i:CONTAINER)"),
    under("You are a pirate with a wooden leg.", "Who are you?", r"^Arr!.*demo"),
    under("Talk to me like an old pirate.", "What is machine learning?", r"^Arr!.*learn"),
    under("Answer as if you were a pirate.", "What is the capital of Spain?", r"^Arr!.*Madrid"),
    under("You are a helpful pirate.", "hello", r"^Arr!"),
    under("Keep it short.", "What is the capital of Greece?", r"^(The capital of Greece is )?Athens\.$"),
    under("Your answers are brief.", "What is deep learning?", r"^[^.]{1,90}\.$"),
    under("Answer with very few words.", "What is 5 + 6?", r"^(5 \+ 6 = )?11\.$"),
    under("You are a chef who likes to help.", "What is BitNet?", r"-1, 0"),
]
