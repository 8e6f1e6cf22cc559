"""The account pages: sign up, sign in, one's own page, another password, delete it all. They need no script."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout, update_session_auth_hash, views
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from chat.answers import answer_registry
from chat.models import Conversation
from chat.transport import presence
from inference.serving import configuration

from .forms import NAME_TAKEN, ChangePasswordForm, OwnPasswordForm, SignInForm, SignUpForm
from .owners import owner_of

private = [never_cache, sensitive_post_parameters("password", "new_password")]


class Welcome(views.RedirectURLMixin):
    """A page for those who are not signed in, and what of theirs they keep. `next`: where they came from."""

    next_page = settings.LOGIN_REDIRECT_URL
    request: HttpRequest

    def get_redirect_url(self) -> str:
        """Where `next` says, if that is on this server and no page of this kind, which would lead here again."""
        url: str = super().get_redirect_url()
        return "" if url.startswith(reverse("account") + "sign-") else url

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        owner = owner_of(self.request.user, self.request.session)
        return super().get_context_data(  # type: ignore[misc,no-any-return]
            next=self.get_redirect_url(),
            brought=Conversation.objects.owned_by(owner).kept().count() if owner else 0,
            sign_up=configuration.current().sign_up,
            **context,
        )


@method_decorator(private, name="dispatch")
class SignUp(Welcome, FormView):
    """Makes an account and signs in. With SIGN_UP=false it says who can make one."""

    form_class = SignUpForm
    template_name = "accounts/sign_up.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return redirect(self.get_success_url())
        if not configuration.current().sign_up:
            return render(request, "accounts/sign_up_closed.html", {"next": self.get_redirect_url()}, status=403)
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    def form_valid(self, form: BaseForm) -> HttpResponse:
        try:
            with transaction.atomic():
                user = form.save()
        except IntegrityError:  # the name was free a moment ago
            form.add_error("username", NAME_TAKEN)
            return self.form_invalid(form)
        login(self.request, user, backend=settings.AUTHENTICATION_BACKENDS[-1])  # the one that knows passwords
        return HttpResponseRedirect(self.get_success_url())


@method_decorator(private, name="dispatch")
class SignIn(Welcome, views.LoginView):
    """Name and password; a browser that is signed in goes on to where it wanted."""

    form_class = SignInForm
    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True


@method_decorator([*private, login_required], name="dispatch")
class ChangePassword(FormView):
    """Another password. Other browsers have to sign in again."""

    form_class = ChangePasswordForm
    template_name = "accounts/password.html"
    success_url = reverse_lazy("account", query={"changed": "password"})

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.request.user}

    def form_valid(self, form: BaseForm) -> HttpResponse:
        update_session_auth_hash(self.request, form.save())
        return super().form_valid(form)


@method_decorator([*private, login_required], name="dispatch")
class DeleteAccount(FormView):
    """Deletes the account and all that belongs to it, at once and for good."""

    form_class = OwnPasswordForm
    template_name = "accounts/delete.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.request.user}

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(conversations=_conversations(self.request), **context)

    def form_valid(self, form: BaseForm) -> HttpResponse:
        user = self.request.user
        with transaction.atomic():
            for conversation in Conversation.objects.filter(user=user.pk).only("pk", "user", "visitor"):
                transaction.on_commit(partial(answer_registry.stop_in, conversation.pk))
                presence.tell_removed(conversation)
            user.delete()
        logout(self.request)
        return render(self.request, "accounts/deleted.html")


@never_cache
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """One's own page."""
    changed = request.GET.get("changed") == "password"
    return render(request, "accounts/account.html", {"conversations": _conversations(request), "changed": changed})


def _conversations(request: HttpRequest) -> int:
    """How many the user has, without the deleted ones."""
    return Conversation.objects.filter(user=request.user.pk).kept().count()
