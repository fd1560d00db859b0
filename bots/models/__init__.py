from bots.models.strategy import Strategy as Strategy
