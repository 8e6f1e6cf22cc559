"""Defaults and ranges of the parameters of a generation, for the API, the commands and the chat page."""

from typing import Final

DEFAULT_SYSTEM_PROMPT: Final = (
    "You are a helpful, harmless, and honest AI assistant. Answer the user's questions truthfully and helpfully."
)
DEFAULT_MAX_TOKENS: Final = 256
DEFAULT_TEMPERATURE: Final = 0.7
DEFAULT_TOP_P: Final = 0.9

MAX_PROMPT_CHARS: Final = 100_000
MAX_SYSTEM_PROMPT_CHARS: Final = 20_000
MAX_BODY_BYTES: Final = 4 * 2**20  # the longest prompt and system prompt, escaped in JSON, and a transcript
MAX_MESSAGES: Final = 1_000
MIN_CONTEXT_SIZE: Final = 128  # tokens
MAX_CONTEXT_SIZE: Final = 10_000_000  # tokens; models are trained with less
MAX_VOCABULARY_SIZE: Final = 10_000_000  # tokens
MAX_MODELS: Final = 1_000
MAX_THREADS: Final = 1_024
MAX_PROCESSES: Final = 1_024
MAX_COUNT: Final = 1_000_000  # of queued requests, and of one caller's requests
MAX_SECONDS: Final = 30 * 24 * 3600  # of a timeout
MAX_DAYS: Final = 36_500  # a hundred years: dates cannot be much older
MAX_TOKENS_PER_DAY: Final = 1_000_000_000
MAX_TEMPERATURE: Final = 2.0
MIN_TOP_P: Final = 0.000001
MAX_SEED: Final = 2**31 - 1
MAX_STOPS: Final = 4
MAX_STOP_CHARS: Final = 200
