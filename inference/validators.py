"""Validators of model fields."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator

from bitnetsite.env import env
from inference.provisioning.model_files import model_path


def number_range(
    minimum: float, maximum: float | None = None, message: str = ""
) -> list[MinValueValidator | MaxValueValidator]:
    """Return validators for a range, with one message that says what to enter."""
    message = (
        message or f"Enter a number {f'of at least {minimum}' if maximum is None else f'from {minimum} to {maximum}'}."
    )
    lower = MinValueValidator(minimum, message)
    return [lower] if maximum is None else [lower, MaxValueValidator(maximum, message)]


def use_model_ranges(field: forms.Field) -> None:
    """Remove the ranges that Django adds to a form field: the model's validators have better messages."""
    field.validators = [
        each for each in field.validators if not isinstance(each, MinValueValidator | MaxValueValidator)
    ]


def in_models_folder(file: str) -> None:
    """Raise ValidationError unless this is the name of a file in the models folder."""
    try:
        model_path(env("MODELS_DIR"), file)
    except ValueError as error:
        raise ValidationError(str(error)) from error
