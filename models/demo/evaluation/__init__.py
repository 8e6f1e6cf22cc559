"""Questions that are not in the training data, each with what a sensible answer must contain.

They were written separately from the corpus, and `held_out.py` keeps them out of it. Where a kind of question failed,
the corpus got more phrasings for every topic of that kind, never one for a question in this package. Regular
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
