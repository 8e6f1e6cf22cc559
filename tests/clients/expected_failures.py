"""What fails because the server lacks an ability, or the demo model does: client → feature → reason.

A failure that is not listed fails the run, and so does a listed one that passes.
"""

from __future__ import annotations

from typing import Final

NO_TOOLS = "tools are accepted, and answered with text: llama-cli does not call any"
NO_IMAGES = "images: BitNet models read text only"
SMALL_MODEL = "the demo model cannot follow the instruction; that the answer is JSON is enforced"

EXPECTED_FAILURES: Final[dict[str, dict[str, str]]] = {
    "langchain-openai": {"json mode": SMALL_MODEL},
    "llm-comply": {
        "openai-chat[chat-tool-calling]": NO_TOOLS,
        "openai-chat[chat-image-input]": NO_IMAGES,
    },
}
