"""Questions about features of the server: settings, conversations, streaming."""

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
            "[can|may] I [give you|tell you] [instructions|rules|orders|a character]?",
            (
                "how do I [tell|order|instruct] you [to be polite|to answer in another style|how to talk|what "
                "role to play]?"
            ),
            "[in which box|where] [do I put|goes] [the system prompt|my instructions|the instructions]?",
            "I want you to [behave|act|talk] [differently|like somebody else]",
            "is there a [field|box|setting] for [the system prompt|instructions]?",
            "what is the system_prompt [field|parameter|option] for?",
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
            "what is the [default|right|usual|normal|ideal|recommended] temperature?",
            "[which|what] [value|number] [should|do] I [take|use|choose] for [the|] temperature?",
            "is [0.7|0|1|0.5] a good temperature?",
            "how [random|creative|varied] are the answers?",
            "how do I get [less|more] [random|creative|varied|surprising] [answers|text|replies]?",
            "your answers are too [random|wild|boring|similar], [what can I do|how do I change that]?",
            "I want [more|less] [variety|randomness|creativity|chance] [in your answers|]",
            "why is your answer [always the same|different now|not the same as before]?",
            "where is the temperature [slider|setting|option]?",
            "what should the temperature be?",
            "temperature [setting|for chat|please]",
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
            "[what is|explain] the [top-p|top_p|top p] [setting|parameter|value|slider] [for|about|good for|]?",
            "[which|what] [top-p|top_p] [should I use|is good]?",
            "why is there a [top-p|top_p|top p] [setting|parameter|slider]?",
            "what happens if I [lower|raise|change] [top-p|top_p|top p]?",
            "[top-p|top_p]",
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
            "[what is|explain] the [token limit|limit of tokens|maximum length|max_tokens setting]?",
            "your answer [ends|stopped|broke off] in the middle [of a sentence|], why?",
            "how do I make you write [more|less|longer|shorter]?",
            "is there a limit [for|on] [the length|answers|the answer]?",
            "where do I set the [maximum|] length [of an answer|]?",
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
            "[what is|explain] the seed [number|value|option] [about|for|]?",
            "[why|when] [would|should|do] I [set|need|use] a seed?",
            "how do I [repeat|reproduce] an answer?",
            "[which|what] seed should I [use|take]?",
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
            "do my [chats|conversations|messages] [stay|remain|survive] [here|when I close the page|if I leave|]?",
            "can I [come back to|continue|resume|reopen] [this|my] [chat|conversation] [later|tomorrow|next week|]?",
            "is this [chat|conversation] [saved|kept|stored|lost when I leave]?",
            "if I close [the page|the browser|this], is [the chat|everything] [gone|lost|still there]?",
            "where did my [old|last|other] [chats|chat|conversation|conversations] go?",
            "will [this chat|my chat|everything I wrote] be [here|there|available] [tomorrow|later|next time]?",
            "how long are [chats|conversations|messages] kept?",
            "show [me|] my [old|earlier|last] [chats|conversations]",
            "what is the list [on the left|beside the chat|of chats]?",
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
            "[let's|we should] [start|begin] [again|from the beginning|fresh|a new conversation]",
            "how do I get [an empty|a fresh|a clean] chat?",
            "where is the button for a new [chat|conversation]?",
            "forget everything and start again",
            "reset",
        ),
        answers=("Press the button for a new conversation. It starts empty and knows nothing of the others.",),
    ),
    Intent(
        questions=(
            "how [do|can] I [delete|remove|erase] [a|this|my] [conversation|chat|history]?",
            "can I delete [my data|my messages|a conversation|my chats]?",
            "how do I get rid of [this chat|old conversations]?",
            "[delete|remove] this [chat|conversation]",
            "I want this [chat|conversation] [gone|deleted|removed]",
            "[where|how] is [a chat|a conversation] deleted?",
            "where is the delete button?",
            "how do I clean up my [list of|old] [chats|conversations]?",
            "can a [chat|conversation] be [deleted|removed] [for ever|again|]?",
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
            "why do you [type|write] [so slowly|letter by letter|word by word|piece by piece|bit by bit]?",
            "why [do I see|does] the text [grow|appear|arrive] [slowly|bit by bit|in pieces|step by step]?",
            "[what is|explain] the streaming [of answers|option|here|]?",
            "why does the answer not come all at once?",
            "do I have to wait for the whole answer?",
            "the words [drip|come|arrive] one [by one|after the other], why?",
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
            "[can|may] I [break in|cut you off|abort] [while you answer|during an answer|when you write too much|]?",
            "you write too much, how do I [stop|cancel] [it|that|you]?",
            "what if I do not want to wait for the end of an answer?",
            "is there a [way|button] to [stop|cancel|abort] [you|an answer]?",
            "stop writing",
        ),
        answers=("Press the stop button while I am writing. What was written so far is kept.",),
    ),
]
