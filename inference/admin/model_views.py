"""The pages of the models: what is there, the catalogue, downloads, and deleting."""

from __future__ import annotations

import logging
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from bitnetsite.env import env
from inference.engine import ModelInfo
from inference.engine.gguf.shards import shards_beside
from inference.models import InferenceSettings
from inference.provisioning.engine.engine_build import QUANTIZE
from inference.provisioning.engine.programs import program_for
from inference.provisioning.models.catalogue import catalogue
from inference.provisioning.models.current_download import downloads
from inference.provisioning.models.embedding_quantization import quantized_path, require_llama_quantize
from inference.provisioning.models.inventory import inventory
from inference.provisioning.models.model_choice import choose_model
from inference.provisioning.models.model_download import discard_partial
from inference.provisioning.models.model_files import ModelFolder, model_path
from inference.provisioning.models.model_source import ModelDownloadError, ModelSource
from inference.serving import configuration, service

from .model_rows import CatalogueRow, DownloadCard, ModelRow, shown
from .offered_models import change_offer, is_offered
from .permissions import CHANGE_MODELS

log = logging.getLogger(__name__)

MAX_ENTERED_CHARS: Final = 300


@require_safe
def models(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Show what is there, the download, and the catalogue."""
    context = {**site.each_context(request), "title": "Models", "folder": shown(env("MODELS_DIR")), **_lists(request)}
    return TemplateResponse(request, "admin/models/models.html", context)


@require_safe
def part(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Return the part that the page replaces every two seconds."""
    return TemplateResponse(request, "admin/models/models_part.html", _lists(request))


@require_POST
def fetch(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Start or resume the download of a model, given by its name in the catalogue or its place on the hub.

    With `quantize=yes`, a copy with embeddings in Q6_K is made of it afterwards, also of one that is there.
    """
    folder: Path = env("MODELS_DIR")
    try:
        source = _asked(request)
        wanted = source.destination(folder)
        if quantizes := "yes" in (request.GET.get("quantize"), request.POST.get("quantize")):
            require_llama_quantize(program_for(source.entry.weights if source.entry else wanted, QUANTIZE))
            wanted = quantized_path(wanted)
        if wanted.exists():
            messages.info(request, f"{wanted.name} is already there.")
            return redirect("admin:models")
        downloads.start(source, folder, service.reconfigure, quantizes=quantizes)
    except ModelDownloadError as error:
        messages.error(request, str(error))
        return redirect("admin:models")
    copy = f", and makes {wanted.name}" if quantizes else ""
    _log(request, f"Downloads {source.file} of {source.repo} as {source.saved_as}{copy}")
    return redirect("admin:models")


@require_POST
def cancel(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Stop the download. What was received is kept."""
    if downloads.current:
        downloads.current.cancel()
    return redirect("admin:models")


@require_POST
def discard(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Delete what an interrupted download has left."""
    try:
        source = _asked(request)
        discard_partial(source.destination(env("MODELS_DIR")))
    except (ModelDownloadError, OSError) as error:
        messages.error(request, str(error))
        return redirect("admin:models")
    if downloads.current and downloads.current.source == source:
        downloads.forget()
    messages.success(request, f"The received part of {source.saved_as} has been deleted.")
    return redirect("admin:models")


@require_POST
def dismiss(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Forget the download that has ended."""
    downloads.forget()
    return redirect("admin:models")


@require_POST
def offer(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Let requests name a model."""
    return _change_offer(request, offered=True)


@require_POST
def withdraw(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """No longer let requests name a model. Its running answers are completed."""
    return _change_offer(request, offered=False)


@require_POST
def delete(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Delete the files of a model, once the administrator has confirmed it."""
    identifier = request.POST.get("model", "")
    row = next((row for row in _rows() if row.model.id == identifier), None)
    if row is None or row.kept:
        messages.error(request, row.kept if row else f"There is no model {identifier} any more.")
        return redirect("admin:models")
    if "confirmed" not in request.POST:
        context = {**site.each_context(request), "title": f"Delete {row.model.name}?", "row": row}
        return TemplateResponse(request, "admin/models/delete.html", context)
    try:
        first = model_path(env("MODELS_DIR"), row.model.file)
        for file in shards_beside(first):
            file.unlink()
    except (ValueError, OSError) as error:
        messages.error(request, f"{row.model.name} could not be deleted: {error}")
        return redirect("admin:models")
    service.reconfigure()
    _log(request, f"Deleted {row.model.file}")
    messages.success(request, f"{row.model.name} has been deleted.")
    return redirect("admin:models")


def _change_offer(request: HttpRequest, *, offered: bool) -> HttpResponse:
    identifier = request.POST.get("model", "")
    row = next((row for row in _rows() if row.model.id == identifier and row.offered is not None), None)
    if row is None:
        messages.error(request, f"There is no model {identifier[:MAX_ENTERED_CHARS]} that can be offered or withdrawn.")
        return redirect("admin:models")
    change_offer(identifier, offered)
    _log(request, f"{'Offered' if offered else 'Withdrew'} {row.model.name}")
    what = "is offered to requests and on the chat page" if offered else "has been withdrawn; running answers finish"
    messages.success(request, f"{row.model.name} {what}.")
    return redirect("admin:models")


def _asked(request: HttpRequest) -> ModelSource:
    """Return the file that the form names. Raise ModelDownloadError."""
    text = request.POST.get("model", "").strip()
    if not text or len(text) > MAX_ENTERED_CHARS:
        raise ModelDownloadError("Enter a model: hf:OWNER/NAME/FILE, or OWNER/NAME of a repository on the hub.")
    return choose_model(text, env("HF_ENDPOINT"), env("MODELS_DIR"))


def _lists(request: HttpRequest) -> dict[str, Any]:
    rows = _rows()
    there = {row.model.id for row in rows}
    health = service.health()
    return {
        "rows": rows,
        "download": DownloadCard.of(downloads.current) if downloads.current else None,
        "catalogue": [CatalogueRow.of(entry, there, env("MODELS_DIR")) for entry in catalogue().values()],
        "own_download": health.detail if health.progress else "",
        "may_change": request.user.has_perm(CHANGE_MODELS),
        "at": timezone.localtime(),
    }


def _rows() -> list[ModelRow]:
    folder: Path = env("MODELS_DIR")
    states = {model.id: model for model in _served()}
    needed = {configuration.current().model.resolve(), configuration.environment_defaults().model.resolve()}
    return [
        ModelRow.of(
            owned,
            states.get(owned.model.id),
            needed=(folder / owned.model.file).resolve() in needed,
            offered=is_offered(owned.model.id),
        )
        for owned in inventory(_models(folder), configuration.current().model)
    ]


def _served() -> tuple[ModelInfo, ...]:
    """Return the models of the running engine, read on its own loop; none if no engine runs."""

    async def look() -> tuple[ModelInfo, ...]:
        engine = service.running_engine()
        return engine.models if engine else ()

    return async_to_sync(look)()


@lru_cache(maxsize=4)
def _models(folder: Path) -> ModelFolder:
    return ModelFolder(folder)


def _log(request: HttpRequest, message: str) -> None:
    """Log the administrator's action, in the list of recent changes too."""
    log.info("User %s: %s", request.user.pk, message)
    LogEntry.objects.create(
        user=request.user,  # type: ignore[misc]  # signed in, so a user
        content_type=ContentType.objects.get_for_model(InferenceSettings),
        object_repr="Models",
        action_flag=CHANGE,
        change_message=message,
    )
