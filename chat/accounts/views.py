"""The account pages: sign-up, sign-in, the account, its password and its deletion. They work without JavaScript."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout, update_session_auth_hash, views
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from chat.conversations.deletion import erase
from chat.models import Conversation
from inference.serving import configuration

from .forms import NAME_TAKEN, ChangePasswordForm, OwnPasswordForm, SignInForm, SignUpForm
from .owners import owner_of

private = [never_cache, sensitive_post_parameters("password", "new_password")]


class SignedOutPage(views.RedirectURLMixin):
    """A page for visitors who are not signed in. `next`: where they came from."""

    next_page = settings.LOGIN_REDIRECT_URL
    request: HttpRequest

    def get_redirect_url(self) -> str:  # type: ignore[override]  # the stubs describe a newer Django
        """Return `next` if it is on this server and not a page of this kind, which would redirect back here."""
        url: str = super().get_redirect_url()
        return "" if url.startswith(reverse("account") + "sign-") else url

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        owner = owner_of(self.request.user, self.request.session)
        return super().get_context_data(  # type: ignore[misc,no-any-return]
            next=self.get_redirect_url(),
            claimable=Conversation.objects.visible_to(owner).count() if owner else 0,
            sign_up=configuration.current().sign_up,
            **context,
        )


@method_decorator(private, name="dispatch")
class SignUp(SignedOutPage, FormView):  # type: ignore[type-arg]  # has no parameters at run time
    """Creates an account and signs in. With SIGN_UP=false it says who can create one."""

    form_class = SignUpForm
    template_name = "accounts/sign_up.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return redirect(self.get_success_url())
        if not configuration.current().sign_up:
            return render(request, "accounts/sign_up_closed.html", {"next": self.get_redirect_url()}, status=403)
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        try:
            with transaction.atomic():
                user = form.save()
        except IntegrityError:  # the name was taken concurrently
            form.add_error("username", NAME_TAKEN)
            return self.form_invalid(form)
        login(self.request, user, backend=settings.AUTHENTICATION_BACKENDS[-1])  # the one that checks passwords
        return HttpResponseRedirect(self.get_success_url())


@method_decorator(private, name="dispatch")
class SignIn(SignedOutPage, views.LoginView):
    """Signs in with name and password. A user who is signed in already is redirected."""

    form_class = SignInForm
    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True


@method_decorator([*private, login_required], name="dispatch")
class ChangePassword(FormView):  # type: ignore[type-arg]  # has no parameters at run time
    """Changes the password. Other browsers have to sign in again."""

    form_class = ChangePasswordForm
    template_name = "accounts/password.html"
    success_url = reverse_lazy("account", query={"changed": "password"})

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.request.user}

    def form_valid(self, form: ChangePasswordForm) -> HttpResponse:
        update_session_auth_hash(self.request, form.save())
        return super().form_valid(form)


@method_decorator([*private, login_required], name="dispatch")
class DeleteAccount(FormView):  # type: ignore[type-arg]  # has no parameters at run time
    """Deletes the account and everything that belongs to it, immediately and permanently."""

    form_class = OwnPasswordForm
    template_name = "accounts/delete.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.request.user}

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(conversations=_conversations(self.request), **context)

    def form_valid(self, form: OwnPasswordForm) -> HttpResponse:
        user = self.request.user
        with transaction.atomic():
            erase(Conversation.objects.filter(user=user.pk))
            user.delete()
        logout(self.request)
        return render(self.request, "accounts/deleted.html")


@never_cache
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Show the user's account."""
    changed = request.GET.get("changed") == "password"
    return render(request, "accounts/account.html", {"conversations": _conversations(request), "changed": changed})


def _conversations(request: HttpRequest) -> int:
    """Return how many the user has, without the deleted ones."""
    return Conversation.objects.filter(user=request.user.pk).not_deleted().count()
