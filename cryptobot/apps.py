from django.apps import AppConfig


class CryptobotConfig(AppConfig):
    name = "cryptobot"

    def ready(self) -> None:
        # Here and not in __init__.py: importing a pure core must not import Celery.
        from cryptobot import celery, checks  # noqa: F401 - each registers itself
