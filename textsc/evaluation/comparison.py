"""Topic models beside each other: one split, one code for every figure, several seeds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from textsc.evaluation.accuracy import classification_accuracy
from textsc.evaluation.coherence import MEASURES
from textsc.evaluation.likelihood import split_tokens
from textsc.evaluation.parts import Parts
from textsc.evaluation.peer import Matrix, Peer
from textsc.evaluation.peers import known_peers
from textsc.evaluation.retrieval import retrieval_precision
from textsc.evaluation.topicassessment import TopicCounter
from textsc.topics import top_words

__all__ = ["METRICS", "Metric", "Run", "Summary", "compare_models", "judge", "summarise", "topic_metrics"]

N_WORDS = 10  # of a topic that are judged
COHERENCES = ("npmi", "c_npmi", "c_v")
WINDOWS = sorted({size for name in COHERENCES if (size := MEASURES[name].window) is not None})
SHARE = 0.02  # of the training documents, the nearest, that retrieval looks at


@dataclass(frozen=True, slots=True)
class Metric:
    """A column of a comparison.

    Attributes
    ----------
    title : str
        Its heading.
    higher : bool
        Whether more is better.
    n_digits : int
        Behind the point.
    """

    title: str
    higher: bool
    n_digits: int


#: What a `Run` says of a model, by the names of its fields.
METRICS: dict[str, Metric] = {
    "perplexity": Metric("perplexity", False, 1),
    "npmi": Metric("NPMI", True, 3),
    "c_npmi": Metric("c_npmi", True, 3),
    "c_v": Metric("c_v", True, 3),
    "diversity": Metric("diversity", True, 2),
    "inverted_rbo": Metric("inv. RBO", True, 2),
    "accuracy": Metric("accuracy", True, 3),
    "retrieval": Metric("retrieval", True, 3),
    "fit_s": Metric("fit s", False, 1),
    "encode_s": Metric("encode s", False, 2),
}


@dataclass(frozen=True, slots=True)
class Run:
    """One model, fitted once with one seed, and what was found; None where a figure does not exist.

    Attributes
    ----------
    model : str
        A name of `textsc.evaluation.peers.PEERS`.
    seed : int
    perplexity : float or None
        Of the held-out halves of the test documents.
    npmi : float
        Mean over topics, of the documents of the training part; a pair that is never together counts −1.
    c_npmi, c_v : float or None
        Mean over topics, of windows over the training texts.
    diversity, inverted_rbo : float
        Of the topics' ten first words.
    accuracy : float or None
        Of logistic regression on the features of the labelled documents.
    retrieval : float or None
        Share of the same label among the nearest 2 % of the training documents, by the cosine of features.
    fit_s, encode_s : float
        Seconds of processor time on one thread: to learn, and to encode the test documents.
    n_not_converged : int
        Documents encoded without a certificate; 0 for models that have none.
    topics : tuple of tuple of str
        Ten words of each topic, best first.
    """

    model: str
    seed: int
    perplexity: float | None
    npmi: float
    c_npmi: float | None
    c_v: float | None
    diversity: float
    inverted_rbo: float
    accuracy: float | None
    retrieval: float | None
    fit_s: float
    encode_s: float
    n_not_converged: int
    topics: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The runs of one model with all seeds.

    Attributes
    ----------
    model : str
    n_seeds : int
    mean, spread : dict of str to (float or None)
        Mean and standard deviation (of a sample; 0 for one seed) of each of `METRICS`; None where a run lacks it.
    """

    model: str
    n_seeds: int
    mean: dict[str, float | None]
    spread: dict[str, float | None]


def compare_models(
    parts: Parts,
    *,
    n_topics: int,
    seeds: Sequence[int] = (0, 1, 2),
    models: Iterable[str] | None = None,
    report: Callable[[str, int], None] | None = None,
) -> Iterator[Run]:
    """Fit each model with each seed and judge it, one after the other.

    Parameters
    ----------
    parts : Parts
        The split that all of them see.
    n_topics : int
        K.
    seeds : sequence of int
        Of the models; the halves of test documents and the folds are the same for all.
    models : iterable of str, optional
        Names of `textsc.evaluation.peers.PEERS`; by default all, which must be installed.
    report : callable, optional
        Called with the name of a model and a seed before it is fitted.

    Yields
    ------
    Run
        As each is done.

    Raises
    ------
    ValueError
        A model is not known.

    Examples
    --------
    >>> X = np.repeat([[9, 6, 0, 0], [0, 0, 7, 8]], 20, axis=0)
    >>> parts = Parts.of(X, X[::10], ["bat", "ball", "tax", "law"])
    >>> (run,) = compare_models(parts, n_topics=2, seeds=[0], models=["textsc"])
    >>> round(run.npmi, 3), run.diversity, run.accuracy
    (-0.333, 0.5, None)
    """
    for name, peer in known_peers(models).items():
        peer.library()  # its import is no part of a fit
        for seed in seeds:
            if report is not None:
                report(name, seed)
            fitted, fit_s = _timed(partial(peer.fit, parts.train, n_topics=n_topics, seed=seed))
            yield judge(fitted, parts, model=name, seed=seed, fit_s=fit_s)


def judge(peer: Peer, parts: Parts, *, model: str, seed: int, fit_s: float) -> Run:
    """Say all there is to say of a fitted model.

    Parameters
    ----------
    peer : Peer
        Fitted to ``parts.train``.
    parts : Parts
    model : str
        What the run calls it.
    seed : int
        With which it was fitted.
    fit_s : float
        Seconds of one processor that this took.

    Returns
    -------
    Run
    """
    topics = [words[:N_WORDS] for words in top_words(peer.topic_word, parts.words, N_WORDS)]
    features, encode_s = _timed(lambda: peer.encode(parts.test))
    accuracy = retrieval = None
    if parts.has_classes:
        accuracy, retrieval = _told_apart(peer.encode(parts.train), features, parts)
    return Run(
        model=model,
        seed=seed,
        perplexity=peer.perplexity(*split_tokens(parts.test)),
        accuracy=accuracy,
        retrieval=retrieval,
        fit_s=fit_s,
        encode_s=encode_s,
        n_not_converged=peer.n_not_converged,
        topics=tuple(tuple(words) for words in topics),
        **topic_metrics(topics, parts),
    )


def topic_metrics(topics: Sequence[Sequence[str]], parts: Parts) -> dict[str, Any]:
    """Judge lists of words by the training part: coherence, and how much they differ.

    Parameters
    ----------
    topics : sequence of sequences of str
        Words of ``parts.words``, best first.
    parts : Parts

    Returns
    -------
    dict
        ``npmi``, ``c_npmi``, ``c_v`` (None without texts), ``diversity`` and ``inverted_rbo``: means over topics.

    Examples
    --------
    >>> parts = Parts.of([[1, 1, 0], [2, 1, 0], [0, 0, 1]], [[1, 0, 0]], ["cat", "dog", "ship"])
    >>> round(topic_metrics([["cat", "dog"], ["cat", "dog"]], parts)["npmi"], 3)
    1.0
    """
    counter = TopicCounter(topics, sizes=WINDOWS if parts.texts else (), n_words=N_WORDS)
    for tokens in parts.texts() if parts.texts else ():
        counter.add(tokens)
    found = counter.assess(parts.train, parts.words)
    mean = {name: float(np.mean(values)) for name, values in found.coherence.items()}
    coherence = {name: mean.get(name) for name in COHERENCES}
    return {**coherence, "diversity": found.diversity, "inverted_rbo": found.inverted_rbo}


def summarise(runs: Iterable[Run]) -> list[Summary]:
    """Return mean and spread of each model's runs, models in the order in which they come.

    Examples
    --------
    >>> X = np.repeat([[9, 6, 0, 0], [0, 0, 7, 8]], 20, axis=0)
    >>> parts = Parts.of(X, X[::10], ["bat", "ball", "tax", "law"])
    >>> (summary,) = summarise(compare_models(parts, n_topics=2, seeds=[0, 1], models=["textsc"]))
    >>> summary.n_seeds, summary.mean["diversity"], summary.spread["diversity"], summary.mean["c_v"]
    (2, 0.5, 0.0, None)
    """
    by_model: dict[str, list[Run]] = {}
    for run in runs:
        by_model.setdefault(run.model, []).append(run)
    found = []
    for model, group in by_model.items():
        values = {name: [getattr(run, name) for run in group] for name in METRICS}
        mean = {name: None if None in some else float(np.mean(some)) for name, some in values.items()}
        spread = {
            name: None if None in some else float(np.std(some, ddof=1)) if len(some) > 1 else 0.0
            for name, some in values.items()
        }
        found.append(Summary(model, len(group), mean, spread))
    return found


def _told_apart(train: Matrix, test: Matrix, parts: Parts) -> tuple[float, float]:
    """Return accuracy and retrieval precision of the features of labelled documents."""
    rows, labels = _labelled(parts.train_labels)
    test_rows, test_labels = _labelled(parts.test_labels)
    accuracy = classification_accuracy(train[rows], labels, test[test_rows], test_labels)
    precision = retrieval_precision(train[rows], test[test_rows], labels, test_labels, share=SHARE)
    return accuracy, precision


def _labelled(labels: Sequence[str | None]) -> tuple[list[int], list[str]]:
    """Return the rows that have a label, and the labels."""
    known = [(row, label) for row, label in enumerate(labels) if label is not None]
    return [row for row, _ in known], [label for _, label in known]


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.process_time()
    result = work()
    return result, time.process_time() - started
