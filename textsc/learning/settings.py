"""What a model is asked for, and what the values called "auto" mean on given data."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from textsc.arrays import to_device
from textsc.coding import PAIRS, PRIORS, MatchedPair, Objective
from textsc.learning.basis import Learner
from textsc.learning.rules import RULES, AdamRule
from textsc.learning.start import start_basis, start_rows, word_frequencies

__all__ = ["Settings", "automatic_schedule", "begin_learning"]

LAM = {"softmax": 4.0, "linear": 0.02}
LINEAR_PRIOR_MEAN = 0.01
ANCHOR = 0.01  # how strongly a basis is held to its start, beside the mean loss of a document


@dataclass(frozen=True)
class Settings:
    """A model as it is asked for; ``lam`` and ``prior_mean`` may be ``"auto"``.

    Examples
    --------
    >>> Settings(n_components=50).settled_prior_mean()
    0.1
    """

    n_components: int
    pair: str = "softmax"
    prior: str = "kl"
    lam: float | str = "auto"
    prior_mean: Any = "auto"
    positive: bool = True
    weighting: str = "poisson"
    background: bool = True
    init: Any = "nmf"
    learning_rate: float = 0.025
    counts: str = "raw"

    def matched(self) -> MatchedPair:
        """Return the pair."""
        return PAIRS[self.pair].build(counts=self.counts)

    def settled_lam(self, mean_length: float) -> float:
        """Return λ: 4 tokens' worth of prior for a document of text, 0.02 of the mean norm for sound."""
        if not isinstance(self.lam, str):
            return float(self.lam)
        lam = LAM[self.pair]
        return lam / mean_length if self.pair == "softmax" and self.weighting == "type" else lam

    def settled_prior_mean(self) -> Any:
        """Return p, a float or an array of shape (n_components,).

        Raises
        ------
        ValueError
            If an array has another shape.
        """
        if isinstance(self.prior_mean, str):
            return min(5.0 / self.n_components, 0.1) if self.pair == "softmax" else LINEAR_PRIOR_MEAN
        if np.ndim(self.prior_mean) == 0:
            return float(self.prior_mean)
        mean = np.asarray(self.prior_mean, dtype=np.float64)
        if mean.shape != (self.n_components,):
            raise ValueError(f"SparseCoding: prior_mean must have shape ({self.n_components},), got {mean.shape}.")
        return mean

    def objective(self, lam: float, prior_mean: Any) -> Objective:
        """Return the objective for settled values; an array of means has shape (n_components, 1)."""
        return Objective(
            self.matched(), PRIORS[self.prior].build(mean=prior_mean, positive=self.positive), lam, self.weighting
        )

    def learner(
        self, objective: Objective, background: np.ndarray, components: np.ndarray, *, dtype: Any, device: str = "cpu"
    ) -> Learner:
        """Return the learner of a basis, with the rate that is asked for, held to its start with ρ_v = 0.01 u_v."""
        rule = RULES[self.pair]
        if isinstance(rule, AdamRule):
            rule = replace(rule, rate=self.learning_rate)
        ridge = ANCHOR * word_frequencies(background)
        return Learner.begin(objective, background, components, dtype=dtype, rule=rule, ridge=ridge, device=device)

    def log_frequencies(self, X: Any) -> np.ndarray:
        """Return b0: the logarithm of the unigram frequencies of X, smoothed by half a token, or zeros."""
        if self.pair != "softmax" or not self.background:
            return np.zeros(X.shape[1])
        counts = np.asarray(X.sum(axis=0, dtype=np.float64)).ravel() + 0.5
        b0: np.ndarray = np.log(counts / counts.sum())
        return b0

    def start(self, X: Any, background: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return where Bᵀ starts: from rows of X, or the given basis.

        Raises
        ------
        ValueError
            If a given basis is not finite or has another shape.
        """
        if isinstance(self.init, str):
            if self.pair == "linear":
                return start_rows(X, self.n_components, method=self.init, rng=rng)
            return start_basis(X, self.n_components, background, method=self.init, rng=rng)
        components = np.asarray(self.init, dtype=np.float64)
        shape = (self.n_components, X.shape[1])
        if components.shape != shape:
            raise ValueError(f"SparseCoding: init must be finite, of shape {shape}; got shape {components.shape}.")
        wrong = np.argwhere(~np.isfinite(components))
        if len(wrong):
            topic, column = wrong[0]
            raise ValueError(
                f"SparseCoding: init must be finite, got {components[topic, column]} in topic {topic}, column {column}."
            )
        return components


def automatic_schedule(n_documents: int) -> tuple[int, int]:
    """Return (epochs, batch_size): about 440 steps, in minibatches of 64 to 512 documents, 3 to 40 epochs.

    A small corpus is overfitted by many epochs: at most one for every 8 documents, but 5.

    Examples
    --------
    >>> automatic_schedule(11_314), automatic_schedule(2_000), automatic_schedule(300)
    ((19, 512), (40, 256), (37, 64))
    """
    batch_size = int(2 ** np.clip(np.round(np.log2(max(n_documents, 1) / 8)), 6, 9))
    steps_an_epoch = max(1, -(-n_documents // batch_size))
    most = int(np.clip(n_documents // 8, 5, 40))
    return int(np.clip(round(440 / steps_an_epoch), 3, most)), batch_size


def begin_learning(
    settings: Settings, X: Any, *, rng: np.random.Generator, device: str = "cpu"
) -> tuple[Learner, Any, np.ndarray, float, Any]:
    """Settle everything on the first data, and start a basis.

    Parameters
    ----------
    settings : Settings
    X : array or CSR array of shape (n_documents, n_features)
    rng : numpy.random.Generator
    device : {"cpu", "cuda"}
        Where the learner works; the start is found on the host.

    Returns
    -------
    learner : Learner
    rows : X as the loss takes it
        See `MatchedPair.prepare`.
    n_tokens : array of shape (n_documents,)
    unit : float
    prior_mean : float or array of shape (n_components,)

    Raises
    ------
    ValueError
        If no row holds a token.

    Examples
    --------
    >>> import numpy as np, scipy.sparse as sp
    >>> learner, rows, n_tokens, unit, p = begin_learning(
    ...     Settings(1), sp.csr_array([[1.0, 3.0]]), rng=np.random.default_rng(0))
    >>> rows.toarray().tolist(), n_tokens.tolist(), unit, p
    ([[0.25, 0.75]], [4.0], 1.0, 0.1)
    """
    pair = settings.matched()
    unit = pair.unit(X)
    rows, n_tokens = pair.prepare(X, unit)
    known = np.flatnonzero(n_tokens > 0)
    if len(known) == 0:
        raise ValueError(f"SparseCoding: none of the {X.shape[0]} rows holds a token: nothing can be learned.")
    prior_mean = settings.settled_prior_mean()
    mean = prior_mean if isinstance(prior_mean, float) else to_device(prior_mean.astype(X.dtype)[:, None], device)
    objective = settings.objective(settings.settled_lam(float(n_tokens[known].mean())), mean)
    counted = pair.counted(X)
    background = settings.log_frequencies(counted)
    components = settings.start((counted if settings.pair == "softmax" else rows)[known], background, rng)
    learner = settings.learner(objective, background, components, dtype=X.dtype, device=device)
    return learner, rows, n_tokens, unit, prior_mean
