"""The permissions of the section of the models, which has no database model of its own: those of the settings."""

from __future__ import annotations

from typing import Final

VIEW_MODELS: Final = "inference.view_inferencesettings"
CHANGE_MODELS: Final = "inference.change_inferencesettings"
