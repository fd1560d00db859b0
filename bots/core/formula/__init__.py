"""Formulas: "(high + low) / 2 - ema(close, 20)" -> a small typed tree -> a column.

The grammar (docs/formulas.md) knows columns, numbers, operators, a few functions and every
indicator of the registry. Nothing is ever handed to Python: what the grammar does not know is a
FormulaError that says where and what to write instead. Tree: nodes.py; whoever wants something
else of it than values (generated code, say) writes another Visitor.
"""

from bots.core.formula.evaluate import evaluate
from bots.core.formula.nodes import Node, Visitor, fold, indicator_calls
from bots.core.formula.parser import parse
from bots.core.formula.text import to_text
from bots.core.formula.tokens import LENGTH_MAX, FormulaError
from bots.core.formula.warmup import warmup

__all__ = [
    "LENGTH_MAX",
    "FormulaError",
    "Node",
    "Visitor",
    "evaluate",
    "fold",
    "indicator_calls",
    "parse",
    "to_text",
    "warmup",
]
