"""One formula, two number types: what the money functions of the cores are written over.

A function over `N` uses + - * / and comparisons only, so that the paper venue runs it on Decimal,
the reference simulator on float, and numba compiles the same source for the kernel.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TypeVar

N = TypeVar("N", float, Decimal)
