"""The checks there are, each with its question and its settings: forms, API, commands read this."""

from __future__ import annotations

from dataclasses import dataclass

from backtesting.core.honesty.lookahead import CUTS_MAX, CUTS_USUAL, SCORED
from backtesting.core.honesty.montecarlo import PATHS_MAX, PATHS_USUAL, Method
from backtesting.core.honesty.sensitivity import DELAYS, FEE_FACTORS, SLIPPAGES
from backtesting.core.honesty.settings import Setting
from backtesting.core.honesty.windows import FOLDS_MAX

SEED_MAX = 2**31 - 1
METRICS = ("sharpe", "sortino", "calmar", "total_return", "profit_factor")
SCORED_MAX, WARMUP_MAX = 5_000, 50_000
SEED = Setting(
    "seed", "Seed", "int", 0, "The same seed draws the same numbers.", low=0, high=SEED_MAX
)
PARAMS = Setting(
    "params",
    "Parameters to choose",
    "words",
    [],
    "One a line, like fast.period=5:24:1 (from, to, step): the best set of the training part is "
    "tried on the part after it. Empty: the strategy as it is.",
)
METRIC = Setting(
    "metric",
    "Best by",
    "choice",
    "sharpe",
    "Which figure of the training part chooses the set.",
    choices=METRICS,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One check. question: what it answers, in plain words; about: how it finds out.

    on_trades: without trades there is nothing to look at.
    """

    key: str
    title: str
    question: str
    about: str
    settings: tuple[Setting, ...]
    on_trades: bool = False


LOOK_AHEAD = Kind(
    "look_ahead",
    "Look-ahead",
    "Do the signals know the future?",
    "The history is cut at random candles, and all signals are computed again without what came "
    "after. Each must be what it was.",
    (
        Setting(
            "cuts",
            "Cuts",
            "int",
            CUTS_USUAL,
            "At how many candles the history is cut.",
            low=1,
            high=CUTS_MAX,
        ),
        SEED,
    ),
)
WARM_UP = Kind(
    "warm_up",
    "Warm-up",
    "How much past do the signals need?",
    "The last candles' signals are computed again with less and less history before them, until "
    "they become other ones.",
    (
        Setting(
            "scored",
            "Candles compared",
            "int",
            SCORED,
            "At the end of the history.",
            low=10,
            high=SCORED_MAX,
        ),
        Setting(
            "longest",
            "Longest warm-up",
            "int",
            1600,
            "Tried are 50, 100, 200 … candles up to this.",
            low=50,
            high=WARMUP_MAX,
        ),
    ),
)
MONTE_CARLO = Kind(
    "monte_carlo",
    "Monte Carlo",
    "How much of the result was luck?",
    "The trades of the run are played again and again: in another order, drawn anew with "
    "replacement, or with some of them missed.",
    (
        Setting(
            "method",
            "Change",
            "choice",
            Method.BOOTSTRAP.value,
            "order: shuffled; bootstrap: drawn with replacement; skip: some left out.",
            choices=tuple(method.value for method in Method),
        ),
        Setting(
            "paths",
            "Paths",
            "int",
            PATHS_USUAL,
            "How often they are played.",
            low=1,
            high=PATHS_MAX,
        ),
        Setting(
            "skip",
            "Chance to miss a trade",
            "float",
            0.1,
            "A fraction; of the change “skip” only.",
            low=0,
            high=0.99,
        ),
        SEED,
    ),
    on_trades=True,
)
SENSITIVITY = Kind(
    "sensitivity",
    "Sensitivity",
    "What is left when trading costs more, or orders come late?",
    "The run is repeated with one thing changed at a time; everything else stays as it was.",
    (
        Setting(
            "fee_factors",
            "Fee, times",
            "numbers",
            list(FEE_FACTORS),
            "2 is twice the fee of the run.",
            low=0,
            high=20,
        ),
        Setting(
            "slippages",
            "Slippage",
            "numbers",
            list(SLIPPAGES),
            "Fractions: 0.001 is 0.1 %.",
            low=0,
            high=0.09,
        ),
        Setting(
            "delays",
            "Delay, candles",
            "numbers",
            list(DELAYS),
            "How many candles later orders come.",
            low=0,
            high=100,
            whole=True,
        ),
    ),
    on_trades=True,
)
OUT_OF_SAMPLE = Kind(
    "out_of_sample",
    "Out of sample",
    "Does it hold on data that was kept back?",
    "The history is split in two. What the first part shows, or chooses, is tried on the second.",
    (
        Setting(
            "share",
            "Kept back",
            "float",
            0.3,
            "A fraction of the history, its end.",
            low=0.01,
            high=0.99,
        ),
        PARAMS,
        METRIC,
    ),
)
WALK_FORWARD = Kind(
    "walk_forward",
    "Walk-forward",
    "Would it have held as time went on?",
    "Again and again the past chooses, and the time right after it judges; the judging parts "
    "together are one history that nobody has looked at before.",
    (
        Setting(
            "mode",
            "Training",
            "choice",
            "rolling",
            "rolling: a window that moves on; anchored: everything since the start.",
            choices=("rolling", "anchored"),
        ),
        Setting("folds", "Windows", "int", 5, "How many.", low=1, high=FOLDS_MAX),
        Setting(
            "train_share",
            "Training part",
            "float",
            0.75,
            "A fraction of one window.",
            low=0.05,
            high=0.95,
        ),
        PARAMS,
        METRIC,
    ),
)
KINDS: dict[str, Kind] = {
    one.key: one
    for one in (LOOK_AHEAD, WARM_UP, MONTE_CARLO, SENSITIVITY, OUT_OF_SAMPLE, WALK_FORWARD)
}
