from django.apps import AppConfig


class ExchangesConfig(AppConfig):
    name = "exchanges"

    def ready(self) -> None:
        """Accounts do not know us; they ask what may be preferred, and who has something to say
        when one is deleted."""
        from accounts.services import preferences
        from exchanges.selectors import currencies
        from exchanges.services import leaving

        preferences.OFFERS.add("venue", currencies.venues)
        preferences.OFFERS.add("currency", currencies.offered)
        leaving.register()
