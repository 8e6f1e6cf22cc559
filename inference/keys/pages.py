"""A user's own page for API keys: list them, make one and see it once, revoke one. They need no script."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from inference.models import ApiKey

from .forms import KeyForm


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """The list, with the form for another one. What is made is in this one answer and nowhere else."""
    form = KeyForm(request.user, request.POST or None)  # type: ignore[arg-type]  # signed in, so a user
    if request.method == "POST" and form.is_valid():
        made, key = form.issue()
        return render(request, "accounts/key_made.html", {"made": made, "key": key})
    own = ApiKey.objects.filter(user=request.user.pk)
    usable = own.usable(timezone.now())
    over = own.exclude(pk__in=usable)
    return render(request, "accounts/keys.html", {"form": form, "usable": usable, "over": over})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_key(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks, then revokes for good."""
    key = get_object_or_404(ApiKey, pk=pk, user=request.user.pk)
    if request.method == "POST":
        key.revoke()
        return redirect("keys")
    return render(request, "accounts/key_revoke.html", {"key": key})
