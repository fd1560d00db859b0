from exchanges.models.candle import Candle as Candle
from exchanges.models.candle import CandleChunk as CandleChunk
from exchanges.models.candle import CandleSeries as CandleSeries
from exchanges.models.market import Market as Market
