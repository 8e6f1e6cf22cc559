"""Questions about access, keys, the administration, privacy, speed, many users, cost."""

from .turn import Intent

INTENTS = [
    Intent(
        questions=(
            "what is [the admin|the admin site|the admin page] [for|]?",
            "how [do|can] I [open|use|get to|reach|log in to] the admin [site|page|]?",
            "where is the admin [site|page|]?",
            "where [do|can] I change the [default|server] settings?",
            "what can I do in the admin [site|]?",
            "is there an admin [site|page|interface]?",
            "how do I get [into|to|inside] the [admin|administration|admin area|admin part]?",
            "[admin|administrator] [login|password|address|url]?",
            "where do administrators log in?",
            "who can [change|see] the [server settings|history of everyone|default settings]?",
            "I am the administrator, where do I [go|log in|start]?",
            "what is the [address|URL] of the admin?",
            "how do I manage the server?",
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
            "[where|how] are API keys [made|created]?",
            "I need [a key|an API key|a token] for my [program|script|app]",
            "how does my [program|script|app] [log in|authenticate|prove who it is]?",
            "[my|the] API key [is lost|does not work|is gone], what now?",
            "[create|make|give me] [a|an] [API|access] key",
            "is [a key|an API key|a login|a password] [needed|necessary|required]?",
            "what are API keys good for?",
            "who gives me an API key?",
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
            (
                "can [my boss|other people|Microsoft|Google|the government|a stranger|others|companies] [see|"
                "read] [this|what I write|my chat|our conversation]?"
            ),
            (
                "[is|are] [what I write|this chat|this conversation|my messages|our talk] [private|secret|kept "
                "secret|sent anywhere|safe]?"
            ),
            "does [this|my text|anything|what I write] leave [this|my] [machine|computer|server|network]?",
            "who else [reads|sees|gets|has access to] [this|my messages|my data]?",
            "is anything [sent|uploaded] to [the cloud|the internet|Microsoft|another server]?",
            "can I tell you secrets?",
            "do you [collect|pass on|keep|sell] [my|any|personal] [data|information]?",
            "where are my [words|messages] sent?",
            "do outsiders see this?",
            "privacy?",
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
            "how [quick|fast|slow] is [this|it|the server|a real model]?",
            "how long does [an answer|it|a reply] take?",
            "how many [words|tokens] [do you write|can you write|do you make] [in|per|a] second?",
            "tokens per second?",
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
            (
                "can [we|my team|my family|a whole class|two of us|several users] [use|share|work with] [this|"
                "the server|it] [together|at once|]?"
            ),
            "what if [two|many|several] [people|users] [ask|write] [at the same time|at once|together]?",
            "is [this|the server] [for|only for] [one|a single|more than one] [user|person]?",
            "how many [requests|questions|chats] [can it answer|are answered|run] at once?",
            "I have to wait, [why|is somebody else using it]?",
            "are other people using this [too|now|at the moment]?",
            "does it [handle|support] [several|many|multiple] users?",
            "how do I answer more requests [at once|in parallel]?",
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
            "is [the internet|an internet connection|a network|Wi-Fi] [needed|necessary|required]?",
            (
                "[what if|does it work if|what happens when] [I have no internet|the internet is down|I am on a "
                "train without internet|there is no network]?"
            ),
            "I [am|will be] offline, [can I still use this|does this work|will it work]?",
            "does [this|it|the server] [keep working|go on|run] without [internet|a connection|a network]?",
            "can I [pull|cut] the network cable?",
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
            "[is|does] [there|it have] [a price|a fee|a subscription]?",
            "is [using|running] [this|the server|it] [free|for free|without cost]?",
            "[what|how much] [do I|must I|does one] pay [for this|for the server|]?",
            "does [using|running] [this|the server] cost [money|anything|something]?",
            "[which|what] licence does [this|the server] have?",
            "where is the code?",
            "do you cost [money|anything|something]?",
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
            "where do your [answers|words|sentences] come from?",
            "[tell me|explain] how [you work|you answer|you write|an answer is made]",
            "how [is|are] [an answer|your answers] [made|produced|created]?",
            "what do you do with my [text|message|question]?",
        ),
        answers=(
            (
                "I read your text as tokens and then predict the next token, again and again, until the answer "
                "is complete."
            ),
        ),
    ),
]
