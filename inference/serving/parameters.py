"""The parameters of a generation: defaults and ranges, the same in the API, the commands and the page."""

from typing import Final

DEFAULT_SYSTEM_PROMPT: Final = (
    "You are a helpful, harmless, and honest AI assistant. Answer the user's questions truthfully and helpfully."
)
DEFAULT_MAX_TOKENS: Final = 256
DEFAULT_TEMPERATURE: Final = 0.7
DEFAULT_TOP_P: Final = 0.9

MOST_PROMPT: Final = 100_000  # characters
MOST_SYSTEM_PROMPT: Final = 20_000  # characters
MOST_BODY: Final = 4 * 2**20  # bytes: the longest prompt and system prompt, escaped in JSON, and room for a transcript
MOST_MESSAGES: Final = 1_000
LEAST_CONTEXT: Final = 128  # tokens
MOST_TEMPERATURE: Final = 2.0
LEAST_TOP_P: Final = 0.000001
MOST_SEED: Final = 2**31 - 1
MOST_STOPS: Final = 4
MOST_STOP: Final = 200  # characters
