"""What the classifier and the regressor share: topics of words and of labels, a head, training through the codes."""

from collections.abc import Callable
from copy import deepcopy
from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar, Self, TypeAlias

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin, clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from textsc.coding import Codes, LegendrePrior
from textsc.estimators.inputs import checked_rows, generator, print_progress
from textsc.estimators.labelled import HELD_OUT, Labelled, add_topics, cross_fitted_codes, parts_of
from textsc.estimators.sparse_coding import CODE_FIELDS, SparseCoding
from textsc.execution import count_threads, open_executor
from textsc.learning import Progress
from textsc.learning.crosswise import tune_crosswise
from textsc.learning.heads import Head
from textsc.learning.plan import Examples, Plan, Tuned
from textsc.learning.supervised import tune_basis

__all__ = ["CONSTRAINTS", "PARAMETERS", "SupervisedCoding"]

CONSTRAINTS: dict[str, list[Any]] = {
    "init": [HasMethods(["fit"]), "array-like", None],
    "smoothing": [Interval(Real, 0, None, closed="neither")],
    "cross_fit": [Interval(Integral, 0, 100, closed="both"), StrOptions({"auto"})],
    "epochs": [Interval(Integral, 0, None, closed="left")],
    "batch_size": [Interval(Integral, 1, None, closed="left")],
    "learning_rate": [Interval(Real, 0, None, closed="neither")],
    "unsupervised_weight": [Interval(Real, 0, None, closed="left")],
    "validation_fraction": [Interval(Real, 0, 0.9, closed="left")],
    "n_jobs": [Integral, None],
    "random_state": ["random_state"],
    "verbose": ["verbose"],
}
# Beside `init`: what a model file keeps.
PARAMETERS = (
    "label_topics",
    "smoothing",
    "cross_fit",
    "epochs",
    "batch_size",
    "learning_rate",
    "unsupervised_weight",
    "validation_fraction",
    "random_state",
)
# Topics learned without labels know the documents of a small corpus by heart; a class's topic that was counted without
# a document then says what the document is not. Measured, accuracy or R² with cross-fitting and without, by documents a
# class or group of ratings: BBC 60: .80, .96; 160: .96, .97; 250: .97, .98. 20 Newsgroups 50: .73, .77; 150: .84, .83;
# 400: .875, .872. Reviews 50: .01, .36; 100: .37, .44; 200: .44, .45; 400: .60, .53.
PARTS, ENOUGH = 5, 250
HEAD_RATE = 0.3  # of the rate of the basis
HEAD_ARRAYS = ("weights", "intercept", "location", "scale")
ROOTS = True  # whether the head sees roots of weights too (movies, validation part: R² .610 to .618 untrained)
Report: TypeAlias = Callable[[Progress], None] | None


class SupervisedCoding(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Topics trained through their codes, under a linear head: see `SparseCodingClassifier`."""

    init: Any
    label_topics: Any
    smoothing: float
    cross_fit: int | str
    epochs: int
    batch_size: int
    learning_rate: float
    unsupervised_weight: float
    validation_fraction: float
    n_jobs: int | None
    random_state: Any
    verbose: int
    model_: SparseCoding
    head_: Head
    coef_: np.ndarray
    intercept_: np.ndarray
    _teaches: bool = False  # whether documents without a label are told one
    # Where labels have topics: whether those are trained, and the others stay, or the other way round. The head stays.
    _labels_move: ClassVar[bool] = True

    def __sklearn_tags__(self) -> Any:
        """Declare sparse, non-negative input."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.positive_only = True
        return tags

    @property
    def _n_features_out(self) -> int:
        return int(self.model_.components_.shape[0])

    @property
    def _owner(self) -> str:
        return type(self).__name__

    def _printed(self) -> Callable[[Progress], None] | None:
        return partial(print_progress, owner=self._owner) if self.verbose else None

    def _weights(self, X: Any, sample_weight: Any) -> np.ndarray:
        weights: np.ndarray = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        return weights

    def _topics(self, X: Any, rng: np.random.Generator, report: Callable[[Progress], None] | None) -> SparseCoding:
        """Return the fitted model that ``init`` stands for, as a copy of its own."""
        init = self.init.estimator if isinstance(self.init, FrozenEstimator) else self.init
        seed = int(rng.integers(2**31))
        if init is None:
            init = SparseCoding(random_state=seed)
        elif not hasattr(init, "fit"):
            basis = np.asarray(init, dtype=np.float64)
            init = SparseCoding(len(basis), init=basis, random_state=seed)
        if not isinstance(init, SparseCoding):
            raise TypeError(f"{self._owner}: init must be a SparseCoding, or an array; got {type(init).__name__}.")
        model = deepcopy(init) if hasattr(init, "components_") else clone(init)
        if not hasattr(model, "components_") and model.random_state is None:
            model.set_params(random_state=seed)
        model.set_params(n_jobs=self.n_jobs)
        if not hasattr(model, "components_"):
            model._fit(X, report=report)
        return model

    def _train(self, X: Any, labelled: Labelled, head: type[Head], *, unlabelled: Any, report: Report = None) -> Codes:
        """Fit topics, then the head, then train topics beneath it; return the codes of X in the trained basis."""
        rng = generator(self.random_state)
        more = None if unlabelled is None else checked_rows(self, unlabelled, reset=False)
        model = self._topics(X if more is None else sp.vstack([sp.csr_array(X), sp.csr_array(more)]), rng, report)
        n_rows, rows = X.shape[0], model._check(X, reset=False)
        self._check_derivative(model)
        if more is not None and self._teaches:
            rows, labelled = labelled.taught(model, rows, model._check(more, reset=False), smoothing=self.smoothing)
        part, n_parts = parts_of(rows.shape[0], self._n_parts(*labelled.groups.shape), rng)
        part[rng.permutation(n_rows)[: int(self.validation_fraction * n_rows)]] = HELD_OUT  # by labels that were given
        n_unsupervised = len(model.components_)
        offsets = add_topics(model, rows, labelled, part=part, n_parts=n_parts, smoothing=self.smoothing)
        moving = self._moving(len(model.components_), n_unsupervised)
        with open_executor(count_threads(self.n_jobs)) as run:
            W, training = cross_fitted_codes(model, rows, part, offsets, run), part != HELD_OUT
            fitted = labelled.fit_head(head, W, training, roots=ROOTS, pair=model.pair)
            components, self.n_left_out_ = model.components_, 0
            if self.epochs:
                # What was told a label made topics and head; training is on labels that were given.
                given, others = labelled.first(n_rows), more if self.unsupervised_weight else None
                examples = given.examples(model, rows[:n_rows], part[:n_rows], others, rng)
                tune = self._trainer(model, fitted, examples, offsets, moving, rng, run)
                crosswise = moving is not None and not self._labels_move and n_parts > 1
                tuned, differences = tune_crosswise(tune, n_parts, report) if crosswise else (tune(None, report), None)
                components, fitted, self.n_left_out_ = tuned.components, tuned.head, tuned.n_left_out
                if differences is not None:
                    differences[:, n_unsupervised:] += offsets
                    W = cross_fitted_codes(model, rows, part, differences, run, components=components)
                    fitted = labelled.fit_head(head, W, training, roots=ROOTS, pair=model.pair)
        codes = model._replace_basis(components, rows)
        self.model_, self.head_ = model, fitted
        return Codes(*(getattr(codes, name)[:n_rows] for name in CODE_FIELDS))

    def _moving(self, n_components: int, n_unsupervised: int) -> np.ndarray | None:
        """Say which topics are trained, where labels have topics; else None: all are, and the head."""
        of_labels = np.arange(n_components) >= n_unsupervised
        return (of_labels if self._labels_move else ~of_labels) if of_labels.any() else None

    def _trainer(
        self,
        model: SparseCoding,
        head: Head,
        examples: Examples,
        offsets: np.ndarray,
        moving: np.ndarray | None,
        rng: np.random.Generator,
        run: Any,
    ) -> Callable[[int | None, Report], Tuned]:
        """Return what trains through the code, on all parts of the documents or all but one."""
        held = examples.take(examples.part == HELD_OUT)
        training = examples.take(examples.part != HELD_OUT)

        def tune(without: int | None, report: Report) -> Tuned:
            return tune_basis(
                model._objective(training.lam_d.dtype, model.device),
                model.components_,
                model.background_,
                head,
                training if without is None else training.take(training.part != without),
                plan=self._plan(head_moves=moving is None),
                rng=rng,
                run=run,
                offsets=offsets,
                moving=moving,
                validation=held if held.weights.any() else None,  # few documents may leave none to hold out
                report=report,
                device=model.device,
            )

        return tune

    def _n_parts(self, n_documents: int, n_groups: int) -> int:
        if isinstance(self.cross_fit, str):
            return PARTS if n_groups and n_documents >= ENOUGH * n_groups else 0
        return self.cross_fit

    def _check_derivative(self, model: SparseCoding) -> None:
        prior = model._objective(np.float64, "cpu").prior
        if self.epochs and not isinstance(prior, LegendrePrior):
            raise TypeError(
                f"{self._owner}: codes under the prior {prior.name!r} have no derivative; take 'kl' or 'signed_kl', or "
                "epochs=0 for codes as they are."
            )

    def _plan(self, *, head_moves: bool) -> Plan:
        return Plan(
            epochs=self.epochs,
            batch_size=self.batch_size,
            rate=self.learning_rate,
            head_rate=HEAD_RATE * self.learning_rate if head_moves else 0.0,
            unsupervised=self.unsupervised_weight,
        )

    def transform(self, X: Any) -> np.ndarray:
        """Return the codes of documents, of shape (n_documents, n_components)."""
        check_is_fitted(self)
        return self.model_.transform(checked_rows(self, X, reset=False))

    def _state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Return what a model file holds, but what is the classifier's or the regressor's own."""
        check_is_fitted(self)
        arrays, settings = self.model_.to_state()
        params = {name: getattr(self, name) for name in PARAMETERS}
        if not isinstance(params["random_state"], Integral):
            params["random_state"] = None
        head = {f"head.{name}": getattr(self.head_, name) for name in HEAD_ARRAYS}
        return {**arrays, **head}, {**settings, "head": params}

    @classmethod
    def _from_state(
        cls, arrays: dict[str, np.ndarray], settings: dict[str, Any], head: type[Head], n_outputs: int
    ) -> Self:
        model = SparseCoding.from_state(arrays, settings)
        found = cls(FrozenEstimator(model), **settings["head"])
        weights, intercept, location, scale = (arrays[f"head.{name}"] for name in HEAD_ARRAYS)
        found.model_, found.head_ = model, head(weights, intercept, location, scale, ROOTS)
        n_features = (2 if ROOTS else 1) * len(model.components_)
        shapes = ((n_outputs, n_features), (n_outputs,), (n_features,), (n_features,))
        for name, shape in zip(HEAD_ARRAYS, shapes, strict=True):
            array = getattr(found.head_, name)
            if array.shape != shape:
                raise ValueError(f"the {name} of the head has shape {array.shape}, but {shape} is needed")
            if not np.isfinite(array).all() or (name == "scale" and not (array > 0).all()):
                raise ValueError(f"the {name} of the head holds values that are not finite and sound")
        found.n_features_in_ = model.n_features_in_
        if hasattr(model, "feature_names_in_"):
            found.feature_names_in_ = model.feature_names_in_
        return found
