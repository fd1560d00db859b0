from django.apps import AppConfig


class BotsConfig(AppConfig):
    name = "bots"

    def ready(self) -> None:
        """The plans learn how many bots a user has."""
        from bots.services import plan_limits

        plan_limits.register()
