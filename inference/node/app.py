"""The HTTP API of a node, for servers alone. `inference/engine/remote/` is its client.

| path | what |
| --- | --- |
| GET /health?version=1 | 200 if the node takes requests of this version, else 503; without token, for balancers |
| GET /v1/status | the node's state; a server asks about once a second, and is known to live by that |
| GET /v1/reading | a reading of the machine, for operators who ask why it is slow |
| POST /v1/generate, /v1/count | a stream of events, see `inference/engine/wire.py` |
| PUT /v1/settings | follow these settings |
| PUT /v1/exclusion | get no requests for this reason; empty: get them |
| POST /v1/pause, /v1/resume | as the methods of `Engine`; `alone`: only this node |
| POST /v1/drain | get no further requests, and finish those that it has |
| POST /v1/workers/NAME/retire | as `Engine.retire` |

Errors have the status of their class and a body from `wire.error_body`. The end of a connection cancels its generation.
Texts are in no log.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from inference.engine import Engine, GenerationRequest, PromptSize, Text
from inference.engine.errors import EngineError, EngineStopping, NodeNotReady, NoSuchWorker
from inference.engine.event_stream import EventStream
from inference.engine.types import Reasoning
from inference.engine.wire import (
    COMMENT,
    FRONT_HEADER,
    HEARTBEAT,
    NODE_HEADER,
    REVISION_HEADER,
    VERSION,
    VERSION_HEADER,
    NodeSettings,
    WireError,
    decode,
    encode,
    error_body,
    frame,
)

from .fronts import Fronts
from .node import Node

log = logging.getLogger(__name__)

CLOSE = {"Connection": "close"}  # of refusals: the next attempt is to reach another node
BATCH = 0.02  # seconds; pieces of an answer that come faster than this travel together

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def node_app(node: Node, token: str, started: Callable[[], None] = lambda: None) -> Starlette:
    """Return the ASGI application of a node. `token`: servers must send it; empty for none.

    `started` is called when the application starts, on the event loop.
    """
    fronts = Fronts()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None, None]:
        started()
        watching = asyncio.create_task(fronts.watch())
        starting = asyncio.create_task(node.start())
        try:
            yield
        finally:
            watching.cancel()
            starting.cancel()
            await asyncio.wait([watching, starting])
            await node.stop()

    api = _Api(node, fronts, token)
    routes = [
        Route("/health", api.health),
        Route("/v1/status", api.guarded(api.status)),
        Route("/v1/reading", api.guarded(api.reading)),
        Route("/v1/generate", api.guarded(api.generate), methods=["POST"]),
        Route("/v1/count", api.guarded(api.count), methods=["POST"]),
        Route("/v1/settings", api.guarded(api.settings), methods=["PUT"]),
        Route("/v1/exclusion", api.guarded(api.exclusion), methods=["PUT"]),
        Route("/v1/pause", api.guarded(api.pause), methods=["POST"]),
        Route("/v1/resume", api.guarded(api.resume), methods=["POST"]),
        Route("/v1/drain", api.guarded(api.drain), methods=["POST"]),
        Route("/v1/workers/{worker}/retire", api.guarded(api.retire), methods=["POST"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class _Api:
    node: Node
    fronts: Fronts
    token: str

    def guarded(self, handler: Handler) -> Handler:
        """Return a handler that is called only with the token, and whose errors become responses."""

        async def handle(request: Request) -> Response:
            sent = request.headers.get("authorization", "")
            if self.token and not hmac.compare_digest(sent.encode(), f"Bearer {self.token}".encode()):
                return _refused(401, "unauthorized", "The token is missing or wrong. Set the same ENGINE_TOKEN.")
            self.fronts.heard(request.headers.get(FRONT_HEADER, ""))
            try:
                return await handler(request)
            except (WireError, ValueError) as error:
                return _refused(422, "version", f"{error} Run the same version of the server on all machines.")
            except NoSuchWorker as error:
                return JSONResponse(error_body(error), 404)
            except EngineError as error:
                return JSONResponse(error_body(error), 503, CLOSE)

        return handle

    async def health(self, request: Request) -> Response:
        asked = request.query_params.get("version", str(VERSION))
        ready = self.node.takes_requests and asked == str(VERSION)
        body = {"status": "ok" if ready else "not ready", "version": VERSION}
        return JSONResponse(body) if ready else JSONResponse(body, 503, CLOSE)

    async def status(self, request: Request) -> Response:
        if front := request.headers.get(FRONT_HEADER, ""):
            self.fronts.heard(front, watched=True)
        return JSONResponse(encode(self.node.status()))

    async def reading(self, request: Request) -> Response:
        return JSONResponse(encode(await self.node.reading()))

    async def generate(self, request: Request) -> Response:
        asked = decode(GenerationRequest, await request.json())
        return _Stream(self, request, self._engine_for(request).generate(asked))

    async def count(self, request: Request) -> Response:
        asked = decode(GenerationRequest, await request.json())
        engine = self._engine_for(request)

        async def size() -> AsyncGenerator[PromptSize, None]:
            yield await engine.count_tokens(asked)

        return _Stream(self, request, size())

    async def settings(self, request: Request) -> Response:
        body = await _body(request)
        settings, revision = decode(NodeSettings, body.get("settings")), decode(int, body.get("revision"))
        await _while_connected(request, self.node.follow(settings, revision))
        return JSONResponse(encode(self.node.status()))

    async def exclusion(self, request: Request) -> Response:
        self.node.excluded = decode(str, (await _body(request)).get("reason"))
        return JSONResponse(encode(self.node.status()))

    async def pause(self, request: Request) -> Response:
        await self.node.pause(alone=decode(bool, (await _body(request)).get("alone")))
        return JSONResponse(encode(self.node.status()))

    async def resume(self, request: Request) -> Response:
        await self.node.resume(alone=decode(bool, (await _body(request)).get("alone")))
        return JSONResponse(encode(self.node.status()))

    async def drain(self, request: Request) -> Response:
        await self.node.hold()
        return JSONResponse(encode(self.node.status()))

    async def retire(self, request: Request) -> Response:
        return JSONResponse({"at_once": await self.node.engine().retire(request.path_params["worker"])})

    def _engine_for(self, request: Request) -> Engine:
        if (asked := request.headers.get(VERSION_HEADER, str(VERSION))) != str(VERSION):
            raise NodeNotReady(f"Node {self.node.name} runs version {VERSION} of this API, the server version {asked}.")
        return self.node.engine_for(int(request.headers.get(REVISION_HEADER, "0")))


class _Stream(Response):
    """The events of one generation. It ends with the connection, at any moment."""

    def __init__(self, api: _Api, request: Request, events: AsyncGenerator[Any, None]) -> None:
        self._api = api
        self._front = request.headers.get(FRONT_HEADER, "")
        self._stream = EventStream(events, HEARTBEAT)
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache", NODE_HEADER: api.node.name}
        self.raw_headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self.status_code = 200
        self.background = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        writing = asyncio.create_task(self._write(send))
        leaving = asyncio.create_task(_left(receive))
        try:
            with self._api.fronts.generating(self._front, writing):
                await asyncio.wait([writing, leaving], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (writing, leaving):
                task.cancel()
            await self._stream.close()
            await asyncio.wait([writing, leaving])
        if not writing.cancelled() and (error := writing.exception()):
            raise error

    async def _write(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        loop = asyncio.get_running_loop()
        written = 0.0
        try:
            async for event in self._stream.events():
                piece = isinstance(event, Text | Reasoning)
                if piece and (early := written + BATCH - loop.time()) > 0:
                    await asyncio.sleep(early)  # meanwhile the engine joins the pieces that follow
                await _send(send, COMMENT if event is None else frame(event))
                if piece:
                    written = loop.time()
        except EngineError as error:
            await _send(send, frame(error))
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _body(request: Request) -> dict[str, Any]:
    return decode(dict[str, Any], await request.json())


async def _send(send: Send, data: bytes) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": True})


async def _while_connected(request: Request, work: Coroutine[Any, Any, None]) -> None:
    """Await `work`, and cancel it if the server closes the connection."""
    working, leaving = asyncio.create_task(work), asyncio.create_task(_left(request.receive))
    try:
        await asyncio.wait([working, leaving], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.wait([working, leaving])
    if working.cancelled():
        raise EngineStopping("The server that sent the settings has left. Everything stays as it was.")
    working.result()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _refused(status: int, code: str, message: str) -> Response:
    return JSONResponse({"code": code, "message": message, "attributes": {}}, status, CLOSE)
