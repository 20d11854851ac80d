"""What the music experiment compares: features of snippets, and classifiers whose settings validation clips choose."""

import warnings
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from music_data import Clips, drawn_rows, split_clips
from sklearn.decomposition import PCA, sparse_encode
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from textsc import SparseCoding, SparseCodingClassifier

N_COMPONENTS = 128
BASIS = {"pair": "linear", "lam": 0.005, "prior_mean": 0.01, "init": "random", "epochs": 2, "batch_size": 512}
# What validation clips choose from, the same number for L1 and KL.
CHOICES: dict[str, tuple[float, ...]] = {
    "pca": (64, 128, 256),
    "l1": (0.01, 0.03, 0.1, 0.2),
    "kl": (0.005, 0.02, 0.05, 0.1),
    "raw": (0,),
}
# C of the classifier, by the number of snippets that it learns from.
STRENGTHS = {
    200: (0.01, 0.03, 0.1, 0.3),
    2_000: (0.001, 0.003, 0.01, 0.03),
    10_000: (0.0003, 0.001, 0.003, 0.01),
}
# Set on validation clips of two other draws (rates .001, .003).
THROUGH = {"learning_rate": 0.003, "unsupervised_weight": 1.0, "epochs": 6}
# Six sweeps: enough for 10,000 snippets, not for 200.
NETWORKS = tuple({"learning_rate_init": 0.001, "alpha": alpha, "max_iter": 6} for alpha in (1e-4, 1.0))
LAM_THROUGH = 0.02

Tell = Callable[[np.ndarray], np.ndarray]  # from features to probabilities of the classes


@dataclass(frozen=True, eq=False)
class Fold:
    """Rows to learn from, and which clips to tell."""

    rows: np.ndarray
    told: np.ndarray


class Codes:
    """Features of the labelled snippets, each made once, with a basis learned from the unlabelled ones.

    With ``cache``, a folder, they are kept there under ``name``.
    """

    def __init__(self, unlabelled: Clips, labelled: Clips, *, seed: int, cache: Path | None, name: str) -> None:
        self._unlabelled, self._labelled, self._seed = unlabelled.X, labelled.X, seed
        self._cache, self._name = cache, name
        self._model: SparseCoding | None = None

    @property
    def model(self) -> SparseCoding:
        """The model of codes with its basis."""
        if self._model is None:
            model = SparseCoding(N_COMPONENTS, random_state=self._seed, **BASIS)
            self._model = model.fit(self._unlabelled)
        return self._model

    def of(self, method: str, choice: float) -> np.ndarray:
        """Return the features of a method for a choice of its setting."""
        if method == "raw":
            return self._labelled
        kept = None if self._cache is None else self._cache / f"{self._name}_{method}_{choice:g}_{self._seed}.npy"
        if kept is not None and kept.exists():
            return np.load(kept)
        found = getattr(self, f"_{method}")(choice).astype(np.float32)
        if kept is not None:
            np.save(kept, found)
        return found

    def _pca(self, n_components: float) -> np.ndarray:
        n = min(int(n_components), *self._unlabelled.shape)
        return PCA(n, random_state=0).fit(self._unlabelled).transform(self._labelled)

    def _kl(self, lam: float) -> np.ndarray:
        return self.with_lam(lam).transform(self._labelled)

    def with_lam(self, lam: float) -> SparseCoding:
        """Return the model with another λ for its codes."""
        found = deepcopy(self.model)
        found.lam_ = lam
        return found

    def _l1(self, alpha: float) -> np.ndarray:
        # The same problem is solved by SparseCoding(prior="l1"), more slowly.
        rows, basis = self._labelled.astype(np.float64) / self.model.unit_, self.model.components_.astype(np.float64)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # gaps of 1e-7 remain
            return sparse_encode(rows, basis, algorithm="lasso_cd", alpha=alpha, positive=True)


def maxent(F: np.ndarray, y: np.ndarray, strengths: tuple[float, ...], *, tol: float = 1e-3) -> Iterator[Tell]:
    """Give a maximum-entropy classifier of standardised features for each C, in rising order."""
    scaler = StandardScaler().fit(F)
    A, model = scaler.transform(F).astype(np.float32), LogisticRegression(max_iter=1_000, tol=tol, warm_start=True)
    for C in sorted(strengths):
        model.set_params(C=C).fit(A, y)
        yield partial(_told, scaler, deepcopy(model))


def _told(scaler: StandardScaler, model: LogisticRegression, F: np.ndarray) -> np.ndarray:
    return model.predict_proba(scaler.transform(F))


def validation_folds(
    clips: Clips, train: np.ndarray, n_rows: int, *, n_folds: int, n_clips: int, by: str, seed: int
) -> list[Fold]:
    """Hold out some clips of each class of the training part, several times."""
    members = np.flatnonzero(train)
    part = Clips(clips.X[:0], clips.clip[:0], clips.labels[members], clips.tracks[members])
    found = []
    for number in range(n_folds):
        rng = np.random.default_rng([seed, number])
        held = np.zeros(len(train), dtype=bool)
        held[members[split_clips(part, n_clips, rng, by=by)]] = True
        found.append(Fold(drawn_rows(clips, train & ~held, n_rows, rng), held))
    return found


def best_maxent(
    codes: Codes, clips: Clips, method: str, folds: list[Fold], strengths: tuple[float, ...]
) -> tuple[float, float]:
    """Return the setting and the C with the highest mean snippet accuracy on the clips held out."""
    y, found = clips.y, {}
    for choice in CHOICES[method]:
        F = codes.of(method, choice)
        accuracies = np.zeros(len(strengths))
        for fold in folds:
            told = fold.told[clips.clip]
            for n, tell in enumerate(maxent(F[fold.rows], y[fold.rows], strengths, tol=1e-2)):
                accuracies[n] += np.mean(tell(F[told]).argmax(axis=1) == y[told])
        found |= {(choice, C): total for C, total in zip(sorted(strengths), accuracies, strict=True)}
    return max(found, key=lambda key: found[key])


def through(codes: Codes, clips: Clips, rows: np.ndarray, seed: int) -> SparseCodingClassifier:
    """Train the basis through the codes, from the unsupervised one."""
    start = FrozenEstimator(codes.with_lam(LAM_THROUGH))
    return SparseCodingClassifier(start, random_state=seed, **THROUGH).fit(clips.X[rows], clips.y[rows])


def network(clips: Clips, rows: np.ndarray, settings: dict, seed: int) -> Tell:
    """Train a network of one hidden layer, as wide as the basis, on standardised spectra."""
    scaler = StandardScaler().fit(clips.X[rows])
    model = MLPClassifier((N_COMPONENTS,), batch_size=min(256, len(rows)), random_state=seed, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(scaler.transform(clips.X[rows]), clips.y[rows])
    return lambda X: model.predict_proba(scaler.transform(X))


def best_of(settings: tuple[dict, ...], train: Callable[[dict, Fold], Tell], clips: Clips, folds: list[Fold]) -> dict:
    """Return the settings with the highest mean snippet accuracy on the clips held out."""

    def accuracy(one: dict, fold: Fold) -> float:
        told = fold.told[clips.clip]
        return float(np.mean(train(one, fold)(clips.X[told]).argmax(axis=1) == clips.y[told]))

    found = [np.mean([accuracy(one, fold) for fold in folds]) for one in settings]
    return settings[int(np.argmax(found))]
