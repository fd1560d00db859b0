"""Django settings, read from env.py only."""

from __future__ import annotations

import logging
import os
import re
from datetime import timedelta
from pathlib import Path

from cryptobot import env, exchange_keys, settings_security, settings_sign_in, stores
from cryptobot.embedded import Place
from cryptobot.kept_secret import derived_key, kept_secret
from cryptobot.settings_security import *  # noqa: F403 - the part that browsers are told
from cryptobot.settings_sign_in import *  # noqa: F403 - the part that names django-allauth's settings

env.require_valid()
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = BASE_DIR / env.read("DATA_DIR")
VERSION = re.findall(r"^## (\S+)", (BASE_DIR / "CHANGELOG.md").read_text(), re.MULTILINE)[0]

# --- Core ---------------------------------------------------------------------------------------
SECRET_KEY = env.read("SECRET_KEY") or kept_secret(DATA_DIR / "secret_key")
SECRET_KEY_FALLBACKS = env.read("SECRET_KEY_FALLBACKS")
DEBUG = env.read("DEBUG")
PRODUCTION = env.read("PRODUCTION")
ALLOWED_HOSTS = env.read("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.read("CSRF_TRUSTED_ORIGINS")
ROOT_URLCONF = "cryptobot.urls"
ASGI_APPLICATION = "cryptobot.asgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TIME_ZONE = "UTC"
USE_TZ = True
LANGUAGE_CODE = "en"
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"

INSTALLED_APPS = [
    "cryptobot",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "csp",
    "corsheaders",
    *settings_sign_in.APPS,
    "foundation.edge",
    "accounts",
    "exchanges",
    "bots",
    "backtesting",
    "marketplace",
]

MIDDLEWARE = [
    "foundation.edge.middleware.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "foundation.edge.middleware.Headers",
    "corsheaders.middleware.CorsMiddleware",
    "foundation.edge.middleware.Limits",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.pages.following.FollowSignIns",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.pages.guard.StaffHaveFactors",
    "accounts.pages.viewing_as.Guard",
    "foundation.edge.preferences.reader_middleware",
    "foundation.edge.middleware.Errors",
]

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
                "foundation.edge.navigation.menu",
                "foundation.edge.preferences.preferences",
                "accounts.pages.viewing_as.viewing_as",
                "accounts.pages.site_notice.site_notice",
            ],
        },
    }
]

# What encrypts fields encrypts nothing else.
CRYPTOGRAPHY_KEY = derived_key(SECRET_KEY, "fields")

# --- Exchange keys ------------------------------------------------------------------------------
# Sealed with the public key by any process; only the orders workers are given the private ones.
EXCHANGE_KEYS_FOLDER = DATA_DIR / exchange_keys.FOLDER
EXCHANGE_PUBLIC_KEY = env.read("EXCHANGE_PUBLIC_KEY") or (
    "" if PRODUCTION else exchange_keys.public_text(EXCHANGE_KEYS_FOLDER)
)
EXCHANGE_PRIVATE_KEYS = env.read("EXCHANGE_PRIVATE_KEYS")
# What this process starts does not inherit them.
os.environ.pop("EXCHANGE_PRIVATE_KEYS", None)
# The stored box is encrypted once more, by the first; the others still read what they wrote.
SEALED_FIELD_KEYS = tuple(
    derived_key(secret, "sealed-fields") for secret in (SECRET_KEY, *SECRET_KEY_FALLBACKS)
)

# --- Audit log ----------------------------------------------------------------------------------
# The first seals new rows; the others still know what they sealed.
AUDIT_KEYS = tuple(derived_key(secret, "audit") for secret in (SECRET_KEY, *SECRET_KEY_FALLBACKS))
AUDIT_ANCHORS = DATA_DIR / "audit_anchors"
# Second factors' secrets; encrypted by the first, the others still read what they wrote.
MFA_KEYS = tuple(derived_key(secret, "mfa") for secret in (SECRET_KEY, *SECRET_KEY_FALLBACKS))

EMAIL_FILE_PATH = DATA_DIR / "mail"  # where mails are kept as long as no MAIL_HOST is named

# --- Database and Redis -------------------------------------------------------------------------
EMBEDDED = Place(DATA_DIR)
DATABASES = {
    "default": stores.database(env.read("DATABASE_URL"), env.read("DATABASE_POOL"), EMBEDDED)
}
REDIS_URL = env.read("REDIS_URL") or stores.embedded_redis(EMBEDDED)
REDIS_KEY_PREFIX = ""  # counters and heartbeats; tests that share one Redis keep theirs apart
CACHES = {"default": stores.cache(REDIS_URL)}

# --- Market feed --------------------------------------------------------------------------------
FEED_SOURCE = env.read("FEED_SOURCE")
FEED_VENUE = env.read("FEED_VENUE") or FEED_SOURCE
FEED_SYMBOLS = env.read("FEED_SYMBOLS")
FEED_SPEED = env.read("FEED_SPEED")
FEED_SEED = env.read("FEED_SEED")
FEED_REPLAY_FROM = env.read("FEED_REPLAY_FROM") or FEED_VENUE
FEED_REPLAY_START = env.read("FEED_REPLAY_START")
FEED_REPLAY_END = env.read("FEED_REPLAY_END")
OUTBOUND_NAME = env.read("OUTBOUND_NAME")
NOTIFY_PRIVATE_ADDRESSES = env.read("NOTIFY_PRIVATE_ADDRESSES")

# --- Celery -------------------------------------------------------------------------------------
CELERY_BROKER_URL = stores.broker(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # Redis comes back sooner or later; so do we
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 7200,  # longer than the longest task, or a second worker gets it too
    "socket_connect_timeout": 5,
    "socket_timeout": 10,  # a frozen Redis; less would break off backtests at a slow disk's pause
    "socket_keepalive": True,
    "health_check_interval": 10,  # an overdue answer to BRPOP is noticed after 11 to 21 s
    "retry_on_timeout": False,  # the policy below tries again; both would multiply
}
# Nobody waits for more than three timeouts: a sweep sends again what could not be sent.
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.2,
}
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "batch"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True  # or a task whose process was killed counts as done
CELERY_TASK_TIME_LIMIT = 7000
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 1_000_000  # kB; a process that grew past it is replaced
CELERY_WORKER_MAX_TASKS_PER_CHILD = 5_000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5.0
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "cryptobot.scheduler:OneScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5

# --- REST ---------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.TokenAuthentication",
        "accounts.api.authentication.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["foundation.edge.throttles.Rate"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "foundation.edge.schema.Schema",
    "DEFAULT_PAGINATION_CLASS": "foundation.edge.lists.Pages",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "foundation.edge.formats.KnownFormats",
    "DEFAULT_PARSER_CLASSES": ["foundation.edge.parsers.StrictJSONParser"],
    "EXCEPTION_HANDLER": "foundation.edge.api.handle_error",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# Requests a minute: of one address without sign-in, and of one user.
API_RATE_OF_USER = "accounts.services.plans.requests_per_minute"  # where API_RATE_USER is 0
API_RATES = {"anonymous": env.read("API_RATE_ANONYMOUS"), "user": env.read("API_RATE_USER")}
DEFAULT_PLAN = env.read("DEFAULT_PLAN")
TRUSTED_PROXY_COUNT = env.read("TRUSTED_PROXY_COUNT")
METRICS_TOKEN = env.read("METRICS_TOKEN")
# Signed RS256 by keys of their own; see accounts/services/jwt_keys.py.
JWT_PRIVATE_KEYS = env.read("JWT_PRIVATE_KEYS")
JWT_KEYS_FOLDER = DATA_DIR / "jwt_keys"
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    "AUDIENCE": "cryptobot-api",
    "ISSUER": "cryptobot",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Cryptobot",
    "VERSION": VERSION,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    # What exists is for developers; on a server strangers are not shown the list.
    "SERVE_PERMISSIONS": [
        f"rest_framework.permissions.{'IsAuthenticated' if PRODUCTION else 'AllowAny'}"
    ],
    "SCHEMA_PATH_PREFIX": "/api/",
    "COMPONENT_SPLIT_REQUEST": True,
    # Two fields called "side" mean two things.
    "ENUM_NAME_OVERRIDES": {
        "TradeSide": ["buy", "sell"],
        "PositionSide": [("long", "Long"), ("short", "Short")],
        "MarginMode": ["isolated", "cross"],
        "PositionMarginMode": [("isolated", "Isolated"), ("cross", "Cross")],
        "OwnWallet": ["spot", "futures"],
        "KindEnum": "exchanges.models.market.Market.Kind",
        "BacktestStatus": "backtesting.models.backtest.Backtest.Status",
        "PortfolioStatus": "backtesting.models.portfolio.PortfolioOptimization.Status",
    },
    "PREPROCESSING_HOOKS": ["foundation.edge.schema.only_api"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "foundation.edge.schema.document_refusals",
    ],
}

# --- Static files -------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "cryptobot.static_storage.HashedStaticFilesStorage"
    },
}

if PRODUCTION:
    globals().update(settings_security.IN_PRODUCTION)

# --- Logging ------------------------------------------------------------------------------------
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True  # the first middleware has checked or made it
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG  # one line a request: when it is answered
# By name: structlog is imported when logging is set up, not when settings are read.
LOGGING_CONFIG: str | None = "cryptobot.logs.configure"
LOGGING = {"level": env.read("LOG_LEVEL"), "log_format": env.read("LOG_FORMAT")}
