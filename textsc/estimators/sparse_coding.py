"""`SparseCoding`: topics and codes, as a scikit-learn transformer; host arrays in, host arrays out."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import partial
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin, _fit_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_array
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from textsc.arrays import to_device
from textsc.coding import PAIRS, PRIORS, Coder, Codes, Objective
from textsc.coding.objective import WEIGHTINGS
from textsc.coding.pairs import COUNTINGS
from textsc.estimators.descriptions import coherence_of
from textsc.estimators.inputs import checked_rows, generator, print_progress, refuse_non_finite, silent
from textsc.estimators.state import parameters_of, restore, state_of
from textsc.evaluation.likelihood import completion_log_likelihood, split_tokens
from textsc.execution import Executor, block_slices, count_threads, open_executor
from textsc.learning import STARTS, Progress, learn_basis
from textsc.learning.basis import FIRST_PASSES, Learner
from textsc.learning.duplicates import shared_mean
from textsc.learning.settings import Settings, automatic_schedule, begin_learning
from textsc.learning.start import word_frequencies
from textsc.topics import prevalence, top_words, topic_word_distributions, topic_word_scores

__all__ = ["SparseCoding"]


class SparseCoding(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Topics by differentiable sparse coding.

    Learns a basis B such that each document x is explained by f(b0 + Bw), and codes documents by

        ŵ = argmin_w  D(x‖f(b0 + Bw)) + λ_d P(w),

    a convex problem with one solution, certified by its duality gap. With the default pair f is the softmax, D the KL
    divergence and x the word frequencies of a document; P is the KL prior Σ w log(w/p) − w + p.

    Parameters
    ----------
    n_components : int, default=50
        Number of topics K; may exceed the number of documents and of words.
    pair : {"softmax", "linear"}, default="softmax"
        Transfer and loss: softmax and KL for counts, linear and squared for spectra.
    prior : {"kl", "signed_kl", "l1", "l2", "uniform"}, default="kl"
        Prior on the codes. ``"signed_kl"`` allows weights of either sign. The last three are for comparison: solved by
        a plain method that is slow for small λ; ``"uniform"`` has no certificate.
    lam : float or "auto", default="auto"
        λ, the strength of the prior. ``"auto"``: 4 (softmax, Poisson weighting), 4 over the mean length of the training
        documents (softmax, type weighting), 0.02 (linear; while the basis is learned 0.005).
    prior_mean : float, array of shape (n_components,) or "auto", default="auto"
        p, where the prior pulls the codes. ``"auto"``: 5/K, but at most 0.1 (softmax), 0.01 (linear). Smaller gives
        sparser codes, which predict less well. Of the linear pair, columns that are the same share their p, so that a
        column given twice changes no reconstruction: its weight is split evenly.
    positive : bool, default=True
        Whether weights are kept at 0 or above under the priors ``"l1"``, ``"l2"`` and ``"uniform"``; of the other two
        the sign is their own.
    weighting : {"poisson", "type"}, default="poisson"
        Whether long documents are believed more (λ_d = λ/N_d) or not (λ_d = λ). The linear pair has no tokens: λ_d = λ.
    counts : {"raw", "log"}, default="raw"
        Whether a word counts n or log(1 + n). The logarithm believes repetitions less, which tells classes apart a
        little better. The linear pair has no counts.
    background : bool, default=True
        Whether the log unigram frequencies are a fixed part of the activation. The linear pair has none.
    init : {"nmf", "kmeans", "random"} or array of shape (n_components, n_features), default="nmf"
        Where the basis starts, and what learning holds it to, weakly: ``"nmf"`` factorises the associations of words
        (NPMI), ``"kmeans"`` clusters documents, an array is a basis. Topics of a random start do not read.
    learning_rate : float, default=0.025
        The dial from readable to predictive: how far learning leaves its start, which is made of words that go
        together. At 0.005 topics are a little more coherent, at 0.05 they predict a little better. The linear pair has
        no rate.
    epochs : int or "auto", default="auto"
        Sweeps over the documents; ``"auto"`` aims at about 440 minibatches.
    batch_size : int or "auto", default="auto"
        Documents in a minibatch.
    tol : float, default=1e-4
        Duality gap of a code, in nats per token (softmax) or in units of the mean squared norm of a row (linear).
    n_jobs : int or None, default=None
        Threads; -1 for all cores. Bytes do not depend on it.
    device : {"cpu", "cuda"}, default="cpu"
        Where codes are found and the basis is learned; what it starts from is found on the CPU. "cuda" needs a GPU and
        CuPy (``pip install 'textsc[cuda12]'`` or cuda13). A model is the same wherever it was fitted.
    random_state : int, RandomState or None, default=None
        Seed of the start, of the shuffles and of what `score` holds out.
    verbose : int, default=0
        Above 0, progress is printed.

    Attributes
    ----------
    components_ : array of shape (n_components, n_features)
        Bᵀ: topics as rows, centred so that Σ_v u_v B_vk = 0 (softmax) or non-negative and of unit norm (linear).
    background_ : array of shape (n_features,)
        b0.
    prevalence_ : array of shape (n_components,)
        Share of the training tokens that each topic accounts for.
    coherence_ : array of shape (n_components,) or None
        How much the ten best words of each topic keep together in the training documents: the mean NPMI of their
        pairs, a pair that is never together counting −1. None for the linear pair, and after `partial_fit`.
    lam_, prior_mean_, unit_ : float
        The values used; rows are divided by ``unit_`` (linear pair).
    n_steps_ : int
        Minibatches learned from.
    n_documents_, n_tokens_ : int
        Size of the training data.

    Raises
    ------
    ValueError
        If X holds negative, infinite or missing values, or has another number of columns than at fit.

    References
    ----------
    D. M. Bradley and J. A. Bagnell, "Differentiable Sparse Coding", NIPS 2008, and its supplement.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.repeat([[9, 6, 0, 0], [0, 0, 7, 8]], 20, axis=0)
    >>> model = SparseCoding(n_components=2, random_state=0).fit(X)
    >>> bool(model.transform(X[:1]).argmax() == model.transform(X[-1:]).argmax())
    False
    >>> sorted(model.topic_words(2, feature_names=["bat", "ball", "tax", "law"]))
    [['bat', 'ball'], ['law', 'tax']]
    """

    _parameter_constraints = {  # noqa: RUF012 (scikit-learn's own protocol)
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "pair": [StrOptions(set(PAIRS))],
        "prior": [StrOptions(set(PRIORS))],
        "lam": [StrOptions({"auto"}), Interval(Real, 1e-12, 1e12, closed="both")],
        "prior_mean": [StrOptions({"auto"}), Interval(Real, 1e-30, 1e3, closed="both"), "array-like"],
        "positive": ["boolean"],
        "weighting": [StrOptions(set(WEIGHTINGS))],
        "counts": [StrOptions(set(COUNTINGS))],
        "background": ["boolean"],
        "init": [StrOptions({*STARTS, "random"}), "array-like"],
        "learning_rate": [Interval(Real, 0, 1, closed="right")],
        "epochs": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="neither")],
        "n_jobs": [Integral, None],
        "device": [StrOptions({"cpu", "cuda"})],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        n_components: int = 50,
        *,
        pair: str = "softmax",
        prior: str = "kl",
        lam: float | str = "auto",
        prior_mean: Any = "auto",
        positive: bool = True,
        weighting: str = "poisson",
        counts: str = "raw",
        background: bool = True,
        init: Any = "nmf",
        learning_rate: float = 0.025,
        epochs: int | str = "auto",
        batch_size: int | str = "auto",
        tol: float = 1e-4,
        n_jobs: int | None = None,
        device: str = "cpu",
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.n_components = n_components
        self.pair = pair
        self.prior = prior
        self.lam = lam
        self.prior_mean = prior_mean
        self.positive = positive
        self.weighting = weighting
        self.counts = counts
        self.background = background
        self.init = init
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.tol = tol
        self.n_jobs = n_jobs
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def __sklearn_tags__(self) -> Any:
        """Declare sparse, non-negative input and the types that are kept."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.positive_only = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    @property
    def _n_features_out(self) -> int:
        return int(self.components_.shape[0])

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn a basis.

        Parameters
        ----------
        X : array or sparse array of shape (n_documents, n_features)
            Counts (softmax) or spectra (linear). Integers are coded in float32, floats in their own type.
        y : ignored

        Returns
        -------
        SparseCoding
            Itself.
        """
        self._warn_of_open(self._fit(X, report=print_progress if self.verbose else None))
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_transform(self, X: Any, y: Any = None) -> np.ndarray:
        """Learn a basis and return the codes of X: the same as `fit` and `transform`, with one coding less."""
        codes = self._fit(X, report=print_progress if self.verbose else None)
        self._warn_of_open(codes)
        W: np.ndarray = codes.W
        return W

    def _fit(self, X: Any, report: Callable[[Progress], None] | None = None) -> Codes:
        X = self._check(X, reset=True)
        rng = generator(self.random_state)
        say = report or silent
        with open_executor(count_threads(self.n_jobs)) as run:
            say(Progress("starting", 0, 1))
            learner, data, n_tokens = self._begin(X, rng)
            rows = np.flatnonzero(n_tokens > 0)
            epochs, batch_size = self._schedule(len(rows))
            lam_d, weights = learner.document_terms(n_tokens[rows])
            learner = learn_basis(
                learner,
                data[rows],
                lam_d,
                weights,
                epochs=epochs,
                batch_size=batch_size,
                rng=rng,
                run=run,
                report=report,
            )
            self._keep(learner)
            self.n_steps_ = learner.state.n_steps
            del self._rule_state  # a later `partial_fit` starts its running means afresh
            codes = self._code(X, run, say)
        self.n_documents_, self.n_tokens_ = int(X.shape[0]), float(n_tokens.sum())
        self.prevalence_ = prevalence(codes.W, n_tokens)
        self.coherence_ = coherence_of(self, X)
        return codes

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """Learn from one more minibatch; the first one fixes the background and the start.

        Parameters
        ----------
        X : array or sparse array of shape (n_documents, n_features)
        y : ignored

        Returns
        -------
        SparseCoding
            Itself.
        """
        first = not hasattr(self, "components_")
        X = self._check(X, reset=first)
        with open_executor(count_threads(self.n_jobs)) as run:
            if first:
                learner, data, n_tokens = self._begin(X, generator(self.random_state))
                self.n_documents_ = self.n_steps_ = 0
                self.n_tokens_ = 0.0
                self.prevalence_ = np.zeros(self.n_components)
            else:
                learner = self._resume()
                data, n_tokens = learner.objective.pair.prepare(X, self.unit_)
            rows = np.flatnonzero(n_tokens > 0)
            if len(rows):
                lam_d, weights = learner.document_terms(n_tokens[rows])
                decay = max(0.1, (1 + self.n_steps_ / 50) ** -0.5)
                learner, W = learner.step(
                    data[rows], lam_d, weights, None, run=run, max_passes=FIRST_PASSES, decay=decay
                )
                before, now = self.n_tokens_, n_tokens.sum()
                share = prevalence(W, n_tokens[rows])
                self.prevalence_ = (before * self.prevalence_ + now * share) / (before + now)
                self.n_steps_ += 1
        self._keep(learner)
        self.coherence_ = None  # of all documents, and this is one part of them
        self.n_documents_ += int(X.shape[0])
        self.n_tokens_ += float(n_tokens.sum())
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return the codes of documents, of shape (n_documents, n_components), in the type of X.

        A document without a known word gets the weights where the prior is least (KL: its mean). A document that does
        not reach ``tol`` is warned about; `codes` says which.
        """
        W: np.ndarray = self.codes(X).W
        return W

    def codes(self, X: Any) -> Codes:
        """Return codes with their certificates.

        Parameters
        ----------
        X : array or sparse array of shape (n_documents, n_features)

        Returns
        -------
        Codes
            ``W`` of shape (n_documents, n_components), ``gap``, ``n_passes`` and ``converged`` of shape
            (n_documents,).

        Warns
        -----
        ConvergenceWarning
            If a document is not certified at ``tol``.
        """
        check_is_fitted(self)
        return self._certified(self._check(X, reset=False))

    def coder(self, dtype: Any = np.float32) -> Coder:
        """Return the function from rows to codes, with the basis bound once: for streams of blocks.

        Parameters
        ----------
        dtype : numpy dtype
            float32 or float64.

        Raises
        ------
        ValueError
            If the basis is not finite, naming topic and word.
        """
        check_is_fitted(self)
        refuse_non_finite(self.components_, owner=type(self).__name__, name="components_", rows="topic")
        objective = self._objective(dtype, self.device)
        components = to_device(self.components_.astype(dtype), self.device)
        background = to_device(self.background_.astype(dtype), self.device)
        return Coder(objective, objective.pair.bind(components, background), self.unit_, self.tol, self.device)

    def inverse_transform(self, W: Any) -> np.ndarray:
        """Return reconstructions r = f(b0 + Bw): rows on the simplex (softmax), or in the unit of X (linear).

        Parameters
        ----------
        W : array of shape (n_documents, n_components)

        Returns
        -------
        array of shape (n_documents, n_features)
        """
        check_is_fitted(self)
        W = check_array(W, dtype=[np.float64, np.float32])
        if W.shape[1] != self._n_features_out:
            raise ValueError(
                f"SparseCoding.inverse_transform: codes have {self._n_features_out} columns, got {W.shape[1]}."
            )
        Z = self.background_.astype(W.dtype) + W @ self.components_.astype(W.dtype)
        R: np.ndarray = self._used.matched().transfer(Z) * W.dtype.type(self.unit_)
        return R

    def score(self, X: Any, y: Any = None) -> float:
        """Return how well unseen data are explained; higher is better.

        Softmax: the mean log-likelihood of a held-out token, in nats, by document completion. Each token goes to the
        observed or the held-out half with probability 1/2 (fixed seed); codes are found from the observed halves. The
        likelihood of the tokens that were coded would reward λ → 0. Linear: the share of the squared norm of X that
        the reconstructions explain.

        Warns
        -----
        UserWarning
            If counts are not whole: then words, not tokens, are sent to one half or the other.
        """
        check_is_fitted(self)
        X = self._check(X, reset=False)
        if self.pair == "softmax":
            observed, held_out = split_tokens(X)
            W = self._certified(observed).W
            return completion_log_likelihood(W, self.components_, self.background_, held_out)
        rows = X.toarray() if sp.issparse(X) else X
        residual = rows - self.inverse_transform(self._certified(X).W)
        return 1.0 - float(np.sum(residual**2) / max(np.sum(rows**2), np.finfo(np.float64).tiny))

    def perplexity(self, X: Any) -> float:
        """Return exp(−score(X)): lower is better.

        Raises
        ------
        ValueError
            If the pair is not the softmax.
        """
        if self.pair != "softmax":
            raise ValueError(f"SparseCoding.perplexity: tokens are needed, so pair='softmax', got {self.pair!r}.")
        return float(np.exp(-self.score(X)))

    @property
    def topic_word_(self) -> np.ndarray:
        """Topics as distributions over words, (n_components, n_features): see `topic_word_distributions`."""
        return topic_word_distributions(self.components_, self.background_)

    @property
    def topic_word_scores_(self) -> np.ndarray:
        """Scores of the words of each topic, (n_components, n_features): see `topic_word_scores`."""
        return topic_word_scores(self.components_, self.background_)

    def topic_words(self, n_words: int = 10, *, feature_names: Sequence[str] | None = None) -> list[list[str]]:
        """Return the words of each topic, best first.

        Parameters
        ----------
        n_words : int
        feature_names : sequence of str, optional
            By default those seen at fit (a DataFrame) or of the encoder loaded with the model.

        Raises
        ------
        ValueError
            If no names are known.
        """
        check_is_fitted(self)
        if feature_names is None:
            feature_names = self._known_names()
        return top_words(self.topic_word_scores_, list(feature_names), n_words)

    def to_state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Return what a model file holds: arrays by name, and settings as plain values."""
        check_is_fitted(self)
        return state_of(self)

    @classmethod
    def from_state(cls, arrays: dict[str, np.ndarray], settings: dict[str, Any]) -> Self:
        """Rebuild a fitted model from `to_state`.

        Raises
        ------
        ValueError
            If an array or a setting is missing, or an array is not finite or of the wrong shape.
        """
        model = cls(**parameters_of(arrays, settings))
        restore(model, arrays, settings)
        model._used = model._settings()
        return model

    def _known_names(self) -> Sequence[str]:
        if hasattr(self, "feature_names_in_"):
            return list(self.feature_names_in_)
        if hasattr(self, "encoder_"):
            return list(self.encoder_.get_feature_names_out())
        raise ValueError(
            "SparseCoding.topic_words: the words are not known to a model fitted on a plain matrix; "
            "pass feature_names, such as those of the dataset or of the vectoriser."
        )

    def _check(self, X: Any, *, reset: bool) -> Any:
        X = checked_rows(self, X, reset=reset)
        return sp.csr_array(X) if sp.issparse(X) or self.pair == "softmax" else X

    def _settings(self) -> Settings:
        names = [field.name for field in fields(Settings)]
        return Settings(**{name: getattr(self, name) for name in names})

    def _begin(self, X: Any, rng: np.random.Generator) -> tuple[Learner, Any, np.ndarray]:
        self._used = self._settings()  # what is set later is for the next fit
        learner, rows, n_tokens, self.unit_, self.prior_mean_ = begin_learning(
            self._used, X, rng=rng, device=self.device
        )
        self.lam_ = learner.objective.lam
        if self._used.learns_with_less:
            self.lam_ = self._used.settled_lam(1.0)  # spectra have no length
        return learner, rows, n_tokens

    def _resume(self) -> Learner:
        dtype = self.components_.dtype
        objective = self._objective(dtype, self.device, sharing=False)
        learner = self._used.learner(objective, self.background_, self.components_, dtype=dtype, device=self.device)
        if not hasattr(self, "_rule_state"):
            return learner  # after `fit`, and of a model from a file, learning goes on from where the basis is
        state, anchor = self._rule_state
        return learner.resumed(state, anchor)

    def _keep(self, learner: Learner) -> None:
        learner = learner.on_host()
        self.background_ = learner.background.astype(learner.dtype)
        self.components_ = self._centred(learner.components).astype(learner.dtype)
        self._rule_state = learner.state, self._centred(learner.anchor)

    def _centred(self, components: np.ndarray) -> np.ndarray:
        """Return a basis with Σ_v u_v B_vk = 0 where the transfer is the softmax, which does not see the difference."""
        if self.pair != "softmax":
            return components
        out: np.ndarray = components - (components @ word_frequencies(self.background_))[:, None]
        return out

    def _extend(self, components: np.ndarray) -> None:
        """Put more topics after those that are here; their prior mean is that of the others."""
        joined = np.concatenate([self.components_, self._centred(components).astype(self.components_.dtype)])
        if not isinstance(self.prior_mean_, float):
            more = np.full(len(components), float(np.mean(self.prior_mean_)))
            self.prior_mean_ = np.concatenate([self.prior_mean_, more])
            self.prior_mean = self.prior_mean_
        self.components_, self.n_components = joined, len(joined)
        self.init = self.init if isinstance(self.init, str) else joined
        self._used = self._settings()
        self.__dict__.pop("_rule_state", None)

    def _replace_basis(self, components: np.ndarray, X: Any) -> Codes:
        """Take a basis trained elsewhere; return the codes of checked rows, and keep prevalence and coherence."""
        self.components_ = self._centred(components).astype(self.components_.dtype)
        n_tokens = self._used.matched().prepare(X, self.unit_)[1]
        codes = self._certified(X, warn=False)
        self.prevalence_ = prevalence(codes.W, n_tokens)
        self.coherence_ = coherence_of(self, X)
        return codes

    def _schedule(self, n_documents: int) -> tuple[int, int]:
        epochs, batch_size = automatic_schedule(n_documents)
        if not isinstance(self.epochs, str):
            epochs = self.epochs
        return epochs, batch_size if isinstance(self.batch_size, str) else self.batch_size

    def _objective(self, dtype: Any, device: str, *, sharing: bool = True) -> Objective:
        """Return the problem of one document; while a basis is learned no p is shared, for its columns move apart."""
        mean = self.prior_mean_
        if sharing and self.pair == "linear":
            mean = shared_mean(self.components_, mean)
        if not isinstance(mean, float):
            mean = to_device(mean.astype(dtype)[:, None], device)
        return self._used.objective(self.lam_, mean)

    def _certified(self, X: Any, *, warn: bool = True) -> Codes:
        with open_executor(count_threads(self.n_jobs)) as run:
            codes = self._code(X, run, silent)
        if warn:
            self._warn_of_open(codes)
        return codes

    def _warn_of_open(self, codes: Codes) -> None:
        n_open = int(np.sum(~codes.converged))
        if n_open:
            warnings.warn(
                f"SparseCoding: {n_open} of {len(codes.gap)} documents are not certified at a gap of {self.tol}; "
                f"the largest gap is {codes.gap.max():.3g}. See codes(X).converged.",
                ConvergenceWarning,
                stacklevel=4,
            )

    def _code(self, X: Any, run: Executor, report: Callable[[Progress], None]) -> Codes:
        coder = self.coder(X.dtype)
        slices = block_slices(X.shape[0], coder.block_rows)
        blocks = []
        for number, block in enumerate(run(partial(_code_rows, coder, X), slices)):
            blocks.append(block)
            report(Progress("coding", number + 1, len(slices)))
        return Codes(*(np.concatenate([getattr(block, name) for block in blocks]) for name in CODE_FIELDS))


CODE_FIELDS = ("W", "gap", "n_passes", "converged")


def _code_rows(coder: Coder, X: Any, rows: slice) -> Codes:
    return coder(X[rows])
