"""Synonyms in users' questions, and abbreviations of hurried typing."""

import random
import re

# In each group, every entry can replace every other. Entries of several words match literally.
GROUPS = (
    "delete/remove/erase/get rid of/drop/discard/wipe/clear away/trash",
    "chat/conversation/dialogue/discussion/talk",
    "chats/conversations/dialogues/discussions/talks",
    "message/text/line/note",
    "messages/texts/words/questions",
    "answer/reply/response/output",
    "answers/replies/responses/outputs",
    "stop/cancel/halt/abort/break off/end/pause",
    "change/set/adjust/modify/edit/alter/switch/choose/pick",
    "use/work with/try/employ/apply",
    "create/make/get/generate/add/set up",
    "start/run/launch/begin/bring up/boot/get going",
    "server/service/software/program/application/tool",
    "page/site/website/web page/web site",
    "machine/computer/laptop/PC/device",
    "people/users/persons/friends/colleagues",
    "several/many/multiple/more than one/a few/two or three",
    "see/view/read/look at/look into",
    "fast/quick/speedy/rapid",
    "slow/sluggish/so slow",
    "free/free of charge/gratis/without cost",
    "pay/pay money/spend money/give money",
    "saved/stored/kept/recorded/remembered",
    "save/store/keep/record/remember",
    "an old/an earlier/a previous/a past/a former",
    "a graphics card/a GPU/a video card/graphics hardware",
    "internet/network/web/internet connection",
    "offline/without internet/without a connection/without a network/with no internet",
    "settings/options/preferences/configuration",
    "setting/option/parameter/value",
    "random/creative/varied/wild/surprising",
    "private/safe/secret/confidential/secure",
    "error/mistake/fault",
    "mistakes/errors/faults/wrong answers",
    "size/weight/dimension",
    "big/large/huge",
    "small/tiny/little/mini",
    "smart/clever/intelligent/bright",
    "made/built/created/developed/programmed",
    "trained/taught/schooled",
    "install/set up/put in/get",
    "better/stronger/more capable/improved",
    "explain/describe/tell me/clear up",
    "example/sample/instance",
    "good/fine/nice/great",
    "bad/poor/awful/terrible/horrible/lousy",
    "help/assist/support",
    "important/essential/relevant",
    "find/discover/locate/look up",
    "open/reach/get to/enter/visit/go to",
    "need/require/have to have/want",
    "wait/stand in line/be patient",
    "program/script/app/code",
    "happens/goes on/takes place",
    "work/function/operate",
    "works/functions/operates",
    "length/size/number of words",
    "short/brief/small",
    "interesting/exciting/fascinating/curious",
    "funny/amusing/hilarious",
    "sad/unhappy/miserable/gloomy/upset",
    "happy/glad/cheerful/delighted/thrilled",
    "today/this morning/right now/at the moment/this evening",
    "tomorrow/the next day/later/another day/next week",
    "wrong/incorrect/false/not correct/mistaken",
    "really/truly/very/totally/quite/pretty",
    "a lot/very much/so much/a great deal/loads",
    "is it possible to/can I/may I/am I able to",
    "I would like/I want/I'd like/I wish",
    "what is/what's/whats/what exactly is",
    "talking/chatting/speaking/writing",
    "know/understand/have knowledge of",
    "anyone/anybody/other people/strangers/someone else/a company",
    "the cloud/another company/others/the outside",
    "write/type/produce",
    "kind/sort/type",
    "purpose/use/point/goal",
    "feelings/emotions/moods",
    "human/person/real person/man",
    "called/named",
    "just/simply/only",
    "maybe/perhaps/possibly",
    "at the same time/at once/together/simultaneously/in parallel",
)
SHORTHAND = {
    "you": "u",
    "your": "ur",
    "are": "r",
    "please": "pls",
    "thanks": "thx",
    "because": "bc",
    "tomorrow": "tmrw",
    "what": "wat",
    "with": "w",
    "and": "n",
    "for": "4",
    "to": "2",
    "people": "ppl",
    "message": "msg",
    "about": "abt",
    "I am": "im",
    "do not": "dont",
    "cannot": "cant",
    "what is": "whats",
    "going to": "gonna",
    "want to": "wanna",
    "have to": "gotta",
}
CONTRACTIONS = {
    "what is": "what's",
    "I am": "I'm",
    "you are": "you're",
    "do not": "don't",
    "does not": "doesn't",
    "cannot": "can't",
    "I would": "I'd",
    "I have": "I've",
    "it is": "it's",
    "that is": "that's",
    "how is": "how's",
    "where is": "where's",
    "who is": "who's",
}
OTHERS: dict[str, list[str]] = {}
for _group in GROUPS:
    _entries = _group.split("/")
    for _entry in _entries:
        OTHERS.setdefault(_entry.lower(), []).extend(other for other in _entries if other != _entry)


def any_of(entries: dict[str, object]) -> re.Pattern[str]:
    """Return a pattern that matches any entry as whole words, the longest first."""
    longest_first = sorted(entries, key=len, reverse=True)
    return re.compile(
        r"(?<![\w/`.-])(" + "|".join(map(re.escape, longest_first)) + r")(?![\w/`'-]|\.\w)", re.IGNORECASE
    )


ANY_WORD = any_of(dict(OTHERS))
ANY_SHORTENED = any_of(dict(SHORTHAND))
ANY_CONTRACTED = any_of(dict(CONTRACTIONS))
LOWER_SHORTHAND = {key.lower(): value for key, value in SHORTHAND.items()}
LOWER_CONTRACTIONS = {key.lower(): value for key, value in CONTRACTIONS.items()}


def with_synonyms(rng: random.Random, text: str, share: float = 0.35) -> str:
    """Return the text with a share of its words replaced by synonyms."""

    def replaced(found: re.Match[str]) -> str:
        return rng.choice(OTHERS[found[0].lower()]) if rng.random() < share else found[0]

    return ANY_WORD.sub(replaced, text)


def in_shorthand(rng: random.Random, text: str) -> str:
    """Return the text as typed in a hurry."""
    return ANY_SHORTENED.sub(
        lambda found: LOWER_SHORTHAND[found[0].lower()] if rng.random() < 0.7 else found[0], text
    ).lower()


def contracted(text: str) -> str:
    """Return the text with contractions: `what is` → `what's`."""
    return ANY_CONTRACTED.sub(lambda found: LOWER_CONTRACTIONS[found[0].lower()], text)
