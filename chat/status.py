"""The server's status for the chat page: health, models, defaults, limits and texts. The same for everyone."""

from __future__ import annotations

from typing import Any

from inference.engine import ModelInfo
from inference.serving import configuration, service


def server_status() -> dict[str, Any]:
    """Return the status as JSON, without a query, and without waiting for the engine. From any thread."""
    health, defaults, in_force = service.health(), service.defaults(), configuration.current()
    shown = {"status": health.status, "detail": health.public}
    return {
        "health": shown | ({"progress": health.progress} if health.progress else {}),
        "model": defaults.model,
        "notice": defaults.notice,
        "models": [_model_json(each) for each in service.served_models()],
        "defaults": {
            "system_prompt": defaults.system_prompt,
            "temperature": defaults.temperature,
            "top_p": defaults.top_p,
            "max_tokens": defaults.max_tokens,
            "context_size": defaults.context_size,
        },
        "limits": {"context_size": defaults.context_size, "max_answer_tokens": defaults.max_answer_tokens},
        "sign_up": in_force.sign_up,
        "page": {
            "name": in_force.page_name,
            "note": in_force.page_note,
            "example_questions": in_force.example_questions,
        },
    }


def _model_json(model: ModelInfo) -> dict[str, Any]:
    """Return a model for the page. `problem`: why it cannot answer questions; empty if it can, or is not loaded."""
    context_size = service.context_size_of(model)
    return {
        "id": model.id,
        "name": model.name,
        "problem": model.failure or model.cannot_chat,
        "context_size": context_size,
        "max_answer_tokens": service.max_answer_tokens(context_size),
    }
