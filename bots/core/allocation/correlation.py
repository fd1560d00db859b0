"""How alike the assets move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bots.core.allocation.assets import Assets, Floats


@dataclass(frozen=True, slots=True, eq=False)
class Correlation:
    """matrix[i, j]: Pearson, of returns, between names[i] and names[j]; alike ones adjoin."""

    names: tuple[str, ...]
    matrix: Floats

    @property
    def mean(self) -> float:
        """Of all pairs."""
        upper = np.triu_indices(len(self.names), k=1)
        return float(self.matrix[upper].mean())


def correlation(assets: Assets) -> Correlation:
    """In the order of a hierarchical clustering, by the distance sqrt((1 - correlation) / 2).

    An asset that did not move is like none: 0.
    """
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    with np.errstate(divide="ignore", invalid="ignore"):
        matrix = np.clip(np.nan_to_num(np.corrcoef(assets.returns, rowvar=False)), -1.0, 1.0)
    np.fill_diagonal(matrix, 1.0)
    distance = np.sqrt((1 - matrix) / 2)
    np.fill_diagonal(distance, 0.0)
    order = leaves_list(linkage(squareform(distance, checks=False), "average"))
    names = tuple(assets.names[i] for i in order)
    return Correlation(names, matrix[np.ix_(order, order)])
