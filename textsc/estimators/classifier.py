"""`SparseCodingClassifier`: a classifier of documents whose topics are trained through their codes."""

from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils import check_array, compute_class_weight
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_y, check_consistent_length, check_is_fitted

from textsc.coding import Codes
from textsc.estimators.inputs import checked_rows
from textsc.estimators.labelled import Labelled
from textsc.estimators.supervised import CONSTRAINTS, Report, SupervisedCoding
from textsc.learning.heads import HEADS
from textsc.learning.labeltopics import class_groups

__all__ = ["SparseCodingClassifier"]


class SparseCodingClassifier(ClassifierMixin, SupervisedCoding):
    """Classify documents by their topic codes, with topics trained through the codes.

    A basis is learned without labels. Beside it come two topics for each label: what its documents say more than the
    corpus does, and the words that tell it from the others, weighed together by a ridge regression. A softmax
    classifier is fitted to the codes, and then the topics of the labels are trained on its cross-entropy: the code ŵ
    is a differentiable function of the basis, by the implicit derivative of its optimality condition (supplement,
    eq. 12). The topics learned without labels, and the classifier, stay as they are; where labels have no topics all
    are trained together. Where y is a matrix of 0 and 1, a document has any number of labels, each with log-odds of
    its own.

    Parameters
    ----------
    init : None, SparseCoding, FrozenEstimator or array of shape (n_components, n_features), default=None
        Where the topics come from; pair, prior, λ and p are its own. None: a default `SparseCoding` is fitted. An
        estimator that is not fitted is fitted on X; a fitted one is copied. ``FrozenEstimator(model)`` is the same for
        a fitted model and stays fitted under `clone`, so it is the form for a grid search. An array is a basis to
        start learning from. ``init`` itself is never changed.
        The number of topics is that of ``init``: ``SparseCodingClassifier(SparseCoding(20))``.
    label_topics : bool, default=True
        Whether each class has two topics of its own, after those of ``init``: first what the documents of each class
        say more than the corpus does, then what tells each from the others. Time grows with their number. The linear
        pair has none.
    smoothing : float, default=0.5
        How far the words of the first topic of a class are drawn to those of the corpus.
    cross_fit : int or "auto", default="auto"
        Parts into which the training documents are cut: each is coded with topics of the classes that were counted
        without it. 0: none is left out. "auto": 5 where there are 250 documents for each class, else 0; with fewer it
        harms.
    self_taught : bool, default=True
        Whether documents given without a label are told one by the topics, and topics of classes and classifier are
        then learned from them too: see `textsc.learning.selftaught`. The training through the codes is on the labels
        that were given. It needs ``label_topics``, and classes.
    class_weight : None, "balanced" or dict, default=None
        Weights of the classes in the loss, as in scikit-learn.
    epochs : int, default=6
        Sweeps through the codes; 0 leaves the topics as they are and fits the classifier only.
    batch_size : int, default=256
    learning_rate : float, default=0.02
        Step of Adam on the basis, falling linearly to 0. It is meant for topics of labels; where all topics are
        trained, as those of spectra, 0.003 to 0.01 is enough.
    unsupervised_weight : float, default=0
        Weight of the unsupervised loss, the mean over documents, beside that of the labels. Above 0, documents without
        labels take part in the training.
    validation_fraction : float, default=0
        Share of the documents that only stop the training: what does best on them is kept. 0: all sweeps are done.
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
        How much each topic speaks for each class: what is added to its log-odds where the topic's weight rises from its
        mean by a standard deviation, in the codes that the classifier was fitted to.
    intercept_ : array of shape (n_classes,)
        Log-odds where all is at its mean there.
    head_ : Head
        The classifier on top: log-odds linear in the weights and in their roots.
    n_left_out_ : int
        How often a document took no part in a step of the training because its code was not certified.

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
    >>> from textsc import SparseCoding
    >>> X = np.repeat([[9, 6, 0, 0], [0, 0, 7, 8]], 20, axis=0)
    >>> y = np.repeat(["sport", "law"], 20)
    >>> model = SparseCodingClassifier(SparseCoding(2, random_state=0), random_state=0).fit(X, y)
    >>> model.predict([[3, 2, 0, 0]]).tolist()
    ['sport']
    """

    _parameter_constraints = {  # noqa: RUF012 (scikit-learn's own protocol)
        **CONSTRAINTS,
        "label_topics": ["boolean"],
        "self_taught": ["boolean"],
        "class_weight": [StrOptions({"balanced"}), dict, None],
    }

    def __init__(
        self,
        init: Any = None,
        *,
        label_topics: bool = True,
        smoothing: float = 0.5,
        cross_fit: int | str = "auto",
        self_taught: bool = True,
        class_weight: Any = None,
        epochs: int = 6,
        batch_size: int = 256,
        learning_rate: float = 0.02,
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
        self.self_taught = self_taught
        self.class_weight = class_weight
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.unsupervised_weight = unsupervised_weight
        self.validation_fraction = validation_fraction
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def __sklearn_tags__(self) -> Any:
        """Declare any number of labels; counts are meant, so clouds of points are classified poorly."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        tags.classifier_tags.multi_label = True
        return tags

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, unlabelled: Any = None) -> Self:
        """Learn topics where there are none yet, fit the classifier, and train topics beneath it.

        Parameters
        ----------
        X : array or sparse array of shape (n_documents, n_features)
            Counts (softmax pair) or spectra (linear).
        y : array-like of shape (n_documents,) or (n_documents, n_labels)
            Labels: strings or integers; or 0 and 1 for each of several labels.
        sample_weight : array-like of shape (n_documents,), optional
            Weights of the documents in the loss of the labels.
        unlabelled : array or sparse array of shape (n_more, n_features), optional
            Documents without a label. Topics are learned from them too where ``init`` is not fitted; they are told
            labels (``self_taught``), or with ``unsupervised_weight`` they take part in the training without one.

        Returns
        -------
        SparseCodingClassifier
            Itself.
        """
        codes = self._fit(X, y, sample_weight, unlabelled=unlabelled, report=self._printed())
        self.model_._warn_of_open(codes)
        return self

    def _fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, unlabelled: Any = None, report: Report = None
    ) -> Codes:
        """Fit, and return the codes of X in the trained basis."""
        X = checked_rows(self, X, reset=True)
        weights = self._weights(X, sample_weight)
        if np.asarray(y).ndim == 2 and type_of_target(y) == "multilabel-indicator":
            targets = check_array(y, dtype=np.float64)
            check_consistent_length(X, targets)
            self.classes_, groups, head = np.arange(targets.shape[1]), targets, HEADS["labels"]
        else:
            self.classes_, targets = self._labels(X, y)
            head = HEADS["classes"]
            groups = class_groups(targets, len(self.classes_))
            each = compute_class_weight(self.class_weight, classes=self.classes_, y=self.classes_[targets])
            weights = weights * each[targets]
        groups = groups if self.label_topics else groups[:, :0]
        self._teaches = self.self_taught and self.label_topics and head is HEADS["classes"]
        labelled = Labelled(targets, weights, groups, groups)
        codes = self._train(X, labelled, head, unlabelled=unlabelled, report=report)
        self.coef_, self.intercept_ = self.head_.effects(), self.head_.intercept
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

    @property
    def several_labels(self) -> bool:
        """Whether a document has any number of labels rather than one class."""
        return type(self.head_) is HEADS["labels"]

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
        return self.head_.predictions(W)

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class of each document, or 0 and 1 for each of several labels."""
        probabilities = self.predict_proba(X)
        if self.several_labels:
            return (probabilities > 0.5).astype(np.int64)
        labels: np.ndarray = self.classes_[probabilities.argmax(axis=1)]
        return labels

    def to_state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Return what a model file holds: the state of `model_`, the classifier on top, and the classes."""
        arrays, settings = self._state()
        classes = self.classes_.tolist()
        if not all(type(label) in (str, int, bool) for label in classes):
            kinds = sorted({type(label).__name__ for label in classes})
            raise TypeError(
                f"SparseCodingClassifier: a model file holds labels that are strings, whole numbers or true and false, "
                f"not {', '.join(kinds)}."
            )
        name = next(name for name, head in HEADS.items() if head is type(self.head_))
        return arrays, {**settings, "classes": classes, "target": name}

    @classmethod
    def from_state(cls, arrays: dict[str, np.ndarray], settings: dict[str, Any]) -> Self:
        """Rebuild a fitted classifier from `to_state`; its ``init`` is the tuned model, frozen.

        Raises
        ------
        ValueError
            If an array or a setting is missing, or an array is not finite or of the wrong shape.
        """
        found = cls._from_state(arrays, settings, HEADS[settings["target"]], len(settings["classes"]))
        found.classes_ = np.array(settings["classes"])
        found.coef_, found.intercept_ = found.head_.effects(), found.head_.intercept
        return found
