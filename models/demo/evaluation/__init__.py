"""Questions that the training never saw, each with what a sensible answer must contain.

They were written apart from the corpus and are kept out of it by `held_out.py`. Where a kind of question went badly,
the corpus got more ways to ask for every topic of that kind, not one for a question that stands here. Regular
expressions ignore case; a `.` also matches a line break.
"""

from . import conversations, knowledge, small_talk
from .question import Question

QUESTIONS: list[Question] = [
    *small_talk.GREETINGS,
    *small_talk.IDENTITY,
    *small_talk.SERVER,
    *knowledge.DEFINITIONS,
    *knowledge.DIFFERENCES,
    *knowledge.ARITHMETIC,
    *knowledge.COUNTING,
    *knowledge.GEOGRAPHY,
    *knowledge.EVERYDAY,
    *knowledge.LISTS,
    *knowledge.MARKDOWN,
    *knowledge.CREATIVE,
    *conversations.NAME_RECALL,
    *conversations.MEMORY,
    *conversations.MANNERS,
    *small_talk.UNKNOWN,
]

__all__ = ["QUESTIONS", "Question"]
