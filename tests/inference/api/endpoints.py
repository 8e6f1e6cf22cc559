"""The endpoints that answer, of every protocol, each with a small body."""

from __future__ import annotations

from typing import Any, Final

MESSAGES: Final = [{"role": "user", "content": "Hello"}]
ANSWERS: Final[dict[str, dict[str, Any]]] = {
    "/generate": {"prompt": "Hello"},
    "/v1/chat/completions": {"messages": MESSAGES},
    "/v1/completions": {"prompt": "Hello"},
    "/v1/responses": {"input": "Hello"},
    "/api/chat": {"model": "demo-bitnet", "messages": MESSAGES, "stream": False},
    "/api/generate": {"model": "demo-bitnet", "prompt": "Hello", "stream": False},
}


def message_of(path: str, body: Any) -> str:
    """Return the message of an error in the shape of the path's protocol. Fail if it has another shape."""
    if path.startswith("/v1/"):
        [error] = body.values()
        assert {"message", "type", "param", "code"} <= set(error)
        return str(error["message"])
    if path.startswith("/api/"):
        [message] = body.values()
        return str(message)
    assert {"detail", "code"} <= set(body)
    return str(body["detail"])
