from bots.models.bot import Bot as Bot
from bots.models.bot import BotLog as BotLog
from bots.models.bot import BotRun as BotRun
from bots.models.decision import Decision as Decision
from bots.models.portfolio import PortfolioSnapshot as PortfolioSnapshot
from bots.models.strategy import Strategy as Strategy
