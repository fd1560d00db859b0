from bots.models.bot import Bot as Bot
from bots.models.bot import BotLog as BotLog
from bots.models.bot import BotRun as BotRun
from bots.models.custom_indicator import CustomIndicator as CustomIndicator
from bots.models.decision import Decision as Decision
from bots.models.insight import MarketInsight as MarketInsight
from bots.models.portfolio import PortfolioSnapshot as PortfolioSnapshot
from bots.models.strategy import Strategy as Strategy
