from django.apps import AppConfig


class BotsConfig(AppConfig):
    name = "bots"

    def ready(self) -> None:
        """Accounts do not know us; they ask who has something to say when one is deleted, and how
        many bots a plan has to count."""
        from bots.services import leaving, plan_limits

        leaving.register()
        plan_limits.register()
