"""Classes of documents, beside models on words and codes that saw no label; with all labels, or a few of each class.

    python scripts/exp_classification.py --corpus 20newsgroups.jsonl.gz \
        --out scripts/results/classification_20ng_8000.json
    python scripts/exp_classification.py --corpus 20newsgroups.jsonl.gz --labels 1 5 20 --models logistic start tuned \
        --out scripts/results/classification_20ng_few.json
    python scripts/exp_classification.py --corpus 20newsgroups.jsonl.gz --words 60000 --ngrams 2 --topics 40 \
        --models logistic svm start tuned --out scripts/results/classification_20ng_60000.json
    python scripts/exp_classification.py --corpus bbc_news_raw.jsonl.gz --words 2000 --topics 20 \
        --out scripts/results/classification_bbc_2000.json
    python scripts/exp_classification.py --corpus 20newsgroups.jsonl.gz --choose --out choice.json

A field ``split`` with train and test is followed; where there is none, a fifth of each class, drawn with seed 0, is the
test part. The vocabulary comes from the training part, and models on words are tuned by cross-validation on it. No
labelled document is left out. With ``--choose`` the last fifth of each class of the training part, by the numbers of
its ids, takes the place of the test part, which is not looked at: messages are told by those before them, as in the
split by date. Each run is stored as it finishes.
"""

import argparse
import re
import time
import warnings
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import scipy.sparse as sp
import wordmodels
from experiments import SHARE, ResultFile, rounded, with_prior
from sklearn.datasets._twenty_newsgroups import (
    strip_newsgroup_footer,
    strip_newsgroup_header,
    strip_newsgroup_quoting,
)

from textsc import SparseCoding, SparseCodingClassifier, TextCounts
from textsc.corpus import open_corpus
from textsc.corpus.holdout import draw_test

TOPICS = {"prior_mean": 0.05, "counts": "log", "epochs": 6}
TUNED: dict = {}
CHOICES: dict[str, dict] = {
    "epochs 0": {"epochs": 0},
    "epochs 3": {"epochs": 3},
    "epochs 6": {},
    "epochs 12": {"epochs": 12},
    "rate .01": {"learning_rate": 0.01},
    "rate .04": {"learning_rate": 0.04},
    "smoothing 2": {"smoothing": 2.0},
    "no cross-fit": {"cross_fit": 0},
}


@dataclass(frozen=True, eq=False)
class Data:
    """Counts and labels of the training part and of the test part."""

    X: sp.csr_array
    y: np.ndarray
    test: sp.csr_array
    y_test: np.ndarray
    fitted: dict = field(default_factory=dict)

    def topics(self, n_topics: int, seed: int) -> SparseCoding:
        """Fit topics without labels, once a seed."""
        if (n_topics, seed) not in self.fitted:
            self.fitted[n_topics, seed] = SparseCoding(n_topics, random_state=seed, **TOPICS).fit(self.X)
        return self.fitted[n_topics, seed]


class Part:
    """Labelled, unlabelled and test documents, with the topics that all models of codes share."""

    def __init__(self, data: "Data", *, n_labels: int, n_topics: int, seed: int) -> None:
        self.data, self.seed, self.n_topics = data, seed, n_topics
        rows = few(data.y, n_labels, seed) if n_labels else np.arange(len(data.y))
        rest = np.setdiff1d(np.arange(len(data.y)), rows)
        self.test, self.y_test = data.test, data.y_test
        self.X, self.y = data.X[rows], data.y[rows]
        self.unlabelled = data.X[rest] if len(rest) else None

    @property
    def topics(self) -> SparseCoding:
        """Return topics without labels."""
        return self.data.topics(self.n_topics, self.seed)

    @cached_property
    def start(self) -> tuple[np.ndarray, dict]:
        """Fit without training through the code."""
        return self.through(**{**TUNED, "epochs": 0})

    def through(self, **settings: object) -> tuple[np.ndarray, dict]:
        """Fit the classifier from the shared topics."""
        model = SparseCodingClassifier(self.topics, random_state=self.seed, **settings)
        started = time.process_time()
        model.fit(self.X, self.y, unlabelled=self.unlabelled)
        found = {
            "fit_s": time.process_time() - started,
            "npmi_before": float(self.topics.coherence_.mean()),
            "npmi": float(model.model_.coherence_.mean()),
            "npmi_of_the_same": float(model.model_.coherence_[: len(self.topics.components_)].mean()),
        }
        return model.predict(self.test), found


def few(y: np.ndarray, n_labels: int, seed: int) -> np.ndarray:
    """Return some documents of each class, drawn with the seed."""
    rng = np.random.default_rng(seed)
    return np.sort(np.concatenate([rng.permutation(np.flatnonzero(y == label))[:n_labels] for label in np.unique(y)]))


def tuned(part: Part) -> tuple[np.ndarray, dict]:
    """Topics of classes beside the others, and training through the code; how it differs from the same start."""
    predicted, found = part.through(**TUNED)
    right, before = predicted == part.y_test, part.start[0] == part.y_test
    return predicted, {**found, "n_won": int(np.sum(right & ~before)), "n_lost": int(np.sum(before & ~right))}


def start(part: Part) -> tuple[np.ndarray, dict]:
    """Leave out the training through the code."""
    return part.start


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

    def on_topics(part: Part) -> tuple[np.ndarray, dict]:
        n_topics = part.n_topics + 2 * len(np.unique(part.y))
        return made(part.X, part.y, part.test, n_topics=n_topics, seed=part.seed)

    return on_topics


MODELS = {name: words(name) for name in ("logistic", "svm", "lda", "nmf")}
OF_TOPICS = {"frozen": frozen, "l1": l1, "start": start, "tuned": tuned}
MODELS |= OF_TOPICS


def read(corpus: str, *, strip: bool) -> tuple[list[str], np.ndarray, np.ndarray, list[str]]:
    """Return texts, labels, which documents are the test part, and ids; what has no label is left out."""
    records = list(open_corpus(corpus))
    labelled = np.flatnonzero([record.label is not None for record in records])
    splits = [record.label for record in open_corpus(corpus, label_field="split")]
    records, splits = [records[i] for i in labelled], [splits[i] for i in labelled]
    held = np.array([split == "test" for split in splits])
    if not {"train", "test"} <= set(splits):
        held = draw_test([record.label for record in records], share=SHARE)
    texts = [record.text for record in records]
    if strip:
        texts = [stripped(text) for text in texts]
    return texts, np.array([record.label for record in records]), held, [record.id for record in records]


def stripped(text: str) -> str:
    """Return a message without header, footer and quotes; one on a single line has tabs for ends of lines."""
    lines = text if "\n\n" in text else text.replace("\t", "\n")
    return strip_newsgroup_quoting(strip_newsgroup_footer(strip_newsgroup_header(lines)))


def last_of_each(labels: np.ndarray, ids: list[str]) -> np.ndarray:
    """Say which are the last fifth of their class, by the number that ends their id; else by their order."""
    numbers = [re.search(r"\d+$", one) for one in ids]
    order = np.array([int(found[0]) if found else n for n, found in enumerate(numbers)])
    held = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        held[rows[np.argsort(order[rows], kind="stable")][int((1 - SHARE) * len(rows)) :]] = True
    return held


def counted(texts: list[str], held: np.ndarray, n_words: int, ngrams: int) -> tuple[sp.csr_array, sp.csr_array]:
    """Return the counts of both parts; the vocabulary is that of the first."""
    encoder = TextCounts(min_df=1, max_df=1.0, max_words=n_words, ngrams=ngrams)
    train = encoder.fit_transform([text for text, out in zip(texts, held, strict=True) if not out])
    test = encoder.transform([text for text, out in zip(texts, held, strict=True) if out])
    return sp.csr_array(train, dtype=np.float32), sp.csr_array(test, dtype=np.float32)


def run(results: ResultFile, model: str, setting: str, part: Part, predict) -> None:
    if results.holds(model=model, setting=setting, seed=part.seed):
        return
    if model in OF_TOPICS:
        _ = part.topics  # fitted once, and not counted as any model's own time
    started = time.process_time()
    predicted, more = predict(part)
    found = {"accuracy": float(np.mean(predicted == part.y_test)), "seconds": time.process_time() - started, **more}
    results.add({"model": model, "setting": setting, "seed": part.seed, **rounded(found)})
    print(model, setting, part.seed, rounded(found), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", required=True, help="a corpus as textsc reads it, with labels")
    parser.add_argument("--words", type=int, default=8000)
    parser.add_argument("--ngrams", type=int, default=1, help="length of the longest n-grams among the words")
    parser.add_argument("--topics", type=int, default=80, help="beside two of each class")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--labels", type=int, nargs="+", default=[0], help="labelled documents a class; 0: all are")
    parser.add_argument("--strip", action="store_true", help="leave out headers, footers and quotes of messages")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--choose", action="store_true", help="compare settings on a validation part")
    parser.add_argument("--out", type=Path, required=True, help="file of results")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")

    texts, labels, held, ids = read(arguments.corpus, strip=arguments.strip)
    if arguments.choose:
        rows = np.flatnonzero(~held)
        texts, labels, ids = [texts[i] for i in rows], labels[rows], [ids[i] for i in rows]
        held = last_of_each(labels, ids)
    X, test = counted(texts, held, arguments.words, arguments.ngrams)
    data = Data(X, labels[~held], test, labels[held])
    head = {"corpus": Path(arguments.corpus).name, "n_train": len(data.y), "n_test": len(data.y_test)}
    head |= {"n_words": X.shape[1], "n_topics": arguments.topics, "stripped": arguments.strip}
    head |= {"ngrams": arguments.ngrams} if arguments.ngrams > 1 else {}
    results = ResultFile(arguments.out, head, ("textsc", "numpy", "scipy", "scikit-learn"))
    for seed in range(arguments.seeds):
        for n_labels in arguments.labels:
            part = Part(data, n_labels=n_labels, n_topics=arguments.topics, seed=seed)
            setting = f"{n_labels} a class" if n_labels else "all labels"
            if arguments.choose:
                for name, settings in CHOICES.items():
                    run(results, name, setting, part, lambda p, s=settings: p.through(**s))
                continue
            for model in arguments.models:
                if seed == 0 or model in OF_TOPICS or n_labels:  # models on words have no seed
                    run(results, model, setting, part, MODELS[model])


if __name__ == "__main__":
    main()
