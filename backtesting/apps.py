from django.apps import AppConfig


class BacktestingConfig(AppConfig):
    name = "backtesting"

    def ready(self) -> None:
        """Home, and accounts that are deleted, ask who has something to say; neither knows us."""
        from backtesting.selectors.backtests import failures
        from backtesting.services import leaving
        from bots.selectors.attention import SOURCES

        SOURCES.add("backtests", failures)
        leaving.register()
