"""The same request in another sentence: `how do I …?` becomes `is there a way to …?`, `I want to …`, `help me to …`.

The rules look only at how a question begins, never at what it is about. So known and unknown topics come in the same
sentences, and differ only in the topic.
"""

import random
import re

from .phrasing import choose

HOW_TO = (
    "how [do|can|could|would|should|might|must|shall] [I|I|I|we|one|you] [go about it to|] {a}?",
    "how [do|can|could] I {a}?",
    "how to {a} [?|]",
    "how is it possible to {a}?",
    "[what is|what's] the [best|easiest|right|quickest|simplest|usual|] way to {a}?",
    "is there [a|any|some] [way|trick|command|method|option|possibility] to {a}?",
    "[can|could|would|will] you [please|kindly|] [tell|show|teach] me how [to|I can|I could] {a}?",
    "[please|] [tell|show|teach] me how [to|I can|one can] {a}",
    "[explain|describe] [to me|] how [to|I can|one can] {a}",
    "I [want|need|would like|wish|am trying|have|plan|'d like|'d love] to {a} [, how?|, how do I do that?|. How?|"
    ". How does it work?|. What do I have to do?|, can you help?|]",
    "[what|which steps] [must|should|can|do] I [do|take|follow] to {a}?",
    "what do I [have to do|need|need to do] to {a}?",
    "what [is needed|is necessary|does it take] to {a}?",
    "[any|some] [idea|ideas|tips|advice|hint] [how to|on how to|how I can] {a}?",
    "do you know how [to|I|I can|one can] {a}?",
    "[please|] help me [to|] {a}",
    "[I need|can I get|could I get] [some|] help to {a}",
    "I [do not know|don't know|have no idea|forgot|cannot remember|wonder|am not sure] how to {a}",
    "I [cannot|can't|did not manage to] {a} [, what now?|, please help|, what is wrong?|]",
    "{a}, how [does that work|is that done|do I do it|can I do it]?",
    "{a} - how?",
    "in [what|which] way [can|do] I {a}?",
    "[I am looking|looking] for a way to {a}",
)
WHERE_TO = (
    "where [do|can|could|should|must|would] [I|I|we|one|you] {a}?",
    "[in|at|on] [which|what] [place|page] [do|can] I {a}?",
    "[tell|show] me where [to|I can|I] {a}",
    "do you know where [to|I can] {a}?",
    "[what is|what's] the [right|] place to {a}?",
    "is there [a|some] place [where I can|to] {a}?",
    "where [do|must] I [click|go|look|turn] to {a}?",
    "I want to {a}. Where [is that|do I go|can I do that]?",
)
MAY_I = (
    "[can|could|may|might] [I|I|I|we|one|somebody|a user] {a}?",
    "is it [possible|allowed|okay|permitted|easy] to {a}?",
    "am I [able|allowed|free] to {a}?",
    "would it be [possible|okay|a problem] to {a}?",
    "I [want|would like|need|'d like] to {a}, [is that possible|can I|may I|is that okay|does that work]?",
    "is there [a way|any way|a possibility|an option] to {a}?",
    "[do you know|tell me|I wonder|can you tell me] [if|whether] I can {a}",
    "does [this|it|the server] [let|allow] me {a}?",
    "I can {a}, [right|can I not|correct]?",
    "what if I want to {a}?",
)
ARE_YOU = (
    "are you [really|actually|perhaps|maybe|by any chance|truly|just|] {a}?",
    "[so|] you are {a}, [right|correct|yes|aren't you|are you not|true|no]?",
    "is it [true|correct|right] that you are {a}?",
    "I [think|guess|believe|suppose|heard|was told|assume] [that|] you are {a}",
    "[tell me|can you tell me|I wonder|I want to know|say|I'd like to know] [if|whether] you are {a}",
    "would you say [that|] you are {a}?",
    "could it be that you are {a}?",
    "do you [think|believe] [that|] you are {a}?",
    "you are {a}?",
    "you are not {a}, are you?",
)
DO_YOU = (
    "do you [really|actually|also|sometimes|still|even|] {a}?",
    "is it [true|correct|possible] that you {a}?",
    "[tell me|can you tell me|I wonder|I want to know|say|I'd like to know] [if|whether] you {a}",
    "would you say [that|] you {a}?",
    "you {a}, [right|don't you|correct|no|do you not]?",
    "[I think|I guess|I heard|I suppose] [that|] you {a}",
    "does it happen that you {a}?",
)
CAN_YOU = (
    "[can|could|will|would] you [please|maybe|also|possibly|kindly|really|even|] {a}?",
    "are you able to {a}?",
    "would you be able to {a}?",
    "is it possible for you to {a}?",
    "do you know how to {a}?",
    "I [want|would like|need|wish|'d like|'d love] you to {a}",
    "you can {a}, [right|can't you|correct|can you not]?",
    "[tell me|I wonder|do you know|I want to know] [if|whether] you can {a}",
    "would you mind to {a}?",
    "have you learned to {a}?",
)
WHAT_IS = (
    "[what is|what's|whats|what exactly is|what actually is|and what is|so what is] {a}?",
    "[tell|show] me [please|] what {a} is",
    "[can|could|would] you [please|] [tell me|say|explain] what {a} is?",
    "[do you know|I wonder|I want to know|I'd like to know|explain|please explain] what {a} is",
    "{a} - what is [that|it]?",
    "{a}: what is [that|it]?",
    "{a}, what [is|was] [that|it] [again|]?",
    "what [should|must|can] I [imagine|understand|think of] [by|with] {a}?",
    "[any|no] idea what {a} is?",
    "I [have never heard of|do not know|never understood|don't get] {a}",
    "what about {a}?",
    "{a}?",
)
GIVE_ME = (
    "[give|show|get|send] [me|us] {a} [, please|please|now|, thanks|]",
    "I [want|need|would like|'d like|would love|could do with] [to see|to have|to get|] {a}",
    "[do you have|have you got|is there|could there be] {a} [for me|]?",
    "{a} [please|, please|for me|, thank you|now]",
    "{a}!",
    "[may|can|could] I [see|have|get|read] {a} [please|]?",
    "[can|could|would|will] you [please|kindly|] [give|show|find|make] me {a} [please|]?",
    "it would be [good|great|helpful] to [see|have] {a}",
    "how about {a}?",
    "let me [see|have] {a}",
    "I am looking for {a}",
)
IMPERATIVE = (
    "[please|kindly|now|just|] {a}",
    "{a} [please|, please|for me|, will you|, thanks|now|]",
    "[can|could|would|will] you [please|kindly|maybe|] {a} [for me|please|]?",
    "I [want|would like|need|ask|'d like|expect] you to {a}",
    "it would be [great|kind|good|lovely] if you could {a}",
    "[would|do] you mind to {a}?",
    "you [should|could|may|must] {a} [now|]",
    "is it possible for you to {a}?",
    "are you able to {a}?",
    "let's see you {a}",
    "why don't you {a}?",
    "your task: {a}",
)
WRITING_VERBS = (
    "write|print|create|make|compose|draw|tell|name|list|explain|describe|say|define|introduce|mention|count"
)
RULES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), frames)
    for pattern, frames in (
        (r"how (?:do|can|could|would|should) I (?P<a>[^?]+)\??", HOW_TO),
        (r"how to (?P<a>[^?]+)\??", HOW_TO),
        (r"where (?:do|can|could|should) I (?P<a>[^?]+)\??", WHERE_TO),
        (r"(?:can|may) I (?P<a>[^?]+)\??", MAY_I),
        (r"are you (?P<a>[^?]+)\?", ARE_YOU),
        (r"do you (?P<a>[^?]+)\?", DO_YOU),
        (r"(?:can|could) you (?P<a>[^?]+)\?", CAN_YOU),
        (r"(?:what is|what's) (?P<a>(?:a|an|the|your|my|this|top|max|Docker|BitNet)\b[^?]*)\??", WHAT_IS),
        (r"(?:give me|show me|I need) (?P<a>(?!how|what|where|who)[^?]+)", GIVE_ME),
        (rf"(?P<a>(?:{WRITING_VERBS}) (?!me about)[^?]+)", IMPERATIVE),
    )
)


def reframe(rng: random.Random, text: str) -> str:
    """Return the question rephrased if a rule matches its beginning, else unchanged."""
    for pattern, frames in RULES:
        found = pattern.fullmatch(text)
        if found:
            wish = found["a"].strip().rstrip(".!")
            return choose(rng, frames).replace("{a}", wish)
    return text


def sometimes_reframed(rng: random.Random, text: str, share: float = 0.25) -> str:
    """Return the question, rephrased in a share of the cases."""
    return reframe(rng, text) if rng.random() < share else text
