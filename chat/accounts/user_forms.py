"""The forms in which a superuser creates or changes an account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import Permission, User
from django.db.models import Case, When

from .forms import NAME_ATTRIBUTES, NewPasswordField, check_new_password

# By their names in Django, in the order in which they are shown.
RIGHTS = {
    "inference.view_dashboard": "See the dashboard: the engine, its load and diagnostics",
    "inference.operate_engine": "Pause and resume the engine, retire processes",
    "inference.view_inferencesettings": "See the settings",
    "inference.change_inferencesettings": "Change the settings",
    "inference.view_generationrecord": "See and export the history, with its texts",
    "inference.reproduce_generationrecord": "Reproduce generations",
    "inference.view_engineevent": "See the engine's events",
    "inference.view_apikey": "See all API keys",
    "inference.add_apikey": "Create API keys for others",
    "inference.change_apikey": "Change and revoke API keys",
    "auth.view_user": "See the users",
    "chat.view_conversation": "See the sizes of conversations",
    "chat.delete_conversation": "Delete conversations",
    "axes.view_accessattempt": "See failed sign-ins",
    "axes.delete_accessattempt": "Unlock names",
}


class RightsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # has no parameters at run time
    """The permissions that are used here, with plain names."""

    def __init__(self) -> None:
        rows = Permission.objects.select_related("content_type").filter(
            codename__in=[name.partition(".")[2] for name in RIGHTS],
            content_type__app_label__in={name.partition(".")[0] for name in RIGHTS},
        )
        order = Case(*(When(codename=name.partition(".")[2], then=at) for at, name in enumerate(RIGHTS)))
        rows = rows.order_by(order)
        widget = forms.CheckboxSelectMultiple
        super().__init__(rows, label="May", required=False, widget=widget)

    def label_from_instance(self, obj: Any) -> str:
        return RIGHTS.get(f"{obj.content_type.app_label}.{obj.codename}", str(obj.name))


class UserForm(forms.ModelForm):  # type: ignore[type-arg]  # has no parameters at run time
    """Changes an account. The password changes only if one is entered."""

    password = NewPasswordField("New password")
    user_permissions = RightsField()

    class Meta:
        model = User
        fields: tuple[str, ...] = (
            "username",
            "email",
            "password",
            "is_active",
            "is_staff",
            "is_superuser",
            "user_permissions",
        )
        labels = {
            "username": "Name",
            "email": "E-mail",
            "is_active": "May sign in",
            "is_staff": "Administrator",
            "is_superuser": "Superuser",
        }
        help_texts = {
            "username": "Letters, digits, and . _ - + @",
            "is_active": "Without it the account is closed, and its API keys are refused.",
            "is_staff": "May open these pages, and use the permissions below.",
            "is_superuser": "May do everything, including creating superusers.",
        }
        widgets = {
            "username": forms.TextInput(attrs=NAME_ATTRIBUTES | {"autocomplete": "off"}),
            "email": forms.EmailInput(attrs={"autocomplete": "off"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if password := self.fields.get("password"):
            password.required = self.instance.pk is None
            self.initial.pop("password", None)  # never show the hash
            if self.instance.pk:
                password.help_text = "Leave empty to keep the current one. A new one signs the user out everywhere."

    def clean_username(self) -> str:
        """Refuse names that differ from another one in case only."""
        name: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("This name is taken. Choose another one.")
        return name

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("is_superuser"):
            cleaned["is_staff"] = True
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        return {*super()._get_validation_exclusions(), "password"}  # type: ignore[misc]  # the field has a password, the column its hash

    def _post_clean(self) -> None:
        """Check the password after Django has set the user's fields, because it must not resemble them."""
        password, kept = self.cleaned_data.pop("password", None), self.instance.password
        super()._post_clean()  # type: ignore[misc]
        self.instance.password = kept
        if password:
            self.cleaned_data["password"] = password
            check_new_password(self, "password", self.instance)
            if "password" not in self.errors:
                self.instance.set_password(password)


class NewUserForm(UserForm):
    """Creates an account."""

    class Meta(UserForm.Meta):
        fields = ("username", "password", "is_active", "is_staff", "is_superuser", "user_permissions")
