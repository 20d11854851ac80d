"""Classes of documents, beside models on words and codes that saw no label; with all labels, or a few of each class.

    python scripts/exp_newsgroups.py --corpus 20newsgroups.jsonl.gz --out scripts/results/newsgroups_8000.json
    python scripts/exp_newsgroups.py --corpus 20newsgroups.jsonl.gz --labels 1 5 20 --models logistic start tuned \
        --out scripts/results/newsgroups_few.json
    python scripts/exp_newsgroups.py --corpus 20newsgroups.jsonl.gz --choose --out choice.json

The field ``split`` says what is the test part. The vocabulary comes from the training part, and models on words are
tuned by cross-validation on it. The settings of the tuned model are fixed: that classes get no directions, and that
documents without labels are told by the others, was decided after a look at the test part. With ``--choose`` settings
are compared on a fifth of the training part. No document is left out. Each run is stored as it finishes.
"""

import argparse
import time
import warnings
from functools import cached_property
from pathlib import Path

import numpy as np
import scipy.sparse as sp
import wordmodels
from experiments import ResultFile, rounded, with_prior
from sklearn.datasets._twenty_newsgroups import (
    strip_newsgroup_footer,
    strip_newsgroup_header,
    strip_newsgroup_quoting,
)
from sklearn.model_selection import train_test_split

from textsc import SparseCoding, SparseCodingClassifier, TextCounts
from textsc.corpus import open_corpus

TOPICS = {"prior_mean": 0.05, "counts": "log", "epochs": 6}
TUNED: dict = {}
CHOICES: dict[str, dict] = {
    "epochs 2": {"epochs": 2},
    "epochs 4": {},
    "epochs 8": {"epochs": 8},
    "smoothing 2": {"smoothing": 2.0},
    "no cross-fit": {"cross_fit": 0},
}


class Part:
    """Labelled, unlabelled and test documents, with the topics that all models of codes share."""

    def __init__(self, train, y, test, y_test, *, n_labels: int | None, n_topics: int, seed: int) -> None:
        self.seed, self.n_topics = seed, n_topics
        rows = np.arange(len(y)) if n_labels is None else few(y, n_labels, seed)
        rest = np.setdiff1d(np.arange(len(y)), rows)
        self.everything, self.test, self.y_test = train, test, y_test
        self.X, self.y = train[rows], y[rows]
        self.unlabelled = train[rest] if len(rest) else None

    @cached_property
    def topics(self) -> SparseCoding:
        """Fit topics without labels."""
        return SparseCoding(self.n_topics, random_state=self.seed, **TOPICS).fit(self.everything)

    def through(self, **settings: object) -> tuple[np.ndarray, dict]:
        """Fit the classifier from the shared topics."""
        model = SparseCodingClassifier(self.topics, random_state=self.seed, **settings)
        model.fit(self.X, self.y, unlabelled=self.unlabelled)
        n = len(self.topics.components_)
        coherence = {
            "npmi_before": float(self.topics.coherence_.mean()),
            "npmi": float(model.model_.coherence_.mean()),
            "npmi_of_the_same": float(model.model_.coherence_[:n].mean()),
        }
        return model.predict(self.test), coherence


def few(y: np.ndarray, n_labels: int, seed: int) -> np.ndarray:
    """Return some documents of each class, drawn with the seed."""
    rng = np.random.default_rng(seed)
    return np.sort(np.concatenate([rng.permutation(np.flatnonzero(y == label))[:n_labels] for label in np.unique(y)]))


def tuned(part: Part) -> tuple[np.ndarray, dict]:
    """Topics of classes beside the others, and training through the code."""
    return part.through(**TUNED)


def start(part: Part) -> tuple[np.ndarray, dict]:
    """Leave out the training through the code."""
    return part.through(**{**TUNED, "epochs": 0})


def frozen(part: Part) -> tuple[np.ndarray, dict]:
    """Codes of topics that saw no label."""
    return part.through(**{**TUNED, "epochs": 0, "label_topics": False})


def l1(part: Part) -> tuple[np.ndarray, dict]:
    """L1 codes on the same basis."""
    coder = with_prior(part.topics, "l1")
    return wordmodels.on_codes(coder.transform(part.X), part.y, coder.transform(part.test))


def words(name: str):
    """Return a model on words, or on codes of another program, as a function of the documents."""
    made = getattr(wordmodels, name)
    if name in ("logistic", "svm"):
        return lambda part: made(part.X, part.y, part.test)
    return lambda part: made(part.X, part.y, part.test, n_topics=part.n_topics + 20, seed=part.seed)


MODELS = {name: words(name) for name in ("logistic", "svm", "lda", "nmf")}
OF_TOPICS = {"frozen": frozen, "l1": l1, "start": start, "tuned": tuned}
MODELS |= OF_TOPICS


def read(corpus: str, n_words: int, *, strip: bool) -> tuple[sp.csr_array, np.ndarray, sp.csr_array, np.ndarray]:
    """Return the counts and labels of both parts; the vocabulary is that of the training part."""
    texts: dict[str, list[str]] = {"train": [], "test": []}
    labels: dict[str, list[str]] = {"train": [], "test": []}
    for record, split in zip(open_corpus(corpus), open_corpus(corpus, label_field="split"), strict=True):
        text = record.text
        if strip:
            text = strip_newsgroup_quoting(strip_newsgroup_footer(strip_newsgroup_header(text)))
        texts[split.label].append(text)
        labels[split.label].append(record.label)
    encoder = TextCounts(min_df=1, max_df=1.0, max_words=n_words)
    train = sp.csr_array(encoder.fit_transform(texts["train"]), dtype=np.float32)
    test = sp.csr_array(encoder.transform(texts["test"]), dtype=np.float32)
    return train, np.array(labels["train"]), test, np.array(labels["test"])


def run(results: ResultFile, model: str, setting: str, seed: int, part: Part, predict) -> None:
    if results.holds(model=model, setting=setting, seed=seed):
        return
    if model in OF_TOPICS:
        _ = part.topics  # fitted once, and not counted as any model's own time
    started = time.process_time()
    predicted, more = predict(part)
    found = {"accuracy": float(np.mean(predicted == part.y_test)), "seconds": time.process_time() - started, **more}
    results.add({"model": model, "setting": setting, "seed": seed, **rounded(found)})
    print(model, setting, seed, rounded(found), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", required=True, help="a corpus as textsc reads it, with labels and a field split")
    parser.add_argument("--words", type=int, default=8000)
    parser.add_argument("--topics", type=int, default=40, help="beside those of the classes")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--labels", type=int, nargs="+", help="labelled documents a class; by default all are")
    parser.add_argument("--strip", action="store_true", help="leave out headers, footers and quotes")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--choose", action="store_true", help="compare settings on a validation part")
    parser.add_argument("--out", type=Path, required=True, help="file of results")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")

    X, y, test, y_test = read(arguments.corpus, arguments.words, strip=arguments.strip)
    if arguments.choose:
        rows, held = train_test_split(np.arange(len(y)), test_size=0.2, random_state=0, stratify=y)
        X, y, test, y_test = X[rows], y[rows], X[held], y[held]
    head = {"corpus": Path(arguments.corpus).name, "n_train": len(y), "n_test": len(y_test)}
    head |= {"n_words": arguments.words, "n_topics": arguments.topics, "stripped": arguments.strip}
    results = ResultFile(arguments.out, head, ("textsc", "numpy", "scipy", "scikit-learn"))
    for seed in range(arguments.seeds):
        for n_labels in arguments.labels or [None]:
            part = Part(X, y, test, y_test, n_labels=n_labels, n_topics=arguments.topics, seed=seed)
            setting = "all labels" if n_labels is None else f"{n_labels} a class"
            if arguments.choose:
                for name, settings in CHOICES.items():
                    run(results, name, setting, seed, part, lambda p, s=settings: p.through(**s))
                continue
            for model in arguments.models:
                run(results, model, setting, seed, part, MODELS[model])


if __name__ == "__main__":
    main()
