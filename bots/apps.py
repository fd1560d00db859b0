from django.apps import AppConfig


class BotsConfig(AppConfig):
    name = "bots"

    def ready(self) -> None:
        """Accounts do not know us; they ask who has something to say when one is deleted."""
        from bots.services import leaving

        leaving.register()
