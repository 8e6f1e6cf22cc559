"""What the account pages ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import forms as auth
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from bitnetsite.accounts import lockout

NAME = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
NAME_TAKEN = ValidationError("Somebody has this name already. Choose another one.", code="taken")


class PasswordField(forms.CharField):
    """A password as it was typed, spaces included. `autocomplete`: what a password manager is to do with it."""

    def __init__(self, label: str, autocomplete: str, help_text: str = "") -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
        super().__init__(label=label, strip=False, widget=widget, help_text=help_text)


class NewPasswordField(PasswordField):
    """Asked for once: it can be shown while it is typed."""

    def __init__(self, label: str) -> None:
        super().__init__(label, "new-password", "At least 8 characters, and not a common one.")


def check_new_password(form: forms.BaseForm, field: str, user: User) -> None:
    """Hold the password in this field against the validators of the settings."""
    if password := form.cleaned_data.get(field):
        try:
            validate_password(password, user)
        except ValidationError as error:
            form.add_error(field, error)


class SignUpForm(forms.ModelForm):  # type: ignore[type-arg]  # has no parameters at run time
    """A name and a password."""

    password = NewPasswordField("Password")

    class Meta:
        model = User
        fields = ("username",)
        field_classes = {"username": auth.UsernameField}
        labels = {"username": "Name"}
        help_texts = {"username": "Letters, digits, and . _ - + @"}
        widgets = {"username": forms.TextInput(attrs=NAME)}
        error_messages = {"username": {"invalid": "Use letters, digits, and . _ - + @ only, without spaces."}}

    def clean_username(self) -> str:
        """Names that differ in case alone would be taken for each other."""
        name: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=name).exists():
            raise NAME_TAKEN
        return name

    def _post_clean(self) -> None:
        """Django's hook after the user's fields are set: a password must not resemble them."""
        super()._post_clean()  # type: ignore[misc]
        check_new_password(self, "password", self.instance)

    def save(self, commit: bool = True) -> User:
        self.instance.set_password(self.cleaned_data["password"])
        user: User = super().save(commit)
        return user


class SignInForm(auth.AuthenticationForm):
    """Name and password. `request`: with it comes the address that failures are counted for."""

    password = PasswordField("Password", "current-password")
    error_messages = {
        "invalid_login": "No account has this name and this password. Capital letters count.",
        "inactive": "This account was closed by whoever runs this server.",
    }

    def clean(self) -> dict[str, Any]:
        """Looks at one attempt at a time, so that none goes by uncounted."""
        with lockout.attempt_lock(self.request, self.cleaned_data.get("username", "")):
            return super().clean()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "Name"
        self.fields["username"].widget = forms.TextInput(attrs=NAME)


class OwnPasswordForm(forms.Form):
    """The present password, so that nobody else does it in an open browser."""

    password = PasswordField("Present password", "current-password")

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise ValidationError("This is not your present password. Nothing was changed.", code="wrong")
        return password


class ChangePasswordForm(OwnPasswordForm):
    """The present password and the new one."""

    new_password = NewPasswordField("New password")

    def clean(self) -> None:
        check_new_password(self, "new_password", self.user)

    def save(self) -> User:
        self.user.set_password(self.cleaned_data["new_password"])
        self.user.save(update_fields=["password"])
        return self.user
