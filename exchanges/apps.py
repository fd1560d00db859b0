from django.apps import AppConfig


class ExchangesConfig(AppConfig):
    name = "exchanges"

    def ready(self) -> None:
        """What a user may prefer, of what only this app has."""
        from accounts.services import preferences
        from exchanges.selectors import currencies

        preferences.OFFERS.add("venue", currencies.venues)
        preferences.OFFERS.add("currency", currencies.offered)
