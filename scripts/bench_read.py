"""Time of reading, learning the vocabulary and counting a corpus, beside scikit-learn's CountVectorizer.

textsc reads the file; CountVectorizer gets the same texts in memory, with the same stop words, limits and vocabulary
size. Runs alternate, and the figure is the median of the ratios of neighbouring runs: of their times, and of the
processor time that they took, which says more where other programs share the machine.

    python scripts/bench_read.py 20newsgroups.jsonl.gz --out scripts/results/read_20newsgroups.json
"""

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from sklearn.feature_extraction.text import CountVectorizer

import textsc
from textsc.corpus import open_corpus, read_corpus
from textsc.corpus.words.stopwords import english

MIN_DF, MAX_DF, MAX_WORDS = 2, 0.5, 10_000


def timed(work: Callable) -> tuple[float, float, tuple[int, int]]:
    start, cpu = time.perf_counter(), time.process_time()
    shape = work()
    return time.perf_counter() - start, time.process_time() - cpu, shape


def by_textsc(path: str, *, ngrams: int) -> tuple[int, int]:
    encoder = textsc.TextCounts(ngrams=ngrams, min_df=MIN_DF, max_df=MAX_DF, max_words=MAX_WORDS)
    return read_corpus(path, encoder=encoder).X.shape


def by_sklearn(texts: list[str], *, ngrams: int) -> tuple[int, int]:
    vectorizer = CountVectorizer(
        stop_words=sorted(word for word in english() if "'" not in word),
        ngram_range=(1, ngrams),
        min_df=MIN_DF,
        max_df=MAX_DF,
        max_features=MAX_WORDS,
    )
    return vectorizer.fit_transform(texts).shape


def compared(path: str, texts: list[str], *, ngrams: int, runs: int) -> dict:
    found = []
    for _ in range(runs):
        ours, our_cpu, shape = timed(lambda: by_textsc(path, ngrams=ngrams))
        theirs, their_cpu, their_shape = timed(lambda: by_sklearn(texts, ngrams=ngrams))
        found.append(
            {"textsc_s": ours, "sklearn_s": theirs, "ratio": ours / theirs}
            | {"textsc_cpu_s": our_cpu, "sklearn_cpu_s": their_cpu, "cpu_ratio": our_cpu / their_cpu}
        )
        print(ngrams, {name: round(value, 2) for name, value in found[-1].items()}, shape, their_shape, flush=True)
    return {
        "ngrams": ngrams,
        "shape": shape,
        "sklearn_shape": their_shape,
        **{f"median_{name}": statistics.median(run[name] for run in found) for name in found[0]},
        "runs": found,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", help="a corpus as textsc reads it")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--out", type=Path, help="where the JSON goes; standard output if absent")
    arguments = parser.parse_args()

    texts = [record.text for record in open_corpus(arguments.corpus) if record.text is not None]
    by_textsc(arguments.corpus, ngrams=1)  # what is made once
    result = {
        "schema": 1,
        "corpus": Path(arguments.corpus).name,
        "n_documents": len(texts),
        "n_characters": sum(map(len, texts)),
        "versions": {name: version(name) for name in ("textsc", "numpy", "scipy", "scikit-learn")},
        "python": platform.python_version(),
        "comparisons": [compared(arguments.corpus, texts, ngrams=ngrams, runs=arguments.runs) for ngrams in (1, 2)],
    }
    text = json.dumps(result, indent=1) + "\n"
    if arguments.out is None:
        print(text)
    else:
        arguments.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
