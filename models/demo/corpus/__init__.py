"""The corpus of the demo model: dialogues written and generated here, nothing downloaded."""

from .dialogues import random_dialogue
from .manners import DEFAULT as DEFAULT_SYSTEM_PROMPT
from .turn import Dialogue, Turn

__all__ = ["DEFAULT_SYSTEM_PROMPT", "Dialogue", "Turn", "random_dialogue"]
