"""A rule strategy as a program of its own, in Python or JavaScript.

    program = generate(spec, "python", Options(symbol="BTC/USDT"))

python/ and javascript/ hold what the programs are made of, as real code: one function
`indicator_<key>` for each indicator of the registry, the helpers those call, trading on paper,
and the loop around it. A program gets the functions it needs and no other (pieces.py), and
between them what only this strategy has: its columns and its conditions (strategy_code.py).

To add an indicator, write `indicator_<key>` in both languages, with the arguments of the
registry's function and a list of its outputs; tests/codegen/test_indicators.py compares the two
with the registry's, and fails while one is missing.
"""

from bots.core.codegen.options import LANGUAGES, Options, read_options
from bots.core.codegen.program import Program, generate

__all__ = ["LANGUAGES", "Options", "Program", "generate", "read_options"]
