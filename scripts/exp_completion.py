"""Document-completion perplexity beside scikit-learn's and gensim's LDA, on one split of a corpus.

Each test document's tokens go to an observed or a held-out half. Every model codes the observed halves and is judged by
the perplexity of the held-out ones: the same halves, the same vocabulary, the same code for the figure.

    python scripts/exp_completion.py --corpus 20newsgroups.jsonl.gz --out scripts/results/completion_20newsgroups.json

A ``split`` field with the values train and test is used where the corpus has one; otherwise a fifth of the documents,
drawn with seed 0, is the test part.
"""

import argparse
import json
import platform
import resource
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import scipy.sparse as sp

import textsc
from textsc.corpus import open_corpus
from textsc.evaluation.likelihood import split_tokens

LEAST_TOKENS = 5
PASSES = 10
ROWS = 512


def read_split(path: str, *, n_words: int) -> tuple[sp.csr_array, sp.csr_array, list[str]]:
    """Return counts of the training and of the test part; the vocabulary is that of the training part."""
    records = [r for r in open_corpus(path, label_field="split") if r.text is not None]
    split = np.array([record.label or "" for record in records])
    if not {"train", "test"} <= set(split.tolist()):
        draw = np.random.default_rng(0).random(len(records))
        split = np.where(draw < 0.2, "test", "train")
    texts = np.array([record.text for record in records], dtype=object)
    encoder = textsc.TextCounts(min_df=LEAST_TOKENS, max_df=1.0, max_words=n_words)
    train = encoder.fit_transform(texts[split == "train"].tolist())
    test = encoder.transform(texts[split == "test"].tolist())
    return _long_enough(train), _long_enough(test), encoder.vocabulary_


def _long_enough(X: sp.csr_array) -> sp.csr_array:
    return X[X.sum(axis=1) >= LEAST_TOKENS]


def mixture_perplexity(shares: np.ndarray, topics: np.ndarray, held_out: sp.csr_array) -> float:
    """Return the perplexity of held-out tokens under a mixture of topics: rows of both factors sum to 1."""
    total = 0.0
    for start in range(0, len(shares), ROWS):
        rows = slice(start, start + ROWS)
        likelihood = np.log(np.maximum(shares[rows] @ topics, 1e-300))
        total += float(held_out[rows].multiply(likelihood).sum())
    return float(np.exp(-total / held_out.sum()))


def run_textsc(train, observed, held_out, *, n_topics: int, seed: int) -> dict:
    model = textsc.SparseCoding(n_topics, random_state=seed, n_jobs=-1)
    _, fit_s = timed(lambda: model.fit(train))
    codes, encode_s = timed(lambda: model.codes(observed))
    from textsc.evaluation.likelihood import completion_log_likelihood

    score = completion_log_likelihood(codes.W, model.components_, model.background_, held_out)
    return {
        "perplexity": float(np.exp(-score)),
        "fit_s": fit_s,
        "encode_s": encode_s,
        "n_not_converged": int(np.sum(~codes.converged)),
        "max_gap": float(codes.gap.max()),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def run_sklearn(train, observed, held_out, *, n_topics: int, seed: int) -> dict:
    from sklearn.decomposition import LatentDirichletAllocation

    model = LatentDirichletAllocation(
        n_topics, learning_method="online", batch_size=512, max_iter=PASSES, random_state=seed
    )
    _, fit_s = timed(lambda: model.fit(train))
    shares, encode_s = timed(lambda: model.transform(observed))
    topics = model.components_ / model.components_.sum(axis=1, keepdims=True)
    return {"perplexity": mixture_perplexity(shares, topics, held_out), "fit_s": fit_s, "encode_s": encode_s}


def run_gensim(train, observed, held_out, *, n_topics: int, seed: int) -> dict:
    from gensim.matutils import Sparse2Corpus
    from gensim.models import LdaModel

    def fit():
        corpus = list(Sparse2Corpus(train.T.tocsc()))
        names = {v: str(v) for v in range(train.shape[1])}
        return LdaModel(corpus, n_topics, id2word=names, passes=PASSES, eval_every=None, random_state=seed)

    def infer():
        gamma, _ = model.inference(list(Sparse2Corpus(observed.T.tocsc())))
        return gamma / gamma.sum(axis=1, keepdims=True)

    model, fit_s = timed(fit)
    shares, encode_s = timed(infer)
    perplexity = mixture_perplexity(shares, model.get_topics(), held_out)
    return {"perplexity": perplexity, "fit_s": fit_s, "encode_s": encode_s}


def timed(work: Callable):
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


MODELS = {"textsc": run_textsc, "scikit-learn LDA": run_sklearn, "gensim LDA": run_gensim}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", required=True, help="a corpus as textsc reads it")
    parser.add_argument("--words", type=int, default=2000)
    parser.add_argument("--topics", type=int, default=50)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, help="where the JSON goes; standard output if absent")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")

    train, test, words = read_split(arguments.corpus, n_words=arguments.words)
    observed, held_out = split_tokens(test)
    runs = []
    for name, run in MODELS.items():
        for seed in range(arguments.seeds):
            found = run(train, observed, held_out, n_topics=arguments.topics, seed=seed)
            runs.append({"model": name, "seed": seed, **found})
            print(name, seed, {key: round(value, 3) for key, value in found.items()}, flush=True)
    mean = {name: float(np.mean([r["perplexity"] for r in runs if r["model"] == name])) for name in MODELS}
    result = {
        "schema": 1,
        "corpus": Path(arguments.corpus).name,
        "n_train": train.shape[0],
        "n_test": test.shape[0],
        "n_words": len(words),
        "n_topics": arguments.topics,
        "passes_of_lda": PASSES,
        "versions": {name: version(name) for name in ("textsc", "numpy", "scipy", "scikit-learn", "gensim")},
        "python": platform.python_version(),
        "mean_perplexity": mean,
        "ratio_to_best_lda": mean["textsc"] / min(mean["scikit-learn LDA"], mean["gensim LDA"]),
        "runs": runs,
    }
    text = json.dumps(result, indent=1) + "\n"
    if arguments.out is None:
        print(text)
    else:
        arguments.out.write_text(text, encoding="utf-8")
    print({name: round(value, 1) for name, value in mean.items()}, "ratio", round(result["ratio_to_best_lda"], 3))


if __name__ == "__main__":
    main()
