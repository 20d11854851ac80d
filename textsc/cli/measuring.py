"""What ``evaluate`` does with a corpus: it counts the words of topics, codes the documents, and measures both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textsc.cli.console import Console
from textsc.cli.steps import read_with_progress
from textsc.cli.watched import WatchedReader

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from textsc.coding.inference import Codes
    from textsc.corpus.dataset import Dataset
    from textsc.corpus.records import Reader, Record
    from textsc.evaluation.assessment import ClassAssessment
    from textsc.evaluation.topicassessment import TopicAssessment

__all__ = [
    "Labelled",
    "classes_of",
    "clip_accuracy",
    "codes_of",
    "completion_perplexity",
    "labelled_rows",
    "read_measured",
]


def read_measured(
    reader: Reader, encoder: Any, topics: Sequence[Sequence[str]], *, n_words: int, console: Console
) -> tuple[Dataset, TopicAssessment]:
    """Read a corpus once: its counts are kept, and of its texts how often the words of topics are together.

    Parameters
    ----------
    reader : Reader
        Of texts or bags of words; bags have no order, and so no windows.
    encoder : TextCounts or None
        Fitted; None takes all words of a bag-of-words file.
    topics : sequence of sequences of str
    n_words : int
        Words a topic.
    console : Console

    Returns
    -------
    data : Dataset
    measured : TopicAssessment
    """
    import numpy as np

    from textsc.corpus.bags.bagreader import BagReader
    from textsc.corpus.words.wordtable import CountedWords
    from textsc.evaluation import MEASURES, TopicCounter

    source: Reader = reader
    if isinstance(reader, BagReader):
        console.note(f"{reader.name} holds words with counts, which have no order: c_npmi, c_uci and c_v need texts")
        counter = TopicCounter(topics, n_words=n_words)
    else:
        sizes = sorted({measure.window for measure in MEASURES.values() if measure.window is not None})
        counter = TopicCounter(topics, sizes=sizes, n_words=n_words)
        forms = CountedWords(encoder.word_table())

        def count(record: Record) -> None:
            if record.text is not None:
                (tokens,) = forms.lists([record.text])
                counter.add(tokens)

        source = WatchedReader(reader, count)
    data = read_with_progress(source, encoder=encoder, console=console)
    readable = np.flatnonzero([status != "unreadable" for status in data.status])
    return data, counter.assess(data.X[readable], data.feature_names)


def codes_of(model: Any, X: Any, *, label: str, console: Console) -> Codes:
    """Code rows, with a bar.

    Parameters
    ----------
    model : SparseCoding
    X : array or CSR array of shape (n_documents, n_features)
    label : str
        What is done.
    console : Console

    Returns
    -------
    Codes
    """
    from textsc.execution import count_threads, open_executor

    rows = model._check(X, reset=False)
    with open_executor(count_threads(model.n_jobs)) as run, console.progress(label) as update:
        codes: Codes = model._code(rows, run, lambda step: update(step.done / step.total, ""))
    return codes


def completion_perplexity(model: Any, X: Any, *, seed: int, console: Console) -> float:
    """Return the perplexity of held-out halves of documents: see `textsc.evaluation.likelihood`.

    Parameters
    ----------
    model : SparseCoding
        Of the softmax pair.
    X : CSR array of shape (n_documents, n_features)
        Counts.
    seed : int
        Of the halves.
    console : Console

    Returns
    -------
    float
        NaN where no token is held out.
    """
    import math

    from textsc.evaluation.likelihood import completion_log_likelihood, split_tokens

    observed, held_out = split_tokens(X, seed=seed)
    W = codes_of(model, observed, label="coding halves", console=console).W
    return math.exp(-completion_log_likelihood(W, model.components_, model.background_, held_out))


@dataclass(frozen=True)
class Labelled:
    """The rows that have a label and can be read, and their labels."""

    rows: npt.NDArray[np.intp]
    labels: list[str]


def labelled_rows(data: Dataset) -> Labelled:
    """Find the rows that have a label and can be read.

    Parameters
    ----------
    data : Dataset

    Returns
    -------
    Labelled
    """
    import numpy as np

    usable = {row for row in data.trainable.tolist() if data.status[row] != "unreadable"}
    found = [(row, label) for row, label in enumerate(data.y or ()) if label and row in usable]
    return Labelled(np.array([row for row, _ in found], dtype=np.intp), [label for _, label in found])


def classes_of(estimator: Any, W: npt.NDArray[Any], labelled: Labelled) -> ClassAssessment:
    """Measure the classes that a tuned model predicts.

    Parameters
    ----------
    estimator : SparseCodingClassifier
    W : array of shape (n_documents, n_components)
        Codes of the whole corpus.
    labelled : Labelled
        At least one row.

    Returns
    -------
    ClassAssessment
    """
    from textsc.evaluation.assessment import assess_classes

    classes = [str(label) for label in estimator.classes_]
    return assess_classes(estimator.probabilities(W[labelled.rows]), classes, labelled.labels)


def clip_accuracy(estimator: Any, data: Dataset, W: npt.NDArray[Any], labelled: Labelled) -> float | None:
    """Tell how often a tuned model is right of a file: by the largest sum of log-probabilities of its snippets.

    Parameters
    ----------
    estimator : SparseCodingClassifier
    data : Dataset
        Of sounds; of texts there are no files of several rows.
    W : array of shape (n_rows, n_components)
        Codes of the whole corpus.
    labelled : Labelled
        At least one row.

    Returns
    -------
    float or None
        None for texts.
    """
    import numpy as np

    if data.clips is None:
        return None
    names, files = np.unique([data.clips[row] for row in labelled.rows.tolist()], return_inverse=True)
    logarithms = np.log(np.maximum(estimator.probabilities(W[labelled.rows]), np.finfo(np.float64).tiny))
    sums = np.zeros((len(names), logarithms.shape[1]))
    np.add.at(sums, files, logarithms)
    told = estimator.classes_[sums.argmax(axis=1)].astype(str)
    true = np.empty(len(names), dtype=object)
    true[files] = labelled.labels
    return float((told == true).mean())
