"""The forms of the account pages."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib.auth import forms as auth
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from bitnetsite.accounts import lockout

NAME_ATTRIBUTES = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
NAME_TAKEN = ValidationError("This name is taken. Choose another one.", code="taken")


class PasswordField(forms.CharField):
    """A password, with the spaces that were typed. `autocomplete`: the hint for password managers."""

    def __init__(self, label: str, autocomplete: str, help_text: str = "") -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
        super().__init__(label=label, strip=False, widget=widget, help_text=help_text)


class NewPasswordField(PasswordField):
    """A new password. There is no second field to repeat it: the page can show it while it is typed."""

    def __init__(self, label: str) -> None:
        super().__init__(label, "new-password", "At least 8 characters, and not a common one.")


def check_new_password(form: forms.BaseForm, field: str, user: User) -> None:
    """Run the password validators of the settings on this field."""
    if password := form.cleaned_data.get(field):
        try:
            validate_password(password, user)
        except ValidationError as error:
            form.add_error(field, error)


class SignUpForm(forms.ModelForm):  # type: ignore[type-arg]  # has no parameters at run time
    """Creates an account from a name and a password."""

    password = NewPasswordField("Password")

    class Meta:
        model = User
        fields = ("username",)
        field_classes = {"username": auth.UsernameField}
        labels = {"username": "Name"}
        help_texts = {"username": "Letters, digits, and . _ - + @"}
        widgets = {"username": forms.TextInput(attrs=NAME_ATTRIBUTES)}
        error_messages = {"username": {"invalid": "Use letters, digits, and . _ - + @ only, without spaces."}}

    def clean_username(self) -> str:
        """Refuse names that differ from another one in case only."""
        name: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=name).exists():
            raise NAME_TAKEN
        return name

    def _post_clean(self) -> None:
        """Check the password after Django has set the user's fields, because it must not resemble them."""
        super()._post_clean()  # type: ignore[misc]
        check_new_password(self, "password", self.instance)

    def save(self, commit: bool = True) -> User:
        self.instance.set_password(self.cleaned_data["password"])
        user: User = super().save(commit)
        return user


class SignInForm(auth.AuthenticationForm):
    """Name and password. `request`: failures are counted by its client address."""

    password = PasswordField("Password", "current-password")
    error_messages = {
        "invalid_login": "No account has this name and password. Passwords are case-sensitive.",
        "inactive": "This account was closed by an administrator.",
    }

    def clean(self) -> dict[str, Any]:
        """Check one attempt at a time, so that concurrent failures are all counted."""
        with lockout.attempt_lock(cast(HttpRequest, self.request), self.cleaned_data.get("username", "")):
            return super().clean()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "Name"
        self.fields["username"].widget = forms.TextInput(attrs=NAME_ATTRIBUTES)


class OwnPasswordForm(forms.Form):
    """Asks for the current password, in case someone else uses an open browser."""

    password = PasswordField("Current password", "current-password")

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise ValidationError("This is not your current password. Nothing was changed.", code="wrong")
        return password


class ChangePasswordForm(OwnPasswordForm):
    """The current password and the new one."""

    new_password = NewPasswordField("New password")

    def clean(self) -> None:
        check_new_password(self, "new_password", self.user)

    def save(self) -> User:
        self.user.set_password(self.cleaned_data["new_password"])
        self.user.save(update_fields=["password"])
        return self.user
