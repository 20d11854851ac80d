"""`SparseCodingRegressor`: ratings of documents from topics that are trained through their codes."""

from numbers import Integral
from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin, _fit_context
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import _check_y, check_consistent_length, check_is_fitted

from textsc.coding import Codes
from textsc.estimators.inputs import checked_rows
from textsc.estimators.labelled import Labelled
from textsc.estimators.supervised import CONSTRAINTS, Report, SupervisedCoding
from textsc.learning.heads import HEADS
from textsc.learning.labeltopics import rating_groups

__all__ = ["SparseCodingRegressor"]


class SparseCodingRegressor(RegressorMixin, SupervisedCoding):
    """Predict numbers, such as ratings, from topic codes, with topics trained through the codes.

    A basis is learned without ratings. Beside it come topics of the ratings: what the documents of each tenth of them
    say more than the corpus does, and what a regression on words says. A ridge regression is fitted to the codes; then
    the topics that were learned without ratings are trained through the codes on the squared error, while the others
    and the regression stay. Where documents are cut into parts (``cross_fit``), this is done once without each of them,
    the mean of the trained topics is kept, and the regression is fitted once more, to codes of documents in topics that
    were trained without them: see `textsc.learning.crosswise`.

    Parameters
    ----------
    init : None, SparseCoding, FrozenEstimator or array of shape (n_components, n_features), default=None
        Where the topics come from: see `SparseCodingClassifier`.
    label_topics : int, default=10
        Groups of ratings, of about equal size, that have a topic each; beside them come two topics of the words that in
        a regression speak for high and for low ratings. With 0 there are none, and the regression is trained too.
    smoothing : float, default=10
        How far the words of these topics are drawn to those of the corpus.
    cross_fit : int or "auto", default="auto"
        Parts into which the training documents are cut: each is coded with topics of the ratings that were counted
        without it. 0: none is left out. "auto": 5 where there are 250 documents for each group of ratings, else 0; with
        fewer it harms.
    epochs : int, default=3
        Sweeps through the codes; 0 leaves the topics as they are.
    batch_size : int, default=512
    learning_rate : float, default=0.015
        Step of Adam on the basis, falling linearly to 0.
    unsupervised_weight, validation_fraction : float, default=0
        See `SparseCodingClassifier`.
    n_jobs : int or None, default=None
        Threads; -1 for all cores. Bytes do not depend on it.
    random_state : int, RandomState or None, default=None
    verbose : int, default=0
        Above 0, progress is printed.

    Attributes
    ----------
    model_ : SparseCoding
        The topics after training: still a topic model, with all its methods.
    coef_ : array of shape (n_components,) or (n_outputs, n_components)
        What each topic adds to the prediction where its weight rises from its mean by a standard deviation.
    intercept_ : float or array of shape (n_outputs,)
        Prediction where all is at its mean.
    head_ : Head
        The regression on top: linear in the weights and in their roots.
    n_left_out_ : int
        How often a document took no part in a step of the training because its code was not certified.

    Raises
    ------
    ValueError
        If a rating is missing, or X is refused by `SparseCoding`.
    TypeError
        If the codes of ``init`` have no derivative (L1, L2 and uniform priors).

    References
    ----------
    Bradley and Bagnell (2008), section 3.3 and section 4.2; Pang and Lee (2005) for the ratings.

    Examples
    --------
    >>> import numpy as np
    >>> from textsc import SparseCoding
    >>> X = np.repeat([[9, 6, 0, 0], [0, 0, 7, 8]], 20, axis=0)
    >>> y = np.repeat([1.0, 5.0], 20)
    >>> model = SparseCodingRegressor(SparseCoding(2, random_state=0), random_state=0).fit(X, y)
    >>> bool(model.predict([[9, 6, 0, 0]])[0] < 3 < model.predict([[0, 0, 7, 8]])[0])
    True
    """

    _parameter_constraints = {  # noqa: RUF012 (scikit-learn's own protocol)
        **CONSTRAINTS,
        "label_topics": [Interval(Integral, 0, 1000, closed="both")],
    }
    _labels_move = False

    def __init__(
        self,
        init: Any = None,
        *,
        label_topics: int = 10,
        smoothing: float = 10.0,
        cross_fit: int | str = "auto",
        epochs: int = 3,
        batch_size: int = 512,
        learning_rate: float = 0.015,
        unsupervised_weight: float = 0.0,
        validation_fraction: float = 0.0,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.init = init
        self.label_topics = label_topics
        self.smoothing = smoothing
        self.cross_fit = cross_fit
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.unsupervised_weight = unsupervised_weight
        self.validation_fraction = validation_fraction
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def __sklearn_tags__(self) -> Any:
        """Declare any number of outputs; counts are meant, so clouds of points are predicted poorly."""
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = True
        return tags

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, unlabelled: Any = None) -> Self:
        """Learn topics where there are none yet, then train them through the codes.

        Parameters
        ----------
        X : array or sparse array of shape (n_documents, n_features)
            Counts (softmax pair) or spectra (linear).
        y : array-like of shape (n_documents,) or (n_documents, n_outputs)
            Numbers. Of several outputs the first makes the topics of ratings.
        sample_weight : array-like of shape (n_documents,), optional
            Weights of the documents in the squared error.
        unlabelled : array or sparse array of shape (n_more, n_features), optional
            Documents without a rating: see `SparseCodingClassifier.fit`.

        Returns
        -------
        SparseCodingRegressor
            Itself.
        """
        codes = self._fit(X, y, sample_weight, unlabelled=unlabelled, report=self._printed())
        self.model_._warn_of_open(codes)
        return self

    def _fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, unlabelled: Any = None, report: Report = None
    ) -> Codes:
        """Fit, and return the codes of X in the trained basis."""
        if y is None:
            raise ValueError(f"{self._owner} requires y to be passed, but the target y is None: ratings are needed.")
        X = checked_rows(self, X, reset=True)
        y = _check_y(y, multi_output=True, y_numeric=True, estimator=self).astype(np.float64)
        check_consistent_length(X, y)
        weights = self._weights(X, sample_weight)
        self._single = y.ndim == 1
        targets = y.reshape(len(y), -1)
        groups = np.zeros((len(y), 0))
        if self.label_topics:
            groups, self.bounds_ = rating_groups(targets[:, 0], self.label_topics)
        directions = np.concatenate([targets[:, :1], -targets[:, :1]], axis=1)
        labelled = Labelled(targets, weights, groups, directions if self.label_topics else groups)
        codes = self._train(X, labelled, HEADS["numbers"], unlabelled=unlabelled, report=report)
        self.coef_, self.intercept_ = self._shaped(self.head_.effects(), self.head_.intercept)
        return codes

    def _shaped(self, coefficients: np.ndarray, intercept: np.ndarray) -> tuple[Any, Any]:
        return (coefficients[0], float(intercept[0])) if self._single else (coefficients, intercept)

    def values(self, W: np.ndarray) -> np.ndarray:
        """Return what is predicted for codes, of shape (n_documents,) or (n_documents, n_outputs).

        Parameters
        ----------
        W : array of shape (n_documents, n_components)
        """
        found = self.head_.predictions(W)
        return found[:, 0] if self._single else found

    def predict(self, X: Any) -> np.ndarray:
        """Return the predicted number of each document.

        A document without a known word is predicted from the code where the prior is least.
        """
        check_is_fitted(self)
        return self.values(self.transform(X))

    def to_state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Return what a model file holds: the state of `model_`, and the regression on top."""
        arrays, settings = self._state()
        return arrays, {**settings, "single": self._single, "n_outputs": len(self.head_.intercept)}

    @classmethod
    def from_state(cls, arrays: dict[str, np.ndarray], settings: dict[str, Any]) -> Self:
        """Rebuild a fitted regressor from `to_state`; its ``init`` is the tuned model, frozen.

        Raises
        ------
        ValueError
            If an array or a setting is missing, or an array is not finite or of the wrong shape.
        """
        found = cls._from_state(arrays, settings, HEADS["numbers"], settings["n_outputs"])
        found._single = settings["single"]
        found.coef_, found.intercept_ = found._shaped(found.head_.effects(), found.head_.intercept)
        return found
