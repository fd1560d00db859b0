"""Test overrides: servers of their own with throw-away data, and a fast password hasher."""

import os

from cryptobot import env, exchange_keys, stores
from cryptobot.embedded import Place
from cryptobot.settings import *  # noqa: F403 - the very settings that run, but for the lines below
from cryptobot.settings import API_RATES, DATA_DIR, EXCHANGE_KEYS_FOLDER

# One pair of servers for each xdist worker: no test hears or counts what another one does.
EMBEDDED = Place(
    DATA_DIR / "tests" / os.environ.get("PYTEST_XDIST_WORKER", "main"),
    durable=False,
)
DATABASES = {"default": stores.database(env.read("DATABASE_URL"), 0, EMBEDDED)}
REDIS_URL = env.read("REDIS_URL") or stores.embedded_redis(EMBEDDED)
REDIS_KEY_PREFIX = f"test:{os.environ.get('PYTEST_XDIST_WORKER', 'main')}:"
CACHES = {"default": {**stores.cache(REDIS_URL), "KEY_PREFIX": REDIS_KEY_PREFIX.rstrip(":")}}
CELERY_BROKER_URL = stores.broker(REDIS_URL)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Else every test client reads all static files anew: half the time of a test that asks one page.
WHITENOISE_AUTOREFRESH = True

# The plan is asked for the limit twice a minute: tests that count queries shall not meet that.
API_RATES = {**API_RATES, "user": 1200}
DEFAULT_PLAN = "enterprise"  # tests start many bots; those of the limits choose another

# One process plays every role.
EXCHANGE_PRIVATE_KEYS = exchange_keys.private_text(EXCHANGE_KEYS_FOLDER)
