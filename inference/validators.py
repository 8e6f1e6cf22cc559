"""Validators of model fields, and the errors of form fields: each says what to enter."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator

from bitnetsite.env import env
from inference.provisioning.models.model_files import model_path


def number_range(minimum: float, maximum: float, message: str = "") -> list[MinValueValidator | MaxValueValidator]:
    """Return validators for a range, with one message."""
    message = message or f"Enter a number from {minimum} to {maximum}."
    return [MinValueValidator(minimum, message), MaxValueValidator(maximum, message)]


def use_plain_errors(fields: Iterable[forms.Field]) -> None:
    """Replace errors that Django words differently. Ranges are left to the validators of the model."""
    ranges = (MinValueValidator, MaxValueValidator)
    for field in fields:
        field.validators = [each for each in field.validators if not isinstance(each, ranges)]
        for validator in field.validators:
            if isinstance(validator, MaxLengthValidator):
                validator.message = "Enter at most %(limit_value)d characters."


def in_models_folder(file: str) -> None:
    """Raise ValidationError unless this is the name of a file in the models folder, which engine nodes may have."""
    try:
        model_path(env("MODELS_DIR"), file, elsewhere=bool(env("ENGINE_URL")))
    except ValueError as error:
        raise ValidationError(str(error)) from error
