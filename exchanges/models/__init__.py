from exchanges.models.candle import Candle as Candle
from exchanges.models.candle import CandleChunk as CandleChunk
from exchanges.models.candle import CandleSeries as CandleSeries
from exchanges.models.market import Market as Market
from exchanges.models.order import Fill as Fill
from exchanges.models.order import Order as Order
from exchanges.models.order import OrderEvent as OrderEvent
from exchanges.models.position import Position as Position
