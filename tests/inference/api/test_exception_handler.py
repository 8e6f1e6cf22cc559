"""The responses to the engine's errors."""

from __future__ import annotations

import pytest

from inference.api.native.errors import exception_handler
from inference.engine.errors import (
    CallerBusy,
    ContextTooLarge,
    EngineError,
    EngineStopping,
    NoSuchWorker,
    PromptTooLong,
    QueueFull,
)


@pytest.mark.parametrize(
    ("error", "status", "code", "retry_after"),
    [
        (CallerBusy("Wait.", 2.5), 429, "too_many_requests_of_caller", "3"),
        (QueueFull("Wait.", 0.1), 503, "queue_full", "1"),
        (EngineStopping("Wait."), 503, "engine_stopping", "5"),
        (PromptTooLong(10, 5), 400, "prompt_too_long", None),
        (ContextTooLarge("Ask for less."), 400, "context_too_large", None),
        (NoSuchWorker("It is gone."), 404, "no_such_worker", None),
        (EngineError("Unexpected."), 500, "engine_error", None),
    ],
)
def test_each_error_has_a_status_and_says_when_to_retry(
    error: EngineError, status: int, code: str, retry_after: str | None
) -> None:
    response = exception_handler(error, {})
    assert response
    assert (response.status_code, response.data["code"], response.get("Retry-After")) == (status, code, retry_after)
