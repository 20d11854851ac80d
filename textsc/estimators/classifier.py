"""`SparseCodingClassifier`: a classifier of documents whose topics are trained through their codes."""

from collections.abc import Callable
from copy import deepcopy
from functools import partial
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    _fit_context,
    clone,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.utils import check_array
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_y, check_consistent_length, check_is_fitted, validate_data

from textsc.coding import Codes, LegendrePrior
from textsc.estimators.inputs import generator, print_progress
from textsc.estimators.sparse_coding import SparseCoding
from textsc.execution import count_threads, open_executor
from textsc.learning import Progress
from textsc.learning.supervised import Head, tune_basis

__all__ = ["SparseCodingClassifier"]

PARAMETERS = ("epochs", "batch_size", "learning_rate", "random_state")  # beside `init`: what a model file keeps
STRENGTH = 1.0  # C of the logistic regression that the head starts from


class SparseCodingClassifier(ClassNamePrefixFeaturesOutMixin, ClassifierMixin, TransformerMixin, BaseEstimator):
    """Classify documents by their topic codes, with topics trained through the codes.

    A basis is learned without labels, a softmax classifier is fitted to the codes, and then both are trained together
    on the cross-entropy: the code ŵ is a differentiable function of the basis, by the implicit derivative of its
    optimality condition (supplement, eq. 12).

    Parameters
    ----------
    init : None, SparseCoding, FrozenEstimator or array of shape (n_components, n_features), default=None
        Where the topics come from; pair, prior, λ and p are its own. None: a default `SparseCoding` is fitted. An
        estimator that is not fitted is fitted on X; a fitted one is copied. ``FrozenEstimator(model)`` is the same for
        a fitted model and stays fitted under `clone`, so it is the form for a grid search. An array is a basis to
        start learning from. ``init`` itself is never changed.
        The number of topics is that of ``init``: ``SparseCodingClassifier(SparseCoding(20))``.
    epochs : int, default=4
        Sweeps through the codes; 0 leaves the topics as they are and fits the classifier only.
    batch_size : int, default=256
    learning_rate : float, default=0.01
        Step of Adam on the basis, falling linearly to 0.
    n_jobs : int or None, default=None
        Threads; -1 for all cores. Bytes do not depend on it.
    random_state : int, RandomState or None, default=None
    verbose : int, default=0
        Above 0, progress is printed.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
    model_ : SparseCoding
        The topics after training: still a topic model, with all its methods.
    coef_ : array of shape (n_classes, n_components)
        How much a unit of each topic's weight speaks for each class, in log-odds.
    intercept_ : array of shape (n_classes,)

    Raises
    ------
    ValueError
        If a label is missing, there is one class only, or X is refused by `SparseCoding`.
    TypeError
        If the codes of ``init`` have no derivative (L1, L2 and uniform priors).

    References
    ----------
    Bradley and Bagnell (2008), section 3.3; the supplement, section C.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.repeat([[9, 6, 0, 0], [0, 0, 7, 8]], 20, axis=0)
    >>> y = np.repeat(["sport", "law"], 20)
    >>> model = SparseCodingClassifier(SparseCoding(2, random_state=0), random_state=0).fit(X, y)
    >>> model.predict([[3, 2, 0, 0]]).tolist()
    ['sport']
    """

    _parameter_constraints = {  # noqa: RUF012 (scikit-learn's own protocol)
        "init": [HasMethods(["fit"]), "array-like", None],
        "epochs": [Interval(Integral, 0, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        init: Any = None,
        *,
        epochs: int = 4,
        batch_size: int = 256,
        learning_rate: float = 0.01,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.init = init
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def __sklearn_tags__(self) -> Any:
        """Declare sparse, non-negative input; counts are meant, so clouds of points are classified poorly."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.positive_only = True
        tags.classifier_tags.poor_score = True
        return tags

    @property
    def _n_features_out(self) -> int:
        return int(self.model_.components_.shape[0])

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any) -> Self:
        """Learn topics where there are none yet, then train topics and classifier together.

        Parameters
        ----------
        X : array or sparse array of shape (n_documents, n_features)
            Counts (softmax pair) or spectra (linear).
        y : array-like of shape (n_documents,)
            Labels: strings or integers.

        Returns
        -------
        SparseCodingClassifier
            Itself.
        """
        codes = self._fit(X, y, report=partial(print_progress, owner=type(self).__name__) if self.verbose else None)
        self.model_._warn_of_open(codes)
        return self

    def _fit(self, X: Any, y: Any, report: Callable[[Progress], None] | None = None) -> Codes:
        """Fit, and return the codes of X in the trained basis."""
        X = validate_data(self, X, accept_sparse="csr", dtype=[np.float32, np.float64])
        self.classes_, labels = self._labels(X, y)
        rng = generator(self.random_state)
        model = self._topics(X, rng, report)
        rows = model._check(X, reset=False)
        objective = model._objective(rows.dtype, "cpu")
        if self.epochs and not isinstance(objective.prior, LegendrePrior):
            raise TypeError(
                f"SparseCodingClassifier: codes under the prior {objective.prior.name!r} have no derivative; take "
                "'kl' or 'signed_kl', or epochs=0 for codes as they are."
            )
        codes = model._certified(rows, warn=False)
        W = codes.W
        head = self._start(W, labels)
        if self.epochs:
            data, n_tokens = objective.pair.prepare(rows, model.unit_)
            known = np.flatnonzero(n_tokens > 0)
            with open_executor(count_threads(self.n_jobs)) as run:
                components, head = tune_basis(
                    objective,
                    model.components_,
                    model.background_,
                    head,
                    data[known],
                    objective.strength(n_tokens[known]).astype(W.dtype),
                    labels[known],
                    epochs=self.epochs,
                    batch_size=self.batch_size,
                    rate=self.learning_rate,
                    rng=rng,
                    run=run,
                    report=report,
                )
            codes = model._replace_basis(components, rows)
        self.model_ = model
        self.coef_, self.intercept_ = head.on_codes()
        return codes

    def _labels(self, X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
        if y is None:
            raise ValueError(
                "SparseCodingClassifier requires y to be passed, but the target y is None: labels are needed."
            )
        missing = [i for i, label in enumerate(np.asarray(y, dtype=object).ravel()) if label is None]
        if missing:
            raise ValueError(
                f"SparseCodingClassifier: every row needs a label, but {len(missing)} have none, the first is row "
                f"{missing[0]}; leave them out."
            )
        kinds = {type(label).__name__ for label in np.asarray(y, dtype=object).ravel()}
        if "str" in kinds and len(kinds - {"str_"}) > 1:
            raise ValueError(
                f"SparseCodingClassifier: labels must be of one kind, got {', '.join(sorted(kinds))}; write them alike."
            )
        y = check_array(y, ensure_2d=False, dtype=None) if not hasattr(y, "dtype") else y
        y = _check_y(y, multi_output=False, y_numeric=False, estimator=self)
        check_classification_targets(y)
        check_consistent_length(X, y)
        classes, labels = np.unique(y, return_inverse=True)
        if len(classes) < 2:
            raise ValueError(
                f"SparseCodingClassifier: at least two classes are needed, the data have one class only: "
                f"{classes[0]!r}."
            )
        return classes, labels

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
            raise TypeError(
                f"SparseCodingClassifier: init must be a SparseCoding, or an array; got {type(init).__name__}."
            )
        model = deepcopy(init) if hasattr(init, "components_") else clone(init)
        if not hasattr(model, "components_") and model.random_state is None:
            model.set_params(random_state=seed)
        model.set_params(n_jobs=self.n_jobs)
        if not hasattr(model, "components_"):
            model._fit(X, report=report)
        return model

    def _start(self, W: np.ndarray, labels: np.ndarray) -> Head:
        """Fit a logistic regression to standardised codes."""
        codes = W.astype(np.float64)
        scale = codes.std(axis=0)
        head = Head(np.zeros(0), np.zeros(0), codes.mean(axis=0), np.where(scale > 0, scale, 1.0))
        found = LogisticRegression(C=STRENGTH, max_iter=1_000).fit(head.features(W), labels)
        weights, intercept = found.coef_, found.intercept_
        if len(weights) == 1:  # two classes: one row, for the second
            weights, intercept = (np.concatenate([-a / 2, a / 2]) for a in (weights, intercept))
        return Head(weights, intercept, head.location, head.scale)

    def transform(self, X: Any) -> np.ndarray:
        """Return the codes of documents, of shape (n_documents, n_components)."""
        check_is_fitted(self)
        return self.model_.transform(validate_data(self, X, reset=False, accept_sparse="csr"))

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class, of shape (n_documents, n_classes), in the order of ``classes_``.

        A document without a known word is predicted from the code where the prior is least.
        """
        check_is_fitted(self)
        return self.probabilities(self.transform(X))

    def probabilities(self, W: np.ndarray) -> np.ndarray:
        """Return the probability of each class for codes, of shape (n_documents, n_classes).

        Parameters
        ----------
        W : array of shape (n_documents, n_components)
        """
        n_components = self.coef_.shape[1]
        head = Head(self.coef_, self.intercept_, np.zeros(n_components), np.ones(n_components))
        return head.probabilities(W)

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class of each document."""
        most_probable = self.predict_proba(X).argmax(axis=1)
        labels: np.ndarray = self.classes_[most_probable]
        return labels

    def to_state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Return what a model file holds: the state of `model_`, the classifier on top, and the classes."""
        check_is_fitted(self)
        arrays, settings = self.model_.to_state()
        classes = self.classes_.tolist()
        if not all(type(label) in (str, int, bool) for label in classes):
            kinds = sorted({type(label).__name__ for label in classes})
            raise TypeError(
                f"SparseCodingClassifier: a model file holds labels that are strings, whole numbers or true and false, "
                f"not {', '.join(kinds)}."
            )
        params = {name: getattr(self, name) for name in PARAMETERS}
        if not isinstance(params["random_state"], Integral):
            params["random_state"] = None
        head = {"head.coef_": self.coef_, "head.intercept_": self.intercept_}
        return {**arrays, **head}, {**settings, "classes": classes, "classifier": params}

    @classmethod
    def from_state(cls, arrays: dict[str, np.ndarray], settings: dict[str, Any]) -> Self:
        """Rebuild a fitted classifier from `to_state`; its ``init`` is the tuned model, frozen.

        Raises
        ------
        ValueError
            If an array or a setting is missing, or an array is not finite or of the wrong shape.
        """
        model = SparseCoding.from_state(arrays, settings)
        found = cls(FrozenEstimator(model), **settings["classifier"])
        found.model_, found.classes_ = model, np.array(settings["classes"])
        found.coef_, found.intercept_ = arrays["head.coef_"], arrays["head.intercept_"]
        shape = (len(found.classes_), len(model.components_))
        if found.coef_.shape != shape or found.intercept_.shape != shape[:1]:
            raise ValueError(f"the classifier has shape {found.coef_.shape}, but {shape} is needed")
        if not (np.isfinite(found.coef_).all() and np.isfinite(found.intercept_).all()):
            raise ValueError("the classifier holds values that are not finite")
        found.n_features_in_ = model.n_features_in_
        if hasattr(model, "feature_names_in_"):
            found.feature_names_in_ = model.feature_names_in_
        return found
