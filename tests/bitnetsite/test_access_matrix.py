"""Access to every URL of the project: visitors, other users, administrators, and API keys.

Ada owns the objects in the URLs. The other callers request them with a valid CSRF token, on an open and on a closed
server. A URL that is missing here fails a test.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from channels.security.websocket import WebsocketDenier
from django.urls import URLPattern, URLResolver, get_resolver

from chat.transport.routing import websocket_urlpatterns
from tests.commands import manage, user
from tests.server import Server

CALLERS = ("anonymous", "other", "staff", "key")
CONVERSATION = "chat/conversations/<uuid:conversation>"
MESSAGE = f"{CONVERSATION}/messages/<uuid:message>"
PRESET = "chat/presets/<uuid:preset>"
PROMPT = "chat/prompts/<uuid:prompt>"
REVOKE = "accounts/keys/<int:pk>/revoke"
FILE = {"format": "bitnet-chat", "version": 1, "conversations": []}
QUESTION = {"prompt": "What is machine learning?"}
CHAT = {"messages": [{"role": "user", "content": "What is machine learning?"}], "max_tokens": 3}
OLLAMA = {"model": "demo-bitnet"}
FORM: dict[str, str] = {}  # an empty form: permitted callers are shown what is missing

ASKED = "302 200 200 302"  # the others are redirected to the sign-in page
OWN = "302 404 404 302"  # signed-in users do not learn that it exists
NO_SESSION = "401 200 200 401"
NOT_THERE = "401 404 404 401"
ALL = "200 200 200 200"
KEYS = "401 401 401 200"
ADMINISTRATION = "302 403 200 302"  # API keys have no access there
DONE = "302 403 302 302"
NO_COMMAND = "302 403 404 302"
RECORD = "inference/generationrecord/<path:object_id>"
REPRODUCE = "inference/generationrecord/<int:pk>/reproduce/"
KEY = "inference/apikey/<path:object_id>"
USER = "auth/user/<path:object_id>"


@dataclass(frozen=True)
class Row:
    """A URL and the statuses for CALLERS, on an open server and with REQUIRE_LOGIN and REQUIRE_API_KEY."""

    method: str
    route: str
    opened: str
    closed: str
    body: Any = field(default=None, hash=False)

    def __str__(self) -> str:
        return f"{self.method} /{self.route}"


ROWS = [
    Row("POST", "generate", ALL, KEYS, QUESTION),
    Row("POST", "tokenize", ALL, KEYS, QUESTION),
    Row("POST", "v1/chat/completions", ALL, KEYS, CHAT),
    Row("POST", "v1/completions", ALL, KEYS, {"prompt": "Once upon a", "max_tokens": 3}),
    Row("POST", "v1/responses", ALL, KEYS, {"input": "What is machine learning?", "max_output_tokens": 3}),
    Row("GET", "v1/models", ALL, KEYS),
    Row("GET", "v1/models/<path:name>", "404 404 404 404", "401 401 401 404"),
    Row("GET", "v1/", "404 404 404 404", "401 401 401 404"),
    Row("POST", "api/chat", ALL, KEYS, OLLAMA),
    Row("POST", "api/generate", ALL, KEYS, OLLAMA),
    Row("GET", "api/tags", ALL, KEYS),
    Row("GET", "api/ps", ALL, KEYS),
    Row("POST", "api/show", ALL, KEYS, OLLAMA),
    Row("POST", "api/pull", ALL, KEYS, OLLAMA),
    Row("GET", "api/version", ALL, KEYS),
    *(
        Row("POST", f"api/{path}", "501 501 501 501", "401 401 401 501", OLLAMA)
        for path in ("create", "copy", "delete", "push", "blobs/<path:digest>", "embed", "embeddings")
    ),
    Row("GET", "api/", "404 404 404 404", "401 401 401 404"),
    Row("GET", "health", ALL, ALL),
    Row("GET", "health/live", ALL, ALL),
    Row("GET", "model_info", ALL, KEYS),
    Row("GET", "metrics", ALL, ALL),  # from this machine; others need its token
    Row("GET", "schema/", ALL, "401 200 200 200"),
    Row("GET", "docs/", ALL, "302 200 200 200"),
    Row("GET", "", ALL, ASKED),
    Row("GET", "c/<uuid:conversation>", ALL, ASKED),  # the document has no user data
    Row("GET", "chat/conversations", NO_SESSION, NO_SESSION),
    Row("GET", CONVERSATION, NOT_THERE, NOT_THERE),
    Row("PATCH", CONVERSATION, NOT_THERE, NOT_THERE, {"title": "Mine"}),
    Row("DELETE", CONVERSATION, NOT_THERE, NOT_THERE),
    Row("POST", f"{CONVERSATION}/restore", NOT_THERE, NOT_THERE),
    Row("GET", f"{CONVERSATION}/messages", NOT_THERE, NOT_THERE),
    Row("GET", MESSAGE, NOT_THERE, NOT_THERE),
    Row("DELETE", MESSAGE, NOT_THERE, NOT_THERE),
    Row("POST", f"{MESSAGE}/restore", NOT_THERE, NOT_THERE, {"message": "CONVERSATION"}),
    Row("POST", f"{MESSAGE}/versions", NOT_THERE, NOT_THERE, {"text": "Mine"}),
    Row("POST", f"{CONVERSATION}/branch", NOT_THERE, NOT_THERE, {"message": "CONVERSATION"}),
    Row("GET", f"{CONVERSATION}/export", NOT_THERE, NOT_THERE),
    Row("GET", "chat/export", NO_SESSION, NO_SESSION),
    Row("POST", "chat/import", NO_SESSION, NO_SESSION, FILE),
    Row("GET", "chat/tags", NO_SESSION, NO_SESSION),
    Row("GET", "chat/presets", NO_SESSION, NO_SESSION),
    Row("POST", "chat/presets", "401 201 201 401", "401 201 201 401", {"name": "New"}),
    Row("PATCH", PRESET, NOT_THERE, NOT_THERE, {"name": "Mine"}),
    Row("DELETE", PRESET, NOT_THERE, NOT_THERE),
    Row("GET", "chat/prompts", NO_SESSION, NO_SESSION),
    Row("POST", "chat/prompts", "401 201 201 401", "401 201 201 401", {"name": "New", "text": "Why?"}),
    Row("PATCH", PROMPT, NOT_THERE, NOT_THERE, {"name": "Mine"}),
    Row("DELETE", PROMPT, NOT_THERE, NOT_THERE),
    Row("GET", "chat/shares", NO_SESSION, NO_SESSION),
    Row("POST", "chat/shares", NOT_THERE, NOT_THERE, {"conversation": "CONVERSATION"}),
    Row("DELETE", "chat/shares/<str:token>", NOT_THERE, NOT_THERE),
    Row("GET", "s/<str:token>", "404 404 404 404", "302 404 404 302"),
    Row("GET", "chat/status", NO_SESSION, NO_SESSION),
    Row("GET", "chat/diagram", ALL, ALL),  # the document has no user data
    Row("GET", "app.webmanifest", ALL, ALL),
    Row("GET", "accounts/", ASKED, ASKED),
    Row("GET", "accounts/sign-up", "200 302 302 200", "200 302 302 200"),
    Row("POST", "accounts/sign-up", "200 302 302 200", "200 302 302 200", FORM),
    Row("GET", "accounts/sign-in", "200 302 302 200", "200 302 302 200"),
    Row("POST", "accounts/sign-in", "200 302 302 200", "200 302 302 200", FORM),
    Row("POST", "accounts/sign-out", "302 302 302 302", "302 302 302 302", FORM),
    Row("GET", "accounts/password", ASKED, ASKED),
    Row("POST", "accounts/password", ASKED, ASKED, FORM),
    Row("GET", "accounts/delete", ASKED, ASKED),
    Row("POST", "accounts/delete", ASKED, ASKED, FORM),
    Row("GET", "accounts/keys", ASKED, ASKED),
    Row("POST", "accounts/keys", ASKED, ASKED, FORM),
    Row("GET", REVOKE, OWN, OWN),
    Row("POST", REVOKE, OWN, OWN, FORM),
    Row("GET", "admin", "302 302 302 302", "302 302 302 302"),  # to admin/
    *(
        Row("GET", f"admin/{page}", ADMINISTRATION, ADMINISTRATION)
        for page in (
            "",
            "jsi18n/",
            "dashboard/",
            "dashboard/now/",
            "dashboard/plots/",
            "dashboard/slow/",
            "dashboard/slow/now/",
            "models/",
            "models/part/",
            "inference/inferencesettings/",
            "inference/inferencesettings/history/",
            "inference/generationrecord/",
            "inference/generationrecord/export.csv",
            "inference/generationrecord/export.jsonl",
            f"{RECORD}/change/",
            "inference/engineevent/",
            "inference/apikey/",
            "inference/apikey/add/",
            f"{KEY}/change/",
            f"{KEY}/history/",
            "auth/user/",
            "auth/user/add/",
            f"{USER}/change/",
            f"{USER}/delete/",
            f"{USER}/history/",
            "chat/conversation/",
            "axes/accessattempt/",
        )
    ),
    *(
        Row("POST", f"admin/{page}", ADMINISTRATION, ADMINISTRATION, FORM)  # the form again, with what is missing
        for page in ("inference/apikey/add/", f"{KEY}/change/", "auth/user/add/", f"{USER}/change/")
    ),
    Row("POST", "admin/dashboard/pause/", ADMINISTRATION, ADMINISTRATION, FORM),  # asks for confirmation
    Row("POST", "admin/dashboard/resume/", DONE, DONE, FORM),
    Row("POST", "admin/dashboard/retire/<path:worker>/", DONE, DONE, FORM),  # there is no such process
    Row("POST", "admin/dashboard/nodes/<str:node>/<str:command>/", NO_COMMAND, NO_COMMAND, FORM),
    *(
        Row("POST", f"admin/models/{action}/", DONE, DONE, FORM)  # without a model: there is nothing to do
        for action in ("fetch", "cancel", "discard", "dismiss", "delete", "offer", "withdraw")
    ),
    Row("GET", f"admin/{REPRODUCE}", DONE, DONE),  # none is running: redirects to the details
    Row("POST", f"admin/{REPRODUCE}", DONE, DONE, FORM),
    Row("POST", "admin/inference/inferencesettings/", DONE, DONE, FORM),  # all empty: the server defaults
]

# The data: Ada's objects, and a session of each user for each request.
SETTING = """
import json
from django.contrib.auth.models import User
from django.test import Client
from chat.models import Conversation, Message, Preset, SavedPrompt
from inference.models import ApiKey, GenerationRecord
ada = User.objects.get(username="ada")
other = User.objects.create_user("other")
staff = User.objects.create_superuser("staff")
record = GenerationRecord.objects.create(
    request_id="a" * 32, source="api", user=ada, model="BitNet Demo", temperature=0.7, top_p=0.9, max_tokens=16,
    context_size=2048, seed=1, prompt="What?", answer="That.", prompt_characters=5, answer_characters=5, reason="stop",
)
def sessions(user):
    for _ in range(150):
        client = Client()
        client.force_login(user)
        yield client.cookies["sessionid"].value
print(json.dumps({
    "conversation": str((conversation := Conversation.objects.create(user=ada)).pk),
    "message": str(Message.objects.create(conversation=conversation, role="assistant", text="Hers").pk),
    "prompt": str(SavedPrompt.objects.create(user=ada, name="Brief", text="Be brief.").pk),
    "preset": str(Preset.objects.create(user=ada, name="Brief").pk),
    "pk": ApiKey.objects.issue(user=ada, name="hers")[0].pk,
    "user": ada.pk,
    "record": record.pk,
    "key": ApiKey.objects.issue(user=other, name="its")[1],
    "other": list(sessions(other)),
    "staff": list(sessions(staff)),
}))
"""


class World:
    """A server, its data, and its callers."""

    def __init__(self, folder: Path, client: httpx.Client) -> None:
        user(folder)
        printed = manage(folder, "shell", "--no-imports", "-c", SETTING)
        self._there: dict[str, Any] = json.loads(printed.strip().splitlines()[-1])
        self._client = client

    def status(self, row: Row, caller: str) -> int:
        """Return the status that this caller gets."""
        token = "t" * 32
        cookies, headers = {"csrftoken": token}, {"X-CSRFToken": token}
        if caller == "key":
            headers["Authorization"] = f"Bearer {self._there['key']}"
        elif caller != "anonymous":
            cookies["sessionid"] = self._there[caller].pop()  # its own session, because signing out ends it
        path = row.route
        for name in ("conversation", "message", "preset", "prompt"):
            path = path.replace(f"<uuid:{name}>", self._there[name])
        if path.startswith("admin/inference/generationrecord/"):
            path = path.replace("<path:object_id>", str(self._there["record"]))
            path = path.replace("<int:pk>", str(self._there["record"]))
        path = path.replace("auth/user/<path:object_id>", f"auth/user/{self._there['user']}")
        path = path.replace("<path:object_id>", str(self._there["pk"]))
        path = path.replace("<int:pk>", str(self._there["pk"])).replace("<int:pid>", "1")
        if row.body is FORM:
            content: dict[str, Any] = {"data": {"nothing": ""}}
        else:
            body = json.dumps(row.body).replace("CONVERSATION", self._there["conversation"])
            content = {"content": body, "headers": {"Content-Type": "application/json"}} if row.body else {}
        headers |= content.pop("headers", {}) | {"Cookie": "; ".join(f"{name}={cookies[name]}" for name in cookies)}
        self._client.cookies.clear()
        return self._client.request(row.method, f"/{path}", headers=headers, **content).status_code


@pytest.fixture(scope="module", params=["open", "closed"])
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, fake_cli: Path
) -> Iterator[tuple[str, World]]:
    folder = tmp_path_factory.mktemp(request.param)
    closed = {"REQUIRE_LOGIN": "true", "REQUIRE_API_KEY": "true"} if request.param == "closed" else {}
    engine = {"LLAMA_CLI": str(fake_cli), "LLAMA_ARGS": "--fake tokens=3"}
    with Server(folder, **engine, **closed) as server, server.client() as client:
        server.wait_for_health()
        yield request.param, World(folder, client)


@pytest.mark.parametrize("row", ROWS, ids=str)
@pytest.mark.promise(24)
def test_who_may_use_each_url(world: tuple[str, World], row: Row) -> None:
    how, asked = world
    expected = row.opened if how == "open" else row.closed
    statuses = [asked.status(row, caller) for caller in CALLERS]
    found = dict(zip(CALLERS, statuses, strict=True))
    assert found == dict(zip(CALLERS, map(int, expected.split()), strict=True))


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    """Yield every URL pattern of the project."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route


@pytest.mark.promise(24)
def test_every_url_is_in_the_table() -> None:
    assert set(routes(get_resolver().url_patterns)) == {row.route for row in ROWS}


def test_every_websocket_is_known() -> None:
    """The tests of the chat cover its access."""
    served = [pattern for pattern in websocket_urlpatterns if pattern.callback is not None]
    assert [str(pattern.pattern) for pattern in served] == ["chat/socket", ""]
    assert getattr(served[-1].callback, "consumer_class", None) is WebsocketDenier
