from django.apps import AppConfig


class ExchangesConfig(AppConfig):
    name = "exchanges"

    def ready(self) -> None:
        """Accounts do not know us; they ask who has something to say when one is deleted."""
        from exchanges.services import leaving

        leaving.register()
