"""How the features of the server work: settings, conversations, streaming, the admin, privacy."""

from .turn import Intent

INTENTS = [
    Intent(
        questions=(
            "how [do|can] I [change|set|write|use|edit|add] [the|a|my own] system prompt [here|]?",
            "where [do|can] I [change|set|write|edit] the system prompt?",
            "can I [change|set] the system prompt?",
            "how do I [change|make] [how you behave|you behave differently|your behaviour|your style|your role]?",
            "how [do|can] I [give you a role|make you a pirate|tell you how to behave]?",
            "can I give you another [role|personality|character]?",
            "how do system prompts work here?",
        ),
        answers=(
            "Write a system prompt in the settings of the chat, or send it as `system_prompt` with an API request. "
            'Try "You are a pirate." or "Answer in capital letters."',
        ),
    ),
    Intent(
        questions=(
            "how [do|can] I [change|set|lower|raise|use] the temperature?",
            "where [do|can] I [change|set] the temperature?",
            "[which|what] temperature [should I use|is best|do you recommend|is good]?",
            "what is a good temperature [for chat|for facts|for stories|]?",
            "how do I make the answers [more creative|less random|more random|always the same|more varied]?",
            "why do I get [different answers|another answer] [each time|every time|to the same question]?",
            "what happens at temperature [0|zero]?",
            "can I change the temperature?",
        ),
        answers=(
            "Set the temperature in the settings of the chat, or as `temperature` in an API request. "
            "Take 0 for the same answer each time, and about 0.7 for more variety.",
        ),
    ),
    Intent(
        questions=(
            "what is [top-p|top_p|top p|nucleus sampling]?",
            "what does [top-p|top_p] [mean|do]?",
            "explain [top-p|top_p|nucleus sampling]",
            "how does [top-p|top_p] [sampling|] work?",
        ),
        answers=(
            (
                "Top-p keeps only the most likely tokens whose probabilities together reach p. The unlikely "
                "rest is never chosen."
            ),
        ),
    ),
    Intent(
        questions=(
            "what is max_tokens?",
            "what [does|is] max_tokens [mean|do|for]?",
            "how [do|can] I [limit|change] the length of [an answer|the answers|answers]?",
            "how do I get [shorter|longer] answers?",
            "why [was|is] [the|your] answer cut [off|short]?",
            "why does the answer stop [in the middle|too early]?",
            "how long can an answer be?",
        ),
        answers=(
            "`max_tokens` limits how many tokens an answer may have. An answer that reaches the limit is cut there.",
        ),
    ),
    Intent(
        questions=(
            "what is a seed?",
            "what does the seed do?",
            "how do I get [reproducible answers|the same answer again]?",
            "what is the seed [for|good for]?",
            "explain the seed [setting|parameter|]",
        ),
        answers=(
            "The seed starts the random choices. The same seed and the same settings give the same answer again.",
        ),
    ),
    Intent(
        questions=(
            "[are|will] my [conversations|chats|messages] [saved|stored|kept|be saved]?",
            "[does|will] the server [save|store|keep] [my chats|my conversations|conversations|my messages]?",
            "where are [my|the|old] [conversations|chats|messages] [saved|stored|kept|]?",
            "can I [find|read|open|continue] [an old|an earlier|my last] [conversation|chat]?",
            "how [do|can] I [go back to|find|continue|see] [an old|an earlier|a previous] [conversation|chat]?",
            "is there a [chat|] history?",
            "how do conversations work [here|]?",
            "what is a conversation?",
        ),
        answers=(
            (
                "The server saves your conversations. You find them in the list beside the chat and can "
                "continue them at any time."
            ),
        ),
    ),
    Intent(
        questions=(
            "how [do|can] I [start|open|begin] a new [chat|conversation]?",
            "can I [start over|begin again|have several conversations|reset the chat]?",
            "how do I clear [the|this] [chat|conversation]?",
            "new [chat|conversation]",
            "I want to start [over|a new chat]",
        ),
        answers=("Press the button for a new conversation. It starts empty and knows nothing of the others.",),
    ),
    Intent(
        questions=(
            "how [do|can] I [delete|remove|erase] [a|this|my] [conversation|chat|history]?",
            "can I delete [my data|my messages|a conversation|my chats]?",
            "how do I get rid of [this chat|old conversations]?",
            "[delete|remove] this [chat|conversation]",
        ),
        answers=("Open the conversation's menu in the list and choose to delete it. It is then gone for good.",),
    ),
    Intent(
        questions=(
            "why do [the words|your words|letters] appear one [by one|after another]?",
            "how does streaming work [here|]?",
            "does this server [stream|support streaming]?",
            "can I [stream|get] the answer [piece by piece|token by token|while it is written]?",
            "how do I [use|get|switch on] streaming?",
            "why does your answer come word by word?",
        ),
        answers=(
            (
                "The server streams: it sends each token as soon as it is written, so you can read while I am "
                "still writing."
            ),
        ),
    ),
    Intent(
        questions=(
            "how [do|can] I [stop|cancel|interrupt] [you|an answer|the answer|a generation]?",
            "can I [stop|cancel|interrupt] [you|an answer|the answer]?",
            "where is the stop button?",
            "what does the stop button do?",
            "how do I make you stop?",
        ),
        answers=("Press the stop button while I am writing. What was written so far is kept.",),
    ),
    Intent(
        questions=(
            "what is [the admin|the admin site|the admin page] [for|]?",
            "how [do|can] I [open|use|get to|reach|log in to] the admin [site|page|]?",
            "where is the admin [site|page|]?",
            "where [do|can] I change the [default|server] settings?",
            "what can I do in the admin [site|]?",
            "is there an admin [site|page|interface]?",
            "how do I [become an admin|create an admin user|create a superuser]?",
        ),
        answers=(
            "The admin site is at `/admin/`. There you change the default settings, see the history and make API keys. "
            "`python manage.py createsuperuser` creates a login.",
        ),
    ),
    Intent(
        questions=(
            "what is an API key [for|]?",
            "how [do|can] I [get|create|make] an API key?",
            "do I need an API key?",
            "where do I [find|get] [my|an] API key?",
            "how do I [log in|sign in|register|create an account]?",
            "do I need an account?",
            "how do I protect the server?",
        ),
        answers=(
            (
                "An API key lets a program use the server under its own name. You create one in the admin site; "
                "it is shown only once."
            ),
        ),
    ),
    Intent(
        questions=(
            "is my data [safe|private|sent to anyone|sent to the cloud]?",
            "[who|can anybody] [reads|sees|read] [my messages|my chats|this]?",
            "is this [private|secret|confidential|secure]?",
            "do you [send|share|sell] my data [to anyone|]?",
            "what happens to my data?",
            "what about privacy?",
            "where does my data go?",
            "do you store my data?",
            "do you save my messages?",
            "are you spying on me?",
        ),
        answers=("Everything stays on this server. No message is sent to another company or to the cloud.",),
    ),
    Intent(
        questions=(
            "why are you [so|] slow?",
            "how fast [are you|is this server|is the model|do you write]?",
            "how many tokens per second [do you write|can you write|]?",
            "can you [write|answer] faster?",
            "how do I make [the server|it|you] faster?",
            "why does it take so long?",
            "what is your speed?",
        ),
        answers=(
            (
                "I am tiny, so I write thousands of tokens per second. A real model such as BitNet-b1.58-2B-4T "
                "writes about twenty on two cores."
            ),
        ),
    ),
    Intent(
        questions=(
            "how many [users|people] can [use|share] [this|the server|this server] [at the same time|at once|]?",
            "can [several|many|more] [people|users] use [this|the server|it] [at once|at the same time|]?",
            "why do I have to wait?",
            "is there a queue?",
            "what does queued mean?",
            "how does the queue work?",
            "what is MODEL_INSTANCES?",
        ),
        answers=(
            (
                "Several people can use it. Requests wait in a fair queue, and `MODEL_INSTANCES` says how many "
                "are answered at once."
            ),
        ),
    ),
    Intent(
        questions=(
            "does this [work|run] [offline|without internet]?",
            "do I need [the internet|an internet connection] [for this|]?",
            "can I use [this|the server|you] [offline|without the internet|on a plane]?",
            "is this server online or local?",
        ),
        answers=("It works offline. Once the model file is there, the server needs no internet connection.",),
    ),
    Intent(
        questions=(
            "is [this|this server|it|the server] [free|open source|free of charge]?",
            "what does [this|this server|it] cost?",
            "how much do you cost?",
            "do I have to pay [for this|]?",
            "are you [free|open source]?",
            "where is the source code [of this server|]?",
            "can I see [your|the] source code?",
        ),
        answers=("Yes, the server is open source and free. You run it on your own machine.",),
    ),
    Intent(
        questions=(
            "how do you [work|think|answer|write|write your answers|generate text|produce text|do that]?",
            "how does this [work|chat work]?",
            "explain how you work",
            "what happens when I [send|write] a message?",
            "how do you know what to [say|write|answer]?",
            "what happens inside you?",
            "how do you choose your words?",
            "what is going on in your network?",
        ),
        answers=(
            (
                "I read your text as tokens and then predict the next token, again and again, until the answer "
                "is complete."
            ),
        ),
    ),
]
