"""The form of the operator's settings. Each field shows its server default, and fields are checked together."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from bitnetsite.env import env
from inference.engine.errors import ModelFileError
from inference.engine.gguf.header import read_model_file
from inference.models import InferenceSettings
from inference.monitoring.node_models import machines_and_models, models_of_nodes
from inference.provisioning.models.model_files import ListedModel, model_path
from inference.serving import configuration
from inference.serving.configuration import MAX_EXAMPLES, VARIABLES, Origin
from inference.serving.engine_settings import listed_models
from inference.validators import use_plain_errors

MAX_SHOWN_CHARS: Final = 90  # of a server default

GROUPS: Final = (
    (
        "Answers",
        "Defaults of requests and conversations.",
        ("system_prompt", "temperature", "top_p", "max_tokens"),
    ),
    ("Limits", "Limits of requests and messages.", ("max_answer_tokens", "max_prompt_chars")),
    ("Queue", "", ("max_queue", "queue_timeout", "max_requests_per_caller")),
    (
        "Engine",
        "A change replaces the processes one after the other. Running answers are completed.",
        ("model", "offered_models", "max_models", "max_threads", "model_instances", "context_size"),
    ),
    ("History", "", ("keep_api_texts", "keep_chat_texts", "history_days")),
    ("Chat page", "", ("sign_up", "public_share_links", "page_name", "page_note", "example_questions")),
)
LABELS: Final = {
    "top_p": "Top-p",
    "model": "Default model",
    "max_models": "Max models in memory",
    "max_tokens": "Default tokens per answer",
    "max_answer_tokens": "Max answer length",
    "max_prompt_chars": "Max prompt length",
    "max_queue": "Max queued requests",
    "queue_timeout": "Queue timeout",
    "max_requests_per_caller": "Max requests per caller",
    "max_threads": "Threads per answer",
    "model_instances": "Concurrent answers",
    "keep_api_texts": "Store API texts",
    "keep_chat_texts": "Store chat texts",
    "history_days": "Days of history",
    "sign_up": "Sign-up",
    "public_share_links": "Public share links",
    "page_name": "Name",
    "page_note": "Note",
}
NO_LIMIT: Final = {
    "max_answer_tokens": "the context size",
    "max_requests_per_caller": "no limit",
    "offered_models": "all",
    "max_models": "as many as the free memory allows",
}
ENGINE_FIELDS: Final = GROUPS[3][2]


class OfferedModelsField(forms.MultipleChoiceField):
    """Ids of models, stored as lines of a text; None if none is chosen."""

    widget = forms.CheckboxSelectMultiple

    def prepare_value(self, value: Any) -> Any:
        return value.splitlines() if isinstance(value, str) else value

    def clean(self, value: Any) -> str | None:
        return "\n".join(super().clean([each for each in value or () if each])) or None

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # has no parameters at run time
    """Every field may be empty. The server default, shown as the field's `environment_value`, is then in force."""

    class Meta:
        model = InferenceSettings
        fields = tuple(VARIABLES)
        labels = LABELS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        use_plain_errors(self.fields.values())
        self.damaged: list[str] = []
        if "model" in self.fields:
            self._add_model_choices()
        for name, field in self.fields.items():
            field.environment_value = environment_value(name)  # type: ignore[attr-defined]
            if isinstance(field, forms.NullBooleanField):
                chosen = self.fields[name] = _yes_or_no(field, name)
                chosen.environment_value = field.environment_value  # type: ignore[attr-defined]
            elif isinstance(field, forms.IntegerField | forms.FloatField):
                field.widget.attrs |= {"inputmode": "decimal", "placeholder": shown(name), "class": "short"}
            elif name in ("page_name", "page_note") and getattr(configuration.environment_defaults(), name):
                field.widget.attrs["placeholder"] = shown(name)
        for name, rows in (("system_prompt", 5), ("example_questions", 4)):
            if name in self.fields:
                self.fields[name].widget.attrs["rows"] = rows

    def _add_model_choices(self) -> None:
        if env("ENGINE_URL"):
            listed = [(each.id, each.name, each.file, each.name) for each in models_of_nodes(*machines_and_models())]
        else:
            listed = [(each.id, each.name, each.file, _model_label(each)) for each in listed_models() if not each.error]
            self.damaged = [f"{model.file}: {model.error}" for model in listed_models() if model.error]
        choices = [("", f"Server default ({shown('model')})")]
        choices += [(file, label) for _, _, file, label in listed]
        if (stored_model := self.instance.model) and env("ENGINE_URL") and stored_model not in dict(choices):
            choices.append((stored_model, f"{stored_model} (not there)"))
        field = self.fields["model"]
        chosen = forms.TypedChoiceField(
            label=field.label, choices=choices, required=False, empty_value=None, help_text=field.help_text
        )
        chosen.error_messages["invalid_choice"] = (
            "The models folder has no valid model %(value)s. Choose one from the list."
        )
        self.fields["model"] = chosen
        offered = self.fields["offered_models"]
        there = [(identifier, name) for identifier, name, _, _ in listed]
        stored = (self.instance.offered_models or "").splitlines()
        gone = [(each, f"{each} (not there)") for each in stored if each not in dict(there)]
        self.fields["offered_models"] = OfferedModelsField(
            label=offered.label, choices=[*there, *gone], required=False, help_text=offered.help_text
        )

    def clean_example_questions(self) -> str | None:
        text: str | None = self.cleaned_data["example_questions"]
        if text and sum(1 for line in text.splitlines() if line.strip()) > MAX_EXAMPLES:
            raise ValidationError(f"Enter at most {MAX_EXAMPLES} questions, one per line.")
        return text

    def _post_clean(self) -> None:
        """Check fields together. Django calls this after it has validated each field, also by the model's rules.

        Empty fields are checked with the server defaults.
        """
        super()._post_clean()  # type: ignore[misc]
        trained = self._trained_context()
        context = self._in_force("context_size")
        if trained and context and context > trained:
            error = f"The model was trained with a context size of {trained:,} tokens. Enter at most that."
            self._add_error_to_first(("context_size", "model"), error)
            return
        for name in ("max_tokens", "max_answer_tokens"):
            tokens = self._in_force(name)
            if tokens and context and tokens > context:
                error = f"{tokens:,} tokens exceed the context size of {context:,} tokens."
                self._add_error_to_first((name, "context_size"), error)
        tokens, maximum = self._in_force("max_tokens"), self._in_force("max_answer_tokens")
        if tokens and maximum and tokens > maximum:
            error = f"The default of {tokens:,} tokens per answer exceeds the maximum of {maximum:,}."
            self._add_error_to_first(("max_tokens", "max_answer_tokens"), error)

    def _in_force(self, name: str) -> Any:
        """Return the value that will be in force; None if it is invalid or there is no limit."""
        if name in self.errors:
            return None
        value = self.cleaned_data.get(name)
        return getattr(configuration.environment_defaults(), name) if value is None else value

    def _add_error_to_first(self, names: tuple[str, ...], error: str) -> None:
        """Add the error to the first of these fields that has a value; server defaults alone are no error here."""
        for name in names:
            if self.cleaned_data.get(name) is not None and name not in self.errors:
                self.add_error(name, error)
                return

    def _trained_context(self) -> int | None:
        if "model" in self.errors:
            return None
        file = self.cleaned_data.get("model")
        if env("ENGINE_URL"):  # the nodes refuse a context that their model does not have
            return None
        path: Path = model_path(env("MODELS_DIR"), file) if file else configuration.environment_defaults().model
        try:
            return read_model_file(path).context_length
        except ModelFileError as error:
            if file:
                self.add_error("model", str(error))
            return None


def environment_value(name: str) -> str:
    """Describe the server default, as in `Empty: 0.7, from DEFAULT_TEMPERATURE`."""
    origin = configuration.environment_origins()[name]
    source = f"from {VARIABLES[name]}" if origin is Origin.ENVIRONMENT else f"the default of {VARIABLES[name]}"
    return f"Empty: {shown(name)}, {source}"


def shown(name: str, value: Any = None) -> str:
    """Format a value, or without one the server default."""
    value = getattr(configuration.environment_defaults(), name) if value is None else value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Path):
        return value.name
    if isinstance(value, tuple):
        value = "; ".join(value)
    if value in (None, ""):
        return NO_LIMIT.get(name, "nothing")
    text = f"{value:g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
    text = " ".join(text.split())
    text = text if len(text) <= MAX_SHOWN_CHARS else f"{text[: MAX_SHOWN_CHARS - 1]}…"
    return f"“{text}”" if name == "system_prompt" else text


def changes(before: InferenceSettings | None, after: InferenceSettings) -> list[str]:
    """Return the differences between two rows, as in `Temperature: empty (0.7) → 0.2`."""
    lines = []
    for name in VARIABLES:
        old, new = getattr(before, name, None), getattr(after, name)
        old, new = (None if value == "" else value for value in (old, new))
        if old != new:
            lines.append(f"{label(name)}: {_format_side(name, old)} → {_format_side(name, new)}")
    return lines


def label(name: str) -> str:
    return LABELS.get(name) or name.replace("_", " ").capitalize()


def _format_side(name: str, value: Any) -> str:
    return f"empty ({shown(name)})" if value is None else shown(name, value)


def _yes_or_no(field: forms.Field, name: str) -> forms.TypedChoiceField:
    choices = [("", f"Server default ({shown(name)})"), ("true", "Yes"), ("false", "No")]
    chosen = forms.TypedChoiceField(
        label=field.label,
        choices=choices,
        required=False,
        coerce=lambda value: value == "true",
        empty_value=None,
        help_text=field.help_text,
    )
    chosen.prepare_value = lambda value: {True: "true", False: "false"}.get(value, value)  # type: ignore[method-assign]
    return chosen


def _model_label(model: ListedModel) -> str:
    return f"{model.name} ({model.file}, {model.size / 1e6:,.0f} MB)"
