from django.apps import AppConfig


class BacktestingConfig(AppConfig):
    name = "backtesting"

    def ready(self) -> None:
        """Home asks who has something to say; it must not know of backtests."""
        from backtesting.selectors.backtests import failures
        from bots.selectors.attention import SOURCES

        SOURCES.add("backtests", failures)
