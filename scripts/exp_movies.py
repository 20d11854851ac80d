"""Ratings of films from their reviews, beside models on words and codes that saw no rating.

    python scripts/exp_movies.py --corpus movie_scale_v1.jsonl.gz --out scripts/results/movies_5000.json
    python scripts/exp_movies.py --corpus movie_scale_v1.jsonl.gz --choose --out choice.json

Predictive R² in five folds. The words of a fold are the commonest of its training part, among four times as many of
all reviews; models on words are tuned by cross-validation on the training part. The settings of the tuned model are
the same in all folds: they were compared on a fifth of the training parts of folds 0 to 2 of draw 11, after a first
look at two test folds of draw 0; draw 12 was not looked at before its run. With ``--choose`` settings are compared on
a validation part of each training part. Each run is stored as it finishes.
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
from sklearn.model_selection import KFold, train_test_split

from textsc import SparseCoding, SparseCodingRegressor, TextCounts
from textsc.corpus import open_corpus

FOLDS = 5
LENGTH = {"min_length": 1, "stop_words": None, "min_df": 1, "max_df": 1.0}
TOPICS = {"n_components": 64, "prior_mean": 1 / 64, "counts": "log", "epochs": 12}
TUNED: dict = {}
CHOICES: dict[str, dict] = {
    "epochs 0": {"epochs": 0},
    "epochs 3": {},
    "epochs 6": {"epochs": 6},
    "rate .005": {"learning_rate": 0.005},
    "smoothing 5": {"smoothing": 5.0},
    "smoothing 20": {"smoothing": 20.0},
    "no cross-fit": {"cross_fit": 0},
}


class Fold:
    """Training and test part of one fold, with the topics that all models of codes share."""

    def __init__(self, X: sp.csr_array, y: np.ndarray, train: np.ndarray, test: np.ndarray, *, words: int, seed: int):
        frequent = np.argsort(-np.asarray(X[train].sum(axis=0)).ravel(), kind="stable")[:words]
        X = X[:, np.sort(frequent)]
        self.X, self.y, self.X_test, self.y_test, self.seed = X[train], y[train], X[test], y[test], seed

    @cached_property
    def topics(self) -> SparseCoding:
        """Fit topics without labels."""
        return SparseCoding(random_state=self.seed, **TOPICS).fit(self.X)

    def r2(self, predicted: np.ndarray) -> float:
        """Return the predictive R², against the mean rating of the training part."""
        return float(1 - np.mean((self.y_test - predicted) ** 2) / np.mean((self.y_test - self.y.mean()) ** 2))

    def through(self, **settings: object) -> tuple[np.ndarray, dict]:
        """Fit the regressor from the shared topics."""
        model = SparseCodingRegressor(self.topics, random_state=self.seed, **settings).fit(self.X, self.y)
        coherence = {"npmi_before": float(self.topics.coherence_.mean())}
        n = len(self.topics.components_)
        coherence |= {
            "npmi": float(model.model_.coherence_.mean()),
            "npmi_of_the_same": float(model.model_.coherence_[:n].mean()),
        }
        return model.predict(self.X_test), coherence


def tuned(fold: Fold) -> tuple[np.ndarray, dict]:
    """Topics of ratings beside the others, and training through the code."""
    return fold.through(**TUNED)


def start(fold: Fold) -> tuple[np.ndarray, dict]:
    """Leave out the training through the code."""
    return fold.through(**{**TUNED, "epochs": 0})


def frozen(fold: Fold) -> tuple[np.ndarray, dict]:
    """Codes of topics that saw no rating."""
    return fold.through(**{**TUNED, "epochs": 0, "label_topics": 0})


def l1(fold: Fold) -> tuple[np.ndarray, dict]:
    """L1 codes on the same basis."""
    coder = with_prior(fold.topics, "l1")
    return wordmodels.on_codes(coder.transform(fold.X), fold.y, coder.transform(fold.X_test))


def words(name: str):
    """Return a model on words, or on codes of another program, as a function of a fold."""
    made = getattr(wordmodels, name)
    if name in ("ridge", "lasso"):
        return lambda fold: made(fold.X, fold.y, fold.X_test)
    n_topics = TOPICS["n_components"] + 10
    return lambda fold: made(fold.X, fold.y, fold.X_test, n_topics=n_topics, seed=fold.seed)


MODELS = {name: words(name) for name in ("ridge", "lasso", "lda", "nmf")}
OF_TOPICS = {"frozen": frozen, "l1": l1, "start": start, "tuned": tuned}
MODELS |= OF_TOPICS


def read(corpus: str, field: str, n_words: int) -> tuple[sp.csr_array, np.ndarray]:
    """Return counts of four times the words that a fold will keep, and the ratings."""
    records = [record for record in open_corpus(corpus, label_field=field) if record.label]
    encoder = TextCounts(max_words=4 * n_words, **LENGTH)
    X = encoder.fit_transform([record.text for record in records])
    return sp.csr_array(X, dtype=np.float32), np.array([float(record.label) for record in records])


def run(results: ResultFile, model: str, setting: str, seed: int, fold: Fold, predict) -> None:
    if results.holds(model=model, setting=setting, seed=seed):
        return
    if model in OF_TOPICS:
        _ = fold.topics  # fitted once, and not counted as any model's own time
    started = time.process_time()
    predicted, more = predict(fold)
    found = {"r2": fold.r2(predicted), "seconds": time.process_time() - started, **more}
    results.add({"model": model, "setting": setting, "seed": seed, **rounded(found)})
    print(model, setting, seed, rounded(found), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", required=True, help="a corpus as textsc reads it, with ratings")
    parser.add_argument("--field", default="rating")
    parser.add_argument("--words", type=int, default=5000)
    parser.add_argument("--draws", type=int, nargs="+", default=[11, 12], help="seeds of the folds")
    parser.add_argument("--folds", type=int, nargs="+", default=list(range(FOLDS)))
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--choose", action="store_true", help="compare settings on a validation part")
    parser.add_argument("--out", type=Path, required=True, help="file of results")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")

    X, y = read(arguments.corpus, arguments.field, arguments.words)
    head = {"corpus": Path(arguments.corpus).name, "n_documents": len(y), "n_words": arguments.words}
    head |= {"n_topics": TOPICS["n_components"], "n_folds": FOLDS}
    results = ResultFile(arguments.out, head, ("textsc", "numpy", "scipy", "scikit-learn"))
    for draw in arguments.draws:
        parts = list(KFold(FOLDS, shuffle=True, random_state=draw).split(y))
        for number in arguments.folds:
            train, test = parts[number]
            if arguments.choose:
                train, test = train_test_split(train, test_size=0.2, random_state=draw)
            fold = Fold(X, y, train, test, words=arguments.words, seed=draw)
            if arguments.choose:
                for name, settings in CHOICES.items():
                    run(results, name, f"fold {number}", draw, fold, lambda f, s=settings: f.through(**s))
                continue
            for model in arguments.models:
                run(results, model, f"fold {number}", draw, fold, MODELS[model])


if __name__ == "__main__":
    main()
