"""What fails because the server or the demo model lacks an ability: client → feature → reason.

A failure that is not listed fails the run, and so does a listed one that passes. Tests that a suite skips itself,
because its configuration here says what the server supports, are not listed.
"""

from __future__ import annotations

from typing import Final

NO_TOOLS = "no tools: they are accepted, but the model cannot be made to call one"
NO_IMAGES = "no images: BitNet models read text only"
NO_MODEL = "a request without a model is answered by the default one"
SMALL_MODEL = "the answer is JSON, but the demo model is too small to choose the keys that the question names"

EXPECTED_FAILURES: Final[dict[str, dict[str, str]]] = {
    "langchain-openai": {
        "chat: json mode": SMALL_MODEL,
        "chat: structured output pydantic 2 v1": NO_TOOLS,  # LangChain asks for old pydantic models with a tool call
        "responses: json mode": SMALL_MODEL,
        "responses: structured output pydantic 2 v1": NO_TOOLS,
    },
    "langchain-ollama": {"chat: json mode": SMALL_MODEL},
    "llm-comply": {
        "chat[chat-tool-calling]": NO_TOOLS,
        "chat[chat-image-input]": NO_IMAGES,
        "chat[chat-error-handling]": NO_MODEL,
        "responses[tool-calling]": NO_TOOLS,
        "responses[image-input]": NO_IMAGES,
        "responses[error-handling]": NO_MODEL,
    },
}
