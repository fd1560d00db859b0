"""Conditions as a little program that compiled code runs over blocks of candles.

The same flags as bots.core.strategy.evaluate, which says what they mean; here without the
interpreter's lock and without whole columns in between, because a sweep evaluates hundreds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from backtesting.core.chunks import readonly
from backtesting.core.compiled import compiled, jitable
from bots.core.engine.series import Codes, Floats, Ints
from bots.core.indicators import Column
from bots.core.strategy.conditions import Comparison, Condition, Group
from bots.core.strategy.operands import Operand

# Blocks small enough to stay in the nearest cache while several instructions read them.
BLOCK_CANDLES = 4096
# Columns that one set of conditions may read here; compiled code knows their number.
COLUMNS_MAX = 16
GREATER, GREATER_EQUAL, LESS, LESS_EQUAL, EQUAL, NOT_EQUAL, ABOVE, BELOW = range(8)
AND, OR, NOT, MOVING, WRITE = 8, 9, 10, 11, 12
OPS = {
    ">": GREATER, ">=": GREATER_EQUAL, "<": LESS, "<=": LESS_EQUAL, "==": EQUAL, "!=": NOT_EQUAL,
    "crosses_above": ABOVE, "crosses_below": BELOW,
}  # fmt: skip
# Columns of an instruction. ARGUMENT: steps to move, or the bit to write.
OP, LEFT, LEFT_BACK, RIGHT, RIGHT_BACK, ARGUMENT = range(6)
NUMBER = -1  # instead of a column: the number beside the instruction


class Program(NamedTuple):
    """Instructions in the order they run, and the columns they read.

    steps: int64[k, 6]. numbers: float64[k, 2], left and right. depth: flags held at once.
    """

    steps: Ints
    numbers: Floats
    columns: tuple[Column, ...]
    depth: int


class Scratch(NamedTuple):
    """Room for one block. flags: uint8[depth, block]; runs: candles each MOVING has lasted.

    numbers: a number as a column, left and right; shown: the same room, read only.
    """

    flags: NDArray[np.uint8]
    runs: Ints
    numbers: Floats
    shown: Floats


@dataclass(slots=True)
class Compiler:
    """Condition trees -> Program. columns: every column by operand name."""

    columns: Mapping[str, Column]
    steps: list[tuple[int, ...]] = field(default_factory=list)
    numbers: list[tuple[float, float]] = field(default_factory=list)
    used: dict[str, int] = field(default_factory=dict)
    height: int = 0
    depth: int = 1

    def program(self, *trees: Condition | None) -> Program | None:
        """Flags of the trees in bits 0, 1, 2 ... ; None where they read too many columns."""
        for bit, tree in enumerate(trees):
            if tree is not None:
                self.condition(tree)
                self.add(WRITE, argument=bit, height=-1)
        if len(self.used) > COLUMNS_MAX:
            return None
        columns = [readonly(self.columns[name]) for name in self.used]
        columns += [readonly(np.empty(0))] * (COLUMNS_MAX - len(columns))
        return Program(
            steps=np.array(self.steps, np.int64).reshape(-1, 6),
            numbers=np.array(self.numbers, np.float64).reshape(-1, 2),
            columns=tuple(columns),
            depth=self.depth,
        )

    def condition(self, tree: Condition) -> None:
        if not isinstance(tree, Group):
            self.comparison(tree)
            return
        self.condition(tree.items[0])
        if tree.kind == "not":
            self.add(NOT, height=0)
        for item in tree.items[1:]:
            self.condition(item)
            self.add(AND if tree.kind == "all" else OR, height=-1)

    def comparison(self, one: Comparison) -> None:
        if one.op == "between":
            self.compare(">=", one.left, one.low)
            self.compare("<=", one.left, one.high)
            self.add(AND, height=-1)
        elif one.op in ("rising", "falling"):
            older = Operand(one.left.name, one.left.offset + 1)
            self.compare(">" if one.op == "rising" else "<", one.left, older)
            self.add(MOVING, argument=one.n or 1, height=0)
        else:
            self.compare(one.op, one.left, one.right)

    def compare(self, op: str, left: Operand, right: Operand | None) -> None:
        assert right is not None
        self.add(OPS[op], left, right, height=1)

    def add(
        self,
        op: int,
        left: Operand | None = None,
        right: Operand | None = None,
        *,
        argument: int = 0,
        height: int,
    ) -> None:
        """One instruction. height: by how much it makes the stack of flags grow."""
        sides = [self.place(operand) for operand in (left, right)]
        self.steps.append((op, *sides[0][:2], *sides[1][:2], argument))
        self.numbers.append((sides[0][2], sides[1][2]))
        self.height += height
        self.depth = max(self.depth, self.height)

    def place(self, operand: Operand | None) -> tuple[int, int, float]:
        """(column or NUMBER, candles back, number)"""
        if operand is None or operand.is_number:
            return NUMBER, 0, 0.0 if operand is None else operand.number
        return self.used.setdefault(operand.name, len(self.used)), operand.offset, 0.0


def scratch_for(program: Program) -> Scratch:
    numbers = np.empty((2, BLOCK_CANDLES + 1))
    return Scratch(
        flags=np.empty((program.depth, BLOCK_CANDLES), np.uint8),
        runs=np.zeros(len(program.steps), np.int64),
        numbers=numbers,
        shown=readonly(numbers),
    )


@jitable
def compare_block(op: int, left: Floats, right: Floats, flags: NDArray[np.uint8]) -> None:
    """left op right, candle by candle; false where either is NaN, != too."""
    n = flags.shape[0]
    if op == GREATER:
        for k in range(n):
            flags[k] = left[k] > right[k]
    elif op == GREATER_EQUAL:
        for k in range(n):
            flags[k] = left[k] >= right[k]
    elif op == LESS:
        for k in range(n):
            flags[k] = left[k] < right[k]
    elif op == LESS_EQUAL:
        for k in range(n):
            flags[k] = left[k] <= right[k]
    elif op == EQUAL:
        for k in range(n):
            flags[k] = left[k] == right[k]
    elif op == NOT_EQUAL:
        for k in range(n):
            flags[k] = (left[k] < right[k]) | (left[k] > right[k])
    elif op == ABOVE:
        for k in range(n):
            flags[k] = (left[k + 1] > right[k + 1]) & (left[k] <= right[k])
    elif op == BELOW:
        for k in range(n):
            flags[k] = (left[k + 1] < right[k + 1]) & (left[k] >= right[k])


@jitable
def combine_block(op: int, flags: NDArray[np.uint8], other: NDArray[np.uint8]) -> None:
    """flags and other, flags or other, or not flags, in place."""
    if op == AND:
        for k in range(flags.shape[0]):
            flags[k] = flags[k] & other[k]
    elif op == OR:
        for k in range(flags.shape[0]):
            flags[k] = flags[k] | other[k]
    else:
        for k in range(flags.shape[0]):
            flags[k] = flags[k] ^ np.uint8(1)


@jitable
def write_block(bit: int, flags: NDArray[np.uint8], codes: Codes) -> None:
    """Each flag into its bit of the codes."""
    weight = np.uint8(1 << bit)
    for k in range(flags.shape[0]):
        codes[k] = codes[k] | (flags[k] * weight)


@jitable
def moved_for(steps: int, run: int, flags: NDArray[np.uint8]) -> int:
    """Flag -> whether it and those before it were set `steps` times in a row; the run so far."""
    for k in range(flags.shape[0]):
        run = run + 1 if flags[k] != 0 else 0
        flags[k] = run >= steps
    return run


@jitable
def compare_step(
    number: int, first: int, program: Program, scratch: Scratch, flags: NDArray[np.uint8]
) -> None:
    """One comparison over the block that begins at candle `first`."""
    step, values, size = program.steps[number], program.numbers[number], flags.shape[0]
    # A cross also reads the candle before.
    more = 1 if step[OP] >= ABOVE else 0
    skip = min(size, max(0, more + max(step[LEFT_BACK], step[RIGHT_BACK]) - first))
    flags[:skip] = 0
    if skip == size:
        return
    start, left, right = first + skip - more, scratch.shown[0], scratch.shown[1]
    if step[LEFT] >= 0:
        left = program.columns[step[LEFT]][start - step[LEFT_BACK] :]
    else:
        scratch.numbers[0, :] = values[0]
    if step[RIGHT] >= 0:
        right = program.columns[step[RIGHT]][start - step[RIGHT_BACK] :]
    else:
        scratch.numbers[1, :] = values[1]
    compare_block(step[OP], left, right, flags[skip:])


@compiled
def codes_nb(program: Program, scratch: Scratch, codes: Codes) -> None:
    """The trees' flags of every candle, a bit each."""
    for first in range(0, codes.shape[0], BLOCK_CANDLES):
        block = codes[first : first + BLOCK_CANDLES]
        block[:] = 0
        size, top = block.shape[0], -1
        for number in range(program.steps.shape[0]):
            op, argument = program.steps[number, OP], program.steps[number, ARGUMENT]
            top += 1 if op <= BELOW else 0
            flags = scratch.flags[top, :size]
            if op <= BELOW:
                compare_step(number, first, program, scratch, flags)
            elif op == NOT:
                combine_block(op, flags, flags)
            elif op <= OR:
                top -= 1
                combine_block(op, scratch.flags[top, :size], flags)
            elif op == MOVING:
                scratch.runs[number] = moved_for(argument, scratch.runs[number], flags)
            else:
                write_block(argument, flags, block)
                top -= 1


def codes_of(program: Program, n: int, codes: Codes | None = None) -> Codes:
    """Flags of `n` candles, a bit for each tree; written into `codes` where that is given."""
    made = np.empty(n, np.uint8) if codes is None else codes
    codes_nb(program, scratch_for(program), made)
    return made
