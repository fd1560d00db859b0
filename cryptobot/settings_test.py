"""Test overrides: a fast password hasher, nothing else that could hide a fault."""

from cryptobot.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
