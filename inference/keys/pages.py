"""The pages where users list, create and revoke their API keys. They work without JavaScript."""

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
    """List the keys and create new ones. A new key is shown in this response only."""
    form = KeyForm(request.user, request.POST or None)  # type: ignore[arg-type]  # signed in, so a user
    if request.method == "POST" and form.is_valid():
        row, key = form.issue()
        return render(request, "accounts/key_made.html", {"key_row": row, "key": key})
    own = ApiKey.objects.filter(user=request.user.pk)
    usable = own.usable(timezone.now())
    unusable = own.exclude(pk__in=usable)
    return render(request, "accounts/keys.html", {"form": form, "usable": usable, "inactive": unusable})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_key(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for confirmation, then revoke the key."""
    key = get_object_or_404(ApiKey, pk=pk, user=request.user.pk)
    if request.method == "POST":
        key.revoke()
        return redirect("keys")
    return render(request, "accounts/key_revoke.html", {"key": key})
