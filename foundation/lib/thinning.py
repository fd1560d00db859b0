"""Fewer points for a chart, without losing a peak."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

CHART_POINTS_MAX = 2000


def thin(values: NDArray[np.float64], points_max: int = CHART_POINTS_MAX) -> NDArray[np.int64]:
    """Indexes of at most `points_max` points that keep every bucket's lowest and highest.

    The first and the last point stay, so a chart begins and ends where the run does.
    """
    count = values.shape[0]
    if count <= points_max:
        return np.arange(count, dtype=np.int64)
    buckets = (points_max - 2) // 2
    edges = np.linspace(0, count, buckets + 1).astype(np.int64)
    kept = {0, count - 1}
    for first, after in pairwise(edges.tolist()):
        part = values[first:after]
        kept.update((first + int(part.argmin()), first + int(part.argmax())))
    return np.array(sorted(kept), dtype=np.int64)
