from backtesting.models.backtest import Backtest as Backtest
from backtesting.models.portfolio import PortfolioOptimization as PortfolioOptimization
from backtesting.models.result import BacktestCurves as BacktestCurves
from backtesting.models.result import BacktestTrade as BacktestTrade
