"""Time of coherence by windows and by documents, beside gensim's CoherenceModel.

Both get the same token lists in memory and the same 50 topics (TF-IDF NMF); gensim's dictionary and its bags of words,
and our matrix of counts, are made before. Runs alternate in one process, and the figure is the median of the ratios of
neighbouring runs. gensim runs in one process, and in as many as `--processes` says.

    python scripts/bench_coherence.py 20newsgroups.jsonl.gz --out scripts/results/coherence_speed.json
"""

import argparse
import json
import os
import platform
import statistics
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
from gensim.corpora import Dictionary
from gensim.models import CoherenceModel
from sklearn.decomposition import NMF
from sklearn.feature_extraction.text import TfidfTransformer

import textsc
from textsc.corpus import open_corpus
from textsc.evaluation import MEASURES, count_documents, count_windows, distinct_words, topic_coherence
from textsc.topics import top_words

N_TOPICS, MAX_WORDS = 50, 5000


class Material:
    """A corpus as both take it, and topics."""

    def __init__(self, path: str) -> None:
        texts = [record.text for record in open_corpus(path) if record.text is not None]
        self.encoder = textsc.TextCounts(max_words=MAX_WORDS)
        self.X = self.encoder.fit_transform(texts)
        self.token_lists = list(self.encoder.token_lists(texts))
        self.dictionary = Dictionary(self.token_lists)
        self.bags = [self.dictionary.doc2bow(tokens) for tokens in self.token_lists]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # topics good enough to be scored need no convergence
            model = NMF(N_TOPICS, init="nndsvd", max_iter=30, tol=1e-3).fit(TfidfTransformer().fit_transform(self.X))
        self.topics = top_words(model.components_, self.encoder.vocabulary_, 10)

    def by_textsc(self, measure: str) -> np.ndarray:
        words, window = distinct_words(self.topics), MEASURES[measure].window
        if window is None:
            counts = count_documents(self.X, self.encoder.vocabulary_, words)
        else:
            counts = count_windows(self.token_lists, words, size=window)
        return topic_coherence(self.topics, counts, measure=measure)

    def by_gensim(self, measure: str, *, processes: int) -> np.ndarray:
        source = {"corpus": self.bags} if MEASURES[measure].window is None else {"texts": self.token_lists}
        model = CoherenceModel(
            topics=self.topics, dictionary=self.dictionary, coherence=measure, processes=processes, **source
        )
        return np.array(model.get_coherence_per_topic())


def timed(work: Callable) -> tuple[float, np.ndarray]:
    start = time.perf_counter()
    values = work()
    return time.perf_counter() - start, values


def compared(material: Material, measure: str, *, runs: int, processes: int) -> dict:
    found, furthest = [], 0.0
    for _ in range(runs):
        ours, values = timed(lambda: material.by_textsc(measure))
        alone, theirs = timed(lambda: material.by_gensim(measure, processes=1))
        run = {"textsc_s": ours, "gensim_s": alone, "times_faster": alone / ours}
        furthest = max(furthest, float(np.abs(values - theirs).max()))
        if MEASURES[measure].window is not None:
            many, theirs = timed(lambda: material.by_gensim(measure, processes=processes))
            run |= {"gensim_processes_s": many, "times_faster_than_processes": many / ours}
            furthest = max(furthest, float(np.abs(values - theirs).max()))
        found.append(run)
        print(measure, {name: round(value, 2) for name, value in run.items()}, furthest, flush=True)
    return {
        "measure": measure,
        "window": MEASURES[measure].window,
        "mean_coherence": float(values.mean()),
        "largest_difference": furthest,
        **{f"median_{name}": statistics.median(run[name] for run in found) for name in found[0]},
        "runs": found,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", help="a corpus as textsc reads it")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--processes", type=int, default=2, help="of gensim, beside one; by itself it takes cores - 1")
    parser.add_argument("--out", type=Path, help="where the JSON goes; standard output if absent")
    arguments = parser.parse_args()

    material = Material(arguments.corpus)
    measures = ["u_mass", "c_uci", "c_npmi", "c_v"]
    result = {
        "schema": 1,
        "corpus": Path(arguments.corpus).name,
        "n_documents": len(material.token_lists),
        "n_tokens": sum(map(len, material.token_lists)),
        "n_topics": N_TOPICS,
        "n_words": len(distinct_words(material.topics)),
        "processes": arguments.processes,
        "cores": os.cpu_count(),
        "versions": {name: version(name) for name in ("textsc", "numpy", "scipy", "gensim")},
        "python": platform.python_version(),
        "comparisons": [
            compared(material, measure, runs=arguments.runs, processes=arguments.processes) for measure in measures
        ],
    }
    text = json.dumps(result, indent=1) + "\n"
    if arguments.out is None:
        print(text)
    else:
        arguments.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
