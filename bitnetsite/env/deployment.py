"""The variables that say how the server is deployed: machines, data, names, access."""

from __future__ import annotations

from inference.serving.parameters import MAX_COUNT

from . import parsers
from .variable import Variable

DEPLOYMENT = (
    Variable(
        "ROLE",
        parsers.one_of("server", "engine"),
        "server",
        "`engine`: this process is an engine node, which only answers servers. See machines.md.",
    ),
    Variable(
        "ENGINE_URL",
        parsers.optional(parsers.url),
        "",
        "URL of an engine node, or of a balancer before several, that answers instead of this machine.",
    ),
    Variable(
        "ENGINE_NODES",
        parsers.names,
        "",
        "URLs of the engine nodes themselves, separated by commas, for their status and the administration. A name "
        "stands for all addresses that it resolves to. Empty: `ENGINE_URL` is the only one.",
    ),
    Variable(
        "ENGINE_CA",
        parsers.optional(parsers.path),
        "",
        "File with the certificate of the authority that engine nodes with https are trusted by. Empty: the well-known "
        "ones.",
    ),
    Variable(
        "ENGINE_TOKEN",
        str,
        "",
        "Secret that servers and engine nodes share. Required for a node that other machines can reach.",
        secret=True,
    ),
    Variable(
        "NODE_NAME",
        parsers.optional(parsers.host),
        "",
        "Name of this engine node in the administration; each node needs another. Empty: the host's name.",
    ),
    Variable("DATA_DIR", parsers.path, "data", "Folder for the database, the secret key and prompt caches."),
    Variable(
        "DATABASE_URL",
        parsers.optional(parsers.database),
        "",
        "URL of a PostgreSQL or SQLite database. Empty: SQLite in `DATA_DIR`.",
        secret=True,
    ),
    Variable(
        "SECRET_KEY",
        parsers.optional(parsers.signing_key),
        "",
        "Django's signing key. Empty: generated once and stored in `DATA_DIR`.",
        secret=True,
    ),
    Variable(
        "ALLOWED_HOSTS",
        parsers.hosts,
        "localhost,127.0.0.1,[::1]",
        "Accepted host names, separated by commas; `*` accepts any.",
    ),
    Variable("PATH_PREFIX", parsers.path_prefix, "", "Path at which a proxy serves this server, as in `/llm`."),
    Variable(
        "CORS_ALLOWED_ORIGINS",
        parsers.origins,
        "",
        "Other sites whose pages may call the API, as in `https://app.example,app://obsidian.md`; `*` for any.",
    ),
    Variable("REQUIRE_LOGIN", parsers.flag, "false", "Require sign-in for the chat page and the API."),
    Variable("REQUIRE_API_KEY", parsers.flag, "false", "Require an API key for API requests."),
    Variable(
        "RATE_LIMIT",
        parsers.optional(parsers.integer(1, MAX_COUNT)),
        "",
        "Maximum requests for answers per minute and user or address. Empty: no limit.",
    ),
    Variable(
        "SIGN_UP",
        parsers.flag,
        "true",
        "Allow visitors to create accounts. Otherwise an administrator creates them.",
    ),
    Variable(
        "PUBLIC_SHARE_LINKS",
        parsers.optional(parsers.flag),
        "",
        "Show share links of conversations without sign-in. Empty: unless `REQUIRE_LOGIN` is set.",
    ),
    Variable(
        "HTTPS",
        parsers.flag,
        "false",
        "A proxy in front terminates https: redirect http to https, send HSTS, mark cookies as secure.",
    ),
    Variable(
        "TRUSTED_PROXIES",
        parsers.networks,
        "127.0.0.1,::1",
        "Proxies, by address or network, whose `X-Forwarded-For` and `-Proto` are trusted; `none` for none.",
    ),
    Variable(
        "DJANGO_SUPERUSER_USERNAME",
        str,
        "",
        "User name of the first administrator, created at startup if there is none.",
    ),
    Variable("DJANGO_SUPERUSER_PASSWORD", str, "", "Password of the first administrator.", secret=True),
    Variable("DJANGO_SUPERUSER_EMAIL", str, "", "Email address of the first administrator (optional)."),
    Variable(
        "DEBUG",
        parsers.flag,
        "false",
        "Show Django's debug pages. Never enable it on a server that others can reach.",
    ),
)
