"""HTTP requests to nodes. Whatever goes wrong is an EngineError here."""

from __future__ import annotations

import ssl
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx2 as httpx

from inference.engine.errors import EngineError, NodeLost, NodeNotReady
from inference.engine.types import GenerationRequest
from inference.engine.wire import (
    AFFINITY_HEADER,
    FRONT_HEADER,
    NODE_HEADER,
    REVISION_HEADER,
    VERSION,
    VERSION_HEADER,
    Part,
    WireError,
    decode_error,
    encode,
    frames,
)

from .addresses import NodeAddress
from .config import RemoteConfig


class NodeSilent(NodeLost):
    """A node has sent nothing for as long as it may be silent."""


class NodeClient:
    """The connections of one server process to its nodes. `front`: names this process to them."""

    def __init__(self, config: RemoteConfig) -> None:
        self._config = config
        self.front = uuid.uuid4().hex[:12]
        headers = {FRONT_HEADER: self.front, VERSION_HEADER: str(VERSION)}
        if config.token:
            headers["Authorization"] = f"Bearer {config.token}"
        timeout = httpx.Timeout(config.silence, connect=config.connect_timeout)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        verify = ssl.create_default_context(cafile=str(config.ca)) if config.ca else True
        self._http = httpx.AsyncClient(headers=headers, timeout=timeout, limits=limits, trust_env=False, verify=verify)

    async def close(self) -> None:
        await self._http.aclose()

    async def call(
        self, method: str, node: NodeAddress, path: str, body: Any = None, *, seconds: float | None = None
    ) -> Any:
        """Return the JSON of a node's response. `seconds`: None for as long as it needs. Raise EngineError."""
        url = f"{node.url}{path}"
        limit = httpx.Timeout(seconds, connect=self._config.connect_timeout)
        secure = {"sni_hostname": node.host} if node.host else {}
        try:
            response = await self._http.request(method, url, json=body, timeout=limit, extensions=secure)
            if response.is_success:
                return response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise _lost(node.url, error) from error
        raise _refusal(node.url, response)

    @asynccontextmanager
    async def stream(
        self, path: str, request: GenerationRequest, *, affinity: str, revision: int
    ) -> AsyncGenerator[tuple[str, AsyncGenerator[Part, None]], None]:
        """Send a request, and provide the name of the node that answers and what its stream contains.

        The end of the block ends the connection, and with it the generation. Raise NodeLost if the stream breaks.
        """
        headers = {AFFINITY_HEADER: affinity, REVISION_HEADER: str(revision)}
        try:
            async with self._http.stream(
                "POST", f"{self._config.url}{path}", json=encode(request), headers=headers
            ) as response:
                if not response.is_success:
                    await response.aread()
                    raise _refusal(self._config.url, response)
                async with aclosing(response.aiter_raw()) as chunks:
                    yield response.headers.get(NODE_HEADER, ""), frames(chunks)
        except (httpx.HTTPError, WireError) as error:
            raise _lost(self._config.url, error) from error


def _lost(url: str, error: Exception) -> NodeLost:
    if isinstance(error, httpx.TimeoutException):
        return NodeSilent(f"The engine node at {url} is silent.")
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        trust = "Set ENGINE_CA to the certificate of the authority that has signed it."
        return NodeLost(f"The certificate of the engine node at {url} is not trusted: {error}. {trust}")
    return NodeLost(f"The engine node at {url} cannot be reached, or broke off: {type(error).__name__} {error}".strip())


def _refusal(url: str, response: httpx.Response) -> EngineError:
    """Return the error of a response: the node's own, or what a balancer's status means."""
    try:
        error = decode_error(response.json())
    except (ValueError, WireError):
        return NodeLost(f"{url} answered with status {response.status_code}: no engine node takes the request.")
    if response.status_code in (401, 422):  # the operator's mistake on this node; it has done nothing, so others may
        return NodeNotReady(f"{url} refused the request: {error}")
    return error
