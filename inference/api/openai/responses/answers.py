"""The response object, at each moment of its generation."""

from __future__ import annotations

import time
from typing import Any, Final

from inference.api.errors import describe
from inference.api.limits.policy import LimitReached
from inference.engine import Finished, FinishReason, GenerationRequest
from inference.engine.errors import EngineError
from inference.serving.service import Completion

from .request import ResponseSerializer

# What other servers let their clients set. These values are always in force here.
FIXED: Final[dict[str, Any]] = {
    "background": False,
    "max_tool_calls": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "safety_identifier": None,
    "service_tier": "default",
    "store": False,
    "tools": [],
    "top_logprobs": 0,
    "truncation": "disabled",
    "user": None,
}


class ResponseAnswer:
    """The objects of one response. `identifier`: what its ids have in common."""

    def __init__(self, identifier: str, model: str, request: ResponseSerializer, generation: GenerationRequest) -> None:
        values, sampling = request.validated_data, generation.sampling
        self._identifier = identifier
        self._fields = {
            "id": f"resp_{identifier}",
            "object": "response",
            "created_at": int(time.time()),
            "model": model,
            "instructions": values.get("instructions"),
            "max_output_tokens": values.get("max_output_tokens"),
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "presence_penalty": sampling.presence_penalty,
            "frequency_penalty": sampling.frequency_penalty,
            "reasoning": values.get("reasoning"),
            "text": {"format": request.text_format},
            "tool_choice": values.get("tool_choice", "auto"),
        } | FIXED

    def answered_by(self, model: str) -> None:
        """Name the model that answers: another one may have become the default while the request waited."""
        self._fields["model"] = model

    def begun(self) -> dict[str, Any]:
        """Return the response before its first token."""
        return self._response("in_progress")

    def finished(self, completion: Completion) -> dict[str, Any]:
        """Return the response with its whole text, which is incomplete if it reached its length."""
        finished, counts = completion.finished, completion.finished.usage
        self.answered_by(finished.model)
        usage = {
            "input_tokens": counts.prompt_tokens,
            "input_tokens_details": {"cached_tokens": counts.reused_tokens},
            "output_tokens": counts.generated_tokens,
            "output_tokens_details": {"reasoning_tokens": counts.reasoning_tokens},
            "total_tokens": counts.prompt_tokens + counts.generated_tokens,
        }
        status = status_of(finished)
        incomplete = {"reason": "max_output_tokens"} if status == "incomplete" else None
        thought = [self.item("reasoning", "completed", completion.reasoning)] if completion.reasoning else []
        output = [*thought, self.item("message", status, completion.text)]
        response = self._response(status, output=output, usage=usage, incomplete_details=incomplete)
        return response | ({"completed_at": int(time.time())} if status == "completed" else {})

    def failed(self, error: EngineError | LimitReached) -> dict[str, Any]:
        """Return the response that the engine could not complete."""
        described = describe(error)
        return self._response("failed", error={"code": described.code, "message": described.message})

    def item_id(self, kind: str) -> str:
        """Return the id of the item of this kind: `message` or `reasoning`."""
        return f"{'msg' if kind == 'message' else 'rs'}_{self._identifier}"

    def item(self, kind: str, status: str, text: str | None) -> dict[str, Any]:
        """Return an item of the output with this text; without a part if there is no text yet."""
        content = [] if text is None else [self.part(kind, text)]
        item: dict[str, Any] = {"type": kind, "id": self.item_id(kind), "status": status, "content": content}
        if kind == "message":
            return item | {"role": "assistant"}
        return item | {"summary": []}

    def part(self, kind: str, text: str) -> dict[str, Any]:
        """Return the part of such an item."""
        if kind == "reasoning":
            return {"type": "reasoning_text", "text": text}
        return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}

    def _response(self, status: str, **changed: Any) -> dict[str, Any]:
        empty: dict[str, Any] = {
            "completed_at": None,
            "error": None,
            "incomplete_details": None,
            "output": [],
            "usage": None,
        }
        return self._fields | {"status": status} | empty | changed


def status_of(finished: Finished) -> str:
    """Return the status of a message and its response."""
    return "incomplete" if finished.reason is FinishReason.LENGTH else "completed"
