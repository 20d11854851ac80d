"""How well classes are told apart: topics as features, topics trained on the labels, and a linear model on TF-IDF.

    python scripts/exp_classification.py --corpus 20newsgroups.jsonl.gz --words 8000 \
        --out scripts/results/classification_20ng_8000.json

All three see the same words and the same split; the settings of both logistic regressions are chosen by three-fold
cross-validation on the training part. Each run is stored as it finishes; ``--again MODEL`` does those of a model again.
"""

import argparse
import time
import warnings
from pathlib import Path

import numpy as np
from experiments import ResultFile, pending, read_parts, rounded
from sklearn.feature_extraction.text import TfidfTransformer

from textsc import SparseCoding, SparseCodingClassifier
from textsc.evaluation.accuracy import standardised_views, tuned_accuracy
from textsc.evaluation.parts import Parts

STRENGTHS = (1.0, 5.0, 20.0, 60.0)  # C of the logistic regression on TF-IDF


def tfidf(parts: Parts, *, n_topics: int, seed: int) -> dict:
    """Logistic regression on TF-IDF of log counts; without seed or topics, so every run is the same."""
    weigher = TfidfTransformer(sublinear_tf=True).fit(parts.train)
    views = {"tf-idf": (weigher.transform(parts.train), weigher.transform(parts.test))}
    found = tuned_accuracy(views, parts.train_labels, parts.test_labels, strengths=STRENGTHS)
    return {"accuracy": found.value, "settings": {"C": found.strength}}


def features(parts: Parts, *, n_topics: int, seed: int) -> dict:
    """Logistic regression on the codes of a model that saw no label."""
    model = SparseCoding(n_topics, random_state=seed)
    train = model.fit_transform(parts.train)
    found = tuned_accuracy(
        standardised_views(train, model.transform(parts.test)), parts.train_labels, parts.test_labels
    )
    return {"accuracy": found.value, "settings": {"C": found.strength, "view": found.view}}


def tuned(parts: Parts, *, n_topics: int, seed: int) -> dict:
    """Topics and classifier trained together, through the codes."""
    model = SparseCodingClassifier(SparseCoding(n_topics, random_state=seed), random_state=seed)
    predicted = model.fit(parts.train, np.array(parts.train_labels)).predict(parts.test)
    return {"accuracy": float(np.mean(predicted == np.array(parts.test_labels))), "settings": {}}


MODELS = {"tfidf": tfidf, "features": features, "tuned": tuned}


def run_models(parts: Parts, models: list[str], results: ResultFile, *, n_topics: int, n_seeds: int) -> None:
    """Run what the file lacks; what has no seed is run once."""
    for model, seed in pending(models, n_seeds, results):
        if model == "tfidf" and seed:
            continue
        started = time.process_time()
        found = MODELS[model](parts, n_topics=n_topics, seed=seed)
        run = {"model": model, "seed": seed, **found, "seconds": time.process_time() - started}
        results.add(rounded(run))
        print(run, flush=True)


def labelled(parts: Parts) -> Parts:
    """Return the documents that have a label."""
    rows = [i for i, label in enumerate(parts.train_labels) if label is not None]
    test_rows = [i for i, label in enumerate(parts.test_labels) if label is not None]
    return Parts.of(
        parts.train[rows],
        parts.test[test_rows],
        parts.words,
        train_labels=[parts.train_labels[i] for i in rows],
        test_labels=[parts.test_labels[i] for i in test_rows],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", required=True, help="a corpus as textsc reads it, with labels")
    parser.add_argument("--words", type=int, default=8000)
    parser.add_argument("--topics", type=int, default=50)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--again", nargs="+", default=[], choices=MODELS, help="models to run once more")
    parser.add_argument("--out", type=Path, required=True, help="file of results")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")

    parts, head = read_parts(arguments.corpus, n_words=arguments.words)
    parts = labelled(parts)
    head |= {"n_train": parts.train.shape[0], "n_test": parts.test.shape[0]}
    results = ResultFile(
        arguments.out, {**head, "n_topics": arguments.topics}, ("textsc", "numpy", "scipy", "scikit-learn")
    )
    for model in arguments.again:
        results.forget(model=model)
    run_models(parts, arguments.models, results, n_topics=arguments.topics, n_seeds=arguments.seeds)


if __name__ == "__main__":
    main()
