"""Django's settings. Everything an operator may change comes from the table in `env.py`."""

from __future__ import annotations

import fcntl
import os
import secrets
import warnings
from datetime import timedelta
from pathlib import Path

import environ

from .env import BASE_DIR, VARIABLES, env
from .log_format import FORMATTERS, chosen
from .static_files import collected


def _kept_secret(path: Path) -> str:
    """The key in `path`, made there with mode 0600 the first time, or where the first time was cut short."""
    if path.exists() and (key := path.read_text()):
        return key
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # until it is closed: of several that begin at once, one makes it
        key = file.read()
        if not key:
            key = secrets.token_urlsafe(48)
            file.write(key)
    return key


for name in VARIABLES:
    env(name)  # a wrong value ends the start, and not the first request that needs it

DATA_DIR: Path = env("DATA_DIR")
DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)  # sessions and chats are as secret as the key

SECRET_KEY = env("SECRET_KEY") or _kept_secret(DATA_DIR / "secret_key")
DEBUG = env("DEBUG")
ALLOWED_HOSTS = env("ALLOWED_HOSTS")

# Behind a proxy that speaks https. Whether a request came by it, TRUSTED_PROXIES tell: see gunicorn.py.
HTTPS = SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env("HTTPS")
SECURE_REDIRECT_EXEMPT = [r"^health(/live)?$", r"^metrics$"]  # asked for from beside the server, not through the proxy
SECURE_HSTS_SECONDS = 30 * 24 * 3600 if HTTPS else 0
# For a proxy that does not pass the Host header on; any other needs none of it.
CSRF_TRUSTED_ORIGINS = [
    f"https://*{host}" if host.startswith(".") else f"https://{host}" for host in ALLOWED_HOSTS if HTTPS and host != "*"
]
# HSTS for subdomains, and the browsers' preload lists: what else a domain serves is not for this server to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

INSTALLED_APPS = [
    "daphne",  # first: `runserver` is its own
    "bitnetsite.admin_site.Admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "bitnetsite.static_files.StaticFiles",
    "channels",
    "rest_framework",
    "adrf",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "inference",
    "chat",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "bitnetsite.middleware.WhiteNoiseMiddleware",
    "bitnetsite.middleware.CSPMiddleware",
    "bitnetsite.middleware.SessionMiddleware",
    "bitnetsite.middleware.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "bitnetsite.middleware.AuthenticationMiddleware",
    "bitnetsite.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",  # last: it replaces the answer of a sign-in that was locked
]
if HTTPS:
    MIDDLEWARE.insert(0, "bitnetsite.proxies.untrusted_proxies")  # before the redirect
ROOT_URLCONF = "bitnetsite.urls"
ASGI_APPLICATION = "bitnetsite.asgi.application"
WSGI_APPLICATION = "bitnetsite.wsgi.application"
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = None  # `body_limit.py` refuses what is too large, before it is here
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # a cookie would tell what was set
PASSWORD_HASHERS = [
    "bitnetsite.passwords.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",  # of users that came from elsewhere; renewed when they sign in
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: a sign-in that is locked is not even looked at
    "django.contrib.auth.backends.ModelBackend",
]
# Ten failures lock a name for the address that they came from, and nobody else.
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "bitnetsite.lockout.name_of"
AXES_CLIENT_IP_CALLABLE = "bitnetsite.clients.network_of"
AXES_LOCKOUT_CALLABLE = "bitnetsite.lockout.locked_out"
AXES_SENSITIVE_PARAMETERS = ["username", "csrfmiddlewaretoken"]  # beside the password, not to be kept of a form
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False  # we have a page of our own
AXES_VERBOSE = False
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
REQUIRE_LOGIN = env("REQUIRE_LOGIN")
REQUIRE_API_KEY = env("REQUIRE_API_KEY")
RATE_LIMIT = env("RATE_LIMIT")
SIGN_UP = env("SIGN_UP")
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "/"
CSRF_FAILURE_VIEW = "bitnetsite.errors.csrf_failure"
SESSION_COOKIE_AGE = 365 * 24 * 3600  # seconds: a visitor's conversations are found by this cookie alone
# Nothing but our own files, nothing inline. Sockets are covered by 'self' (in Safari since 15.4).
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [
    folder for folder in (BASE_DIR / "static",) if folder.exists()
]  # an image has the collected ones alone
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
FROM_SOURCES = DEBUG or not collected(STATIC_ROOT, STATICFILES_DIRS)
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = FROM_SOURCES
WHITENOISE_MAX_AGE = 0 if FROM_SOURCES else 3600  # seconds, for what is asked for by a name without its hash
WHITENOISE_ALLOW_ALL_ORIGINS = False  # our fonts and scripts are for our pages
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "bitnetsite.static_files.HashedStorage"},
}
# Whitenoise hands files over as plain iterators. They are small; nothing is lost by reading one at once.
warnings.filterwarnings("ignore", "StreamingHttpResponse must consume synchronous iterators")

if env("DATABASE_URL"):
    DATABASES = {"default": environ.Env.db_url_config(env("DATABASE_URL"))}
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "db.sqlite3",
            # IMMEDIATE: a transaction that reads and then writes waits its turn instead of failing as "locked".
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "inference.api.authentication.KeyAuthentication",  # first: its WWW-Authenticate is in every 401
        "inference.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "inference.api.authentication.KeyWhereRequired",
        "inference.api.authentication.SignedInWhereRequired",
    ],
    "DEFAULT_PARSER_CLASSES": ["inference.api.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "inference.api.errors.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "BitNet LLM server",
    "DESCRIPTION": "Answers of a BitNet language model. Every request carries all that the model is to know, and every "
    "parameter: nothing is remembered between two.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["inference.api.authentication.SignedInWhereRequired"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "defaultModelsExpandDepth": -1, "displayRequestDuration": True},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        # The API's own errors are answers, not news; an exception that nobody expected is.
        "unexpected": {"()": "django.utils.log.CallbackFilter", "callback": lambda record: record.exc_info}
    },
    "formatters": {"chosen": {"()": FORMATTERS[chosen(env("LOG_FORMAT"))]}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "chosen"},
        "nowhere": {"class": "logging.NullHandler"},  # without any handler, Python prints it all the same
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.request": {"filters": ["unexpected"]},
        "axes": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},  # tells every URL of a download, signed ones too
        "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},  # the answer says what to do
    },
}
