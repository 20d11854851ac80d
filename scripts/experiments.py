"""What the experiments share: corpora in two parts, and files of results to which runs are added one by one."""

import json
import os
import platform
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from textsc import SparseCoding, TextCounts
from textsc.corpus import open_corpus
from textsc.corpus.holdout import Holdout, read_holdout
from textsc.corpus.records import ReadingOptionError
from textsc.evaluation.parts import Parts

LEAST_TOKENS = 5
LEAST_DOCUMENTS = 5
SHARE = 0.2


def read_parts(
    corpus: str, *, n_words: int, least_documents: int = LEAST_DOCUMENTS, least_tokens: int = LEAST_TOKENS
) -> tuple[Parts, dict]:
    """Return both parts of a corpus, and what a result says of them.

    A field ``split`` with train and test is followed; where there is none, a fifth of each class, drawn with seed 0, is
    the test part. Words are the most frequent of the training part after English stop words, each in `least_documents`
    or more; documents with fewer than `least_tokens` of them are left out.
    """
    encoder = TextCounts(min_df=least_documents, max_df=1.0, max_words=n_words)
    reader = open_corpus(corpus)
    try:
        held = read_holdout(reader, encoder=encoder, split=open_corpus(corpus, label_field="split"))
        split = "field split"
    except ReadingOptionError:
        held = read_holdout(reader, encoder=encoder, share=SHARE, seed=0)
        split = f"{SHARE:.0%} of each class, seed 0"
    parts = _parts(held, least_tokens)
    return parts, {
        "corpus": Path(corpus).name,
        "split": split,
        "n_train": parts.train.shape[0],
        "n_test": parts.test.shape[0],
        "n_words": len(parts.words),
        "least_tokens": least_tokens,
        "least_documents": least_documents,
    }


def _parts(held: Holdout, least_tokens: int) -> Parts:
    return Parts.of(
        held.train.X,
        held.test.X,
        held.train.feature_names,
        train_labels=held.train.y,
        test_labels=held.test.y,
        texts=held.token_lists,
        least_tokens=least_tokens,
    )


@dataclass
class ResultFile:
    """A JSON file of runs: each is stored as soon as it is done, and is not done twice.

    Attributes
    ----------
    path : Path
    head : dict
        What holds for all runs; a file with another head is refused.
    packages : tuple of str
        Whose versions are stored.
    """

    path: Path
    head: dict
    packages: tuple[str, ...]

    def __post_init__(self) -> None:
        self.runs: list[dict] = []
        if self.path.exists():
            stored = json.loads(self.path.read_text(encoding="utf-8"))
            other = [name for name, value in self.head.items() if stored.get(name) != value]
            if other:
                raise SystemExit(
                    f"{self.path} holds runs with {other[0]} = {stored.get(other[0])!r}, not "
                    f"{self.head[other[0]]!r}; give another --out."
                )
            self.runs = stored["runs"]

    def forget(self, **settings: object) -> None:
        """Leave out the runs with these settings: they are to be done again."""
        self.runs = [run for run in self.runs if not _has(run, settings)]

    def holds(self, **settings: object) -> bool:
        """Say whether there is a run with these settings."""
        return any(_has(run, settings) for run in self.runs)

    def add(self, run: dict) -> None:
        """Store one more run; the file is replaced as a whole."""
        self.runs.append(run)
        result = {
            "schema": 1,
            **self.head,
            "versions": {name: version(name) for name in self.packages},
            "python": platform.python_version(),
            "runs": sorted(self.runs, key=lambda one: (str(one["model"]), str(one.get("setting", "")), one["seed"])),
        }
        beside = self.path.with_suffix(".partial")
        beside.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        os.replace(beside, self.path)


def _has(run: dict, settings: dict) -> bool:
    return all(run.get(name) == value for name, value in settings.items())


def with_prior(model: SparseCoding, prior: str) -> SparseCoding:
    """Return a model with the same basis whose codes have another prior; λ is one token's worth."""
    found = deepcopy(model)
    found.set_params(prior=prior, tol=1e-3)
    found.lam_, found._used = 1.0, found._settings()
    return found


def pending(models: list[str], n_seeds: int, results: ResultFile) -> Iterator[tuple[str, int]]:
    """Give the models and seeds that have not been run, seed by seed."""
    for seed in range(n_seeds):
        for model in models:
            if not results.holds(model=model, seed=seed):
                yield model, seed


def rounded(values: dict) -> dict:
    """Return values with six digits, which is more than they repeat to on another machine."""
    return {name: float(f"{value:.6g}") if isinstance(value, float) else value for name, value in values.items()}
