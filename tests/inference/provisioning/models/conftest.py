"""A stand-in hub, and the environment that refers to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.hub import FILE, REPO, Hub


@pytest.fixture
def hub(small_model: Callable[..., Path]) -> Iterator[Hub]:
    with Hub(small_model().read_bytes()) as hub:
        yield hub


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def hub_settings(monkeypatch: pytest.MonkeyPatch, hub: Hub, folder: Path) -> None:
    settings = {"HF_ENDPOINT": hub.url, "MODELS_DIR": str(folder), "MODEL_REPO": REPO, "MODEL_FILE": FILE}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
