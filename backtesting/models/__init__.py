from backtesting.models.backtest import Backtest as Backtest
from backtesting.models.check import Check as Check
from backtesting.models.optimization import Optimization as Optimization
from backtesting.models.optimization import Trial as Trial
from backtesting.models.portfolio import PortfolioOptimization as PortfolioOptimization
from backtesting.models.result import BacktestCurves as BacktestCurves
from backtesting.models.result import BacktestTrade as BacktestTrade
