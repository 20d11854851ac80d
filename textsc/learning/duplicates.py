"""Columns of a basis that are the same: they share one prior mean, so that a column given twice changes nothing."""

from collections import Counter
from typing import Any

import numpy as np

__all__ = ["shared_mean"]


def shared_mean(components: np.ndarray, mean: Any) -> Any:
    """Return p, for each of n equal columns p/n.

    Two KL penalties with mean p on w/2 each are one with mean 2p on w: with p on both copies of a column the sum of
    their weights would grow; with p/2 it is the weight that the column has alone, and it is split evenly (in
    proportion to their p where those differ). The same holds for the signed KL prior.

    Parameters
    ----------
    components : array of shape (n_components, n_features)
    mean : float or array of shape (n_components,)
        p.

    Returns
    -------
    float or array of shape (n_components,)
        ``mean`` itself where no two columns are the same.

    Examples
    --------
    >>> shared_mean(np.array([[1.0, 0.0], [0.6, 0.8], [1.0, 0.0]]), 0.01).tolist()
    [0.005, 0.01, 0.005]
    >>> shared_mean(np.eye(2), 0.01)
    0.01
    """
    columns = [column.tobytes() for column in components + 0.0]  # so that -0 is 0
    times = Counter(columns)
    if len(times) == len(columns):
        return mean
    return mean / np.array([float(times[column]) for column in columns])
