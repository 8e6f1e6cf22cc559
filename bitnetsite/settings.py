"""Django's settings. Everything that an operator may change comes from the table in `env/variables.py`."""

from __future__ import annotations

import re
import sys
import warnings
from datetime import timedelta
from pathlib import Path

from . import data_folder
from .assets.static_files import collected
from .env import BASE_DIR, VARIABLES, env
from .log_format import FORMATTERS, choose_format, unexpected, without_tracebacks_of_refusals

for name in VARIABLES:
    env(name)  # fail at startup, and not at the first request that needs the value

DATA_DIR: Path = env("DATA_DIR")
data_folder.prepare(DATA_DIR)

SECRET_KEY = env("SECRET_KEY") or data_folder.kept_secret(DATA_DIR / "secret_key")
DEBUG = env("DEBUG")
ALLOWED_HOSTS = env("ALLOWED_HOSTS")

# See http/path_prefix.py. Other servers on the host may use cookies with Django's names for all its paths.
PATH_PREFIX = env("PATH_PREFIX")
FORCE_SCRIPT_NAME = PATH_PREFIX or None
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = PATH_PREFIX or "/"
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = (name + PATH_PREFIX.replace("/", "-") for name in ("sessionid", "csrftoken"))

# For a proxy that terminates https. TRUSTED_PROXIES report whether a request came by https: see gunicorn.py.
HTTPS = SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env("HTTPS")
# Requested locally, not through the proxy.
SECURE_REDIRECT_EXEMPT = [rf"^{re.escape(PATH_PREFIX.lstrip('/'))}/?(health(/live)?|metrics)$"]
SECURE_HSTS_SECONDS = 30 * 24 * 3600 if HTTPS else 0
# Only needed behind a proxy that does not forward the Host header.
CSRF_TRUSTED_ORIGINS = [
    f"https://*{host}" if host.startswith(".") else f"https://{host}" for host in ALLOWED_HOSTS if HTTPS and host != "*"
]
# No HSTS for subdomains and no preload list: they affect more than this server.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# Pages of other sites that may call the API from a browser. Without cookies, so they act for no user.
CORS_ALLOWED_ORIGINS = env("CORS_ALLOWED_ORIGINS")
CORS_ALLOW_ALL_ORIGINS = "*" in CORS_ALLOWED_ORIGINS
CORS_URLS_REGEX = r"^/(generate|health|model_info|tokenize|schema/|v1/|api/)"
CORS_ALLOW_HEADERS = ["*", "authorization"]  # the star includes all headers except this one
CORS_EXPOSE_HEADERS = [
    *("x-request-id", "retry-after"),
    *("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "ratelimit-policy"),
]
CORS_ALLOW_PRIVATE_NETWORK = True

INSTALLED_APPS = [
    *(["daphne"] if sys.argv[1:2] == ["runserver"] else []),  # replaces that command; its import takes half a second
    "bitnetsite.admin_site.Admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "bitnetsite.assets.static_files.StaticFiles",
    "channels",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "inference",
    "chat",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "bitnetsite.http.middleware.WhiteNoiseMiddleware",
    "bitnetsite.http.middleware.CSPMiddleware",
    "bitnetsite.http.middleware.SessionMiddleware",
    "bitnetsite.http.middleware.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "bitnetsite.http.middleware.AuthenticationMiddleware",
    "bitnetsite.http.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",  # last: it replaces the response to a locked sign-in
]
if CORS_ALLOWED_ORIGINS:
    # Before the host is checked and the caller is known: a browser sends neither cookie nor key with a preflight.
    MIDDLEWARE.insert(1, "corsheaders.middleware.CorsMiddleware")
if HTTPS:
    MIDDLEWARE.insert(0, "bitnetsite.http.proxies.untrusted_proxies")  # before the redirect
ROOT_URLCONF = "bitnetsite.urls"
ASGI_APPLICATION = "bitnetsite.asgi.application"
WSGI_APPLICATION = "bitnetsite.wsgi.application"
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = None  # `http/request_body.py` enforces a limit before Django reads the body
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
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # a cookie would reveal their content
PASSWORD_HASHERS = [
    "bitnetsite.accounts.passwords.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",  # of imported users; rehashed when they sign in
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: refuses locked sign-ins without checking the password
    "django.contrib.auth.backends.ModelBackend",
]
# Ten failures lock a user name for the address that they came from, and for no other.
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "bitnetsite.accounts.lockout.name_of"
AXES_CLIENT_IP_CALLABLE = "bitnetsite.http.clients.network_of"
AXES_LOCKOUT_CALLABLE = "bitnetsite.accounts.lockout.locked_out"
# Fields that are not stored, in addition to the password.
AXES_SENSITIVE_PARAMETERS = ["username", "csrfmiddlewaretoken"]
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False  # chat/admin has a page for them
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
PUBLIC_SHARE_LINKS = not REQUIRE_LOGIN if env("PUBLIC_SHARE_LINKS") is None else env("PUBLIC_SHARE_LINKS")
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "chat"
CSRF_FAILURE_VIEW = "bitnetsite.http.errors.csrf_failure"
SESSION_COOKIE_AGE = 365 * 24 * 3600  # seconds; without the session, a visitor loses their conversations
# Only our own files, nothing inline. 'self' includes websockets (in Safari since 15.4).
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "manifest-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
STATIC_URL = f"{PATH_PREFIX}/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
# A container image has only the collected files.
STATICFILES_DIRS = [folder for folder in (BASE_DIR / "static",) if folder.exists()]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
FROM_SOURCES = DEBUG or not collected(STATIC_ROOT, STATICFILES_DIRS)
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = FROM_SOURCES
WHITENOISE_MAX_AGE = 0 if FROM_SOURCES else 3600  # seconds, for files requested without a hash in their name
WHITENOISE_ALLOW_ALL_ORIGINS = False  # fonts and scripts are only for our own pages
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "bitnetsite.assets.static_files.HashedStorage"},
}
# Whitenoise passes files as synchronous iterators. They are small, so that reading one at once is fine.
warnings.filterwarnings("ignore", "StreamingHttpResponse must consume synchronous iterators")

DATABASE = env("DATABASE_URL") or {"ENGINE": "django.db.backends.sqlite3", "NAME": str(DATA_DIR / "db.sqlite3")}
DATABASES = {"default": DATABASE}
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    data_folder.prepare_database(Path(DATABASE["NAME"]))
    # IMMEDIATE: a transaction that reads and then writes waits for the lock instead of failing with "locked".
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 5,  # seconds that a query waits for other writers; then the response is 503
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False  # one language, and so one format for dates
DATE_FORMAT = SHORT_DATE_FORMAT = "Y-m-d"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "Y-m-d H:i"

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
    "EXCEPTION_HANDLER": "inference.api.native.errors.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "BitNet LLM server",
    "DESCRIPTION": "Generate text with a BitNet language model. The API is stateless: every request carries the whole "
    "conversation and all parameters.",
    "VERSION": "1",
    "SERVERS": [{"url": PATH_PREFIX}] if PATH_PREFIX else [],
    "SERVE_INCLUDE_SCHEMA": False,
    # Names for choices that several protocols have under one name.
    "ENUM_NAME_OVERRIDES": {
        "TurnRoleEnum": ["user", "assistant"],
        "OllamaRoleEnum": ["system", "user", "assistant", "tool"],
        "AnswerRoleEnum": ["assistant"],
        "HealthStatusEnum": "inference.serving.supervisor.STATUSES",
        "ResponseStatusEnum": ["completed", "incomplete"],
        "DownloadStatusEnum": ["success"],
    },
    "SERVE_PERMISSIONS": ["inference.api.authentication.SignedInWhereRequired"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "defaultModelsExpandDepth": -1, "displayRequestDuration": True},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        # Refusals and error responses are in the access log.
        "unexpected": {"()": "django.utils.log.CallbackFilter", "callback": unexpected},
        "brief": {"()": "django.utils.log.CallbackFilter", "callback": without_tracebacks_of_refusals},
    },
    "formatters": {"chosen": {"()": FORMATTERS[choose_format(env("LOG_FORMAT"))]}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "chosen", "filters": ["brief"]},
        "nowhere": {"class": "logging.NullHandler"},  # without a handler, Python would print the record
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.request": {"filters": ["unexpected"]},
        "axes": {"level": "WARNING"},
        "inference.engine.wire": {"level": "DEBUG" if env("WIRE_LOG") else "CRITICAL"},
        "httpx2": {"level": "WARNING"},  # logs every URL of a download, including signed ones
        "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},  # the response says what to do
    },
}
