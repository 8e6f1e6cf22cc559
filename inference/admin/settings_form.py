"""The operator's settings as a form: each field with what is in force where it is empty, and checked across fields."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from bitnetsite.env import env
from inference.engine.errors import ModelFileError
from inference.engine.gguf.header import read_model_file
from inference.models import InferenceSettings
from inference.provisioning.model_files import ModelFolder, model_path
from inference.serving import configuration
from inference.serving.configuration import MOST_EXAMPLES, VARIABLES, Origin

LONGEST_SHOWN: Final = 90  # characters of the value that an empty field stands for

GROUPS: Final = (
    (
        "Answers",
        "Where a request or a conversation does not say.",
        ("system_prompt", "temperature", "top_p", "max_tokens"),
    ),
    ("Limits", "What may be asked for at most.", ("max_answer_tokens", "max_prompt_chars")),
    ("Waiting", "", ("max_queue", "queue_timeout", "max_requests_per_caller")),
    (
        "Engine",
        "A change replaces processes one after the other: running answers finish on the ones that they have.",
        ("model", "max_threads", "model_instances", "context_size"),
    ),
    ("History", "", ("keep_api_texts", "keep_chat_texts", "history_days")),
    ("Page", "", ("sign_up", "page_name", "page_note", "example_questions")),
)
LABELS: Final = {
    "top_p": "Top-p",
    "max_tokens": "Tokens of an answer",
    "max_answer_tokens": "Most tokens of an answer",
    "max_prompt_chars": "Longest prompt",
    "max_queue": "Places to wait",
    "queue_timeout": "Longest wait",
    "max_requests_per_caller": "Requests of one caller",
    "max_threads": "Threads",
    "model_instances": "Answers at once",
    "keep_api_texts": "Texts of the API",
    "keep_chat_texts": "Texts of the chat page",
    "history_days": "Days of history",
    "sign_up": "Sign-up",
    "page_name": "Name",
    "page_note": "Note",
}
WITHOUT: Final = {"max_answer_tokens": "the whole context", "max_requests_per_caller": "no limit"}
ENGINE: Final = GROUPS[3][2]


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # has no parameters at run time
    """Every field may be empty. The environment's value, shown as the field's `environment_value`, is then in force."""

    class Meta:
        model = InferenceSettings
        fields = tuple(VARIABLES)
        labels = LABELS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.damaged: list[str] = []
        if "model" in self.fields:
            self._offer_models()
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

    def _offer_models(self) -> None:
        listed = ModelFolder(env("MODELS_DIR")).read()
        choices = [("", f"As the environment says ({shown('model')})")]
        choices += [(model.file, _model_label(model)) for model in listed if not model.error]
        self.damaged = [f"{model.file}: {model.error}" for model in listed if model.error]
        field = self.fields["model"]
        chosen = forms.TypedChoiceField(
            label=field.label, choices=choices, required=False, empty_value=None, help_text=field.help_text
        )
        chosen.error_messages["invalid_choice"] = (
            "There is no sound model %(value)s in the models folder. Choose one of the list."
        )
        self.fields["model"] = chosen

    def clean_example_questions(self) -> str | None:
        text: str | None = self.cleaned_data["example_questions"]
        if text and sum(1 for line in text.splitlines() if line.strip()) > MOST_EXAMPLES:
            raise ValidationError(f"At most {MOST_EXAMPLES} questions, one a line.")
        return text

    def _post_clean(self) -> None:
        """Django's hook after each field was checked by itself, by the model's rules too.

        What one field says has to go with the others, as they are in force: own values, else the environment's.
        """
        super()._post_clean()  # type: ignore[misc]
        trained = self._trained_context()
        context = self._in_force("context_size")
        if trained and context and context > trained:
            told = f"The model was trained for {trained:,} tokens of context, and this is {context:,}."
            self._blame(("context_size", "model"), f"{told} Choose at most {trained:,}.")
            return
        for name, what in (("max_tokens", "An answer"), ("max_answer_tokens", "The longest answer")):
            tokens = self._in_force(name)
            if tokens and context and tokens > context:
                told = f"{what} of {tokens:,} tokens does not fit into a context of {context:,}."
                self._blame((name, "context_size"), told)
        tokens, most = self._in_force("max_tokens"), self._in_force("max_answer_tokens")
        if tokens and most and tokens > most:
            told = f"Answers would have {tokens:,} tokens where nobody says, and {most:,} are the most."
            self._blame(("max_tokens", "max_answer_tokens"), told)

    def _in_force(self, name: str) -> Any:
        """None where it is wrong already, or has no limit."""
        if name in self.errors:
            return None
        value = self.cleaned_data.get(name)
        return getattr(configuration.environment_defaults(), name) if value is None else value

    def _blame(self, names: tuple[str, ...], told: str) -> None:
        """The first of these fields that says something; a mistake of the environment alone is not this form's."""
        for name in names:
            if self.cleaned_data.get(name) is not None and name not in self.errors:
                self.add_error(name, told)
                return

    def _trained_context(self) -> int | None:
        if "model" in self.errors:
            return None
        file = self.cleaned_data.get("model")
        path: Path = model_path(env("MODELS_DIR"), file) if file else configuration.environment_defaults().model
        try:
            return read_model_file(path).context_length
        except ModelFileError as error:
            if file:
                self.add_error("model", str(error))
            return None


def environment_value(name: str) -> str:
    """What an empty field stands for, as in `Empty: 0.7, from DEFAULT_TEMPERATURE`."""
    origin = configuration.environment_origins()[name]
    source = f"from {VARIABLES[name]}" if origin is Origin.ENVIRONMENT else f"the default of {VARIABLES[name]}"
    return f"Empty: {shown(name)}, {source}"


def shown(name: str, value: Any = None) -> str:
    """A value for people; without one, the environment's."""
    value = getattr(configuration.environment_defaults(), name) if value is None else value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Path):
        return value.name
    if isinstance(value, tuple):
        value = "; ".join(value)
    if value in (None, ""):
        return WITHOUT.get(name, "nothing")
    text = f"{value:g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
    text = " ".join(text.split())
    text = text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"
    return f"“{text}”" if name == "system_prompt" else text


def changes(before: InferenceSettings | None, after: InferenceSettings) -> list[str]:
    """What differs between two rows, for people: `Temperature: empty (0.7) → 0.2`."""
    told = []
    for name in VARIABLES:
        old, new = getattr(before, name, None), getattr(after, name)
        old, new = (None if value == "" else value for value in (old, new))
        if old != new:
            told.append(f"{label(name)}: {_side(name, old)} → {_side(name, new)}")
    return told


def label(name: str) -> str:
    return LABELS.get(name) or name.replace("_", " ").capitalize()


def _side(name: str, value: Any) -> str:
    return f"empty ({shown(name)})" if value is None else shown(name, value)


def _yes_or_no(field: forms.Field, name: str) -> forms.TypedChoiceField:
    choices = [("", f"As the environment says ({shown(name)})"), ("true", "Yes"), ("false", "No")]
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


def _model_label(model: Any) -> str:
    facts = ", ".join(part for part in (model.name, model.quantization, f"{model.size / 1e6:,.0f} MB") if part)
    return f"{model.file} ({facts})"
