"""Time of coherence by windows and by documents, beside gensim's CoherenceModel.

Both get the same token lists in memory and the same 50 topics (TF-IDF NMF); gensim's dictionary and its bags of words,
and our matrix of counts, are made before. Runs alternate in one process, and the figure is the median of the ratios of
neighbouring runs: of their times, and of the processor time that they took, which says more where other programs share
the machine. gensim runs in one process, and once more in as many as `--processes` says. c_uci is counted as c_npmi is.

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
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

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


@dataclass(frozen=True)
class Material:
    """A corpus as both take it, and topics."""

    X: Any
    names: list[str]
    token_lists: list[list[str]]
    dictionary: Dictionary
    bags: list[list[tuple[int, int]]]
    topics: list[list[str]]


def read_material(path: str) -> Material:
    texts = [record.text for record in open_corpus(path) if record.text is not None]
    encoder = textsc.TextCounts(max_words=MAX_WORDS)
    X = encoder.fit_transform(texts)
    token_lists = list(encoder.token_lists(texts))
    dictionary = Dictionary(token_lists)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # topics good enough to be scored need no convergence
        model = NMF(N_TOPICS, init="nndsvd", max_iter=30, tol=1e-3).fit(TfidfTransformer().fit_transform(X))
    return Material(
        X=X,
        names=encoder.vocabulary_,
        token_lists=token_lists,
        dictionary=dictionary,
        bags=[dictionary.doc2bow(tokens) for tokens in token_lists],
        topics=top_words(model.components_, encoder.vocabulary_, 10),
    )


def by_textsc(material: Material, measure: str) -> np.ndarray:
    words, window = distinct_words(material.topics), MEASURES[measure].window
    if window is None:
        counts = count_documents(material.X, material.names, words)
    else:
        counts = count_windows(material.token_lists, words, size=window)
    return topic_coherence(material.topics, counts, measure=measure)


def by_gensim(material: Material, measure: str, *, processes: int) -> np.ndarray:
    source = {"corpus": material.bags} if MEASURES[measure].window is None else {"texts": material.token_lists}
    model = CoherenceModel(
        topics=material.topics, dictionary=material.dictionary, coherence=measure, processes=processes, **source
    )
    return np.array(model.get_coherence_per_topic())


def timed(work: Callable) -> tuple[float, float, np.ndarray]:
    start, cpu = time.perf_counter(), time.process_time()
    values = work()
    return time.perf_counter() - start, time.process_time() - cpu, values


def compared(material: Material, measure: str, *, runs: int, processes: int) -> dict:
    found, furthest = [], 0.0
    by_textsc(material, measure)  # what is made once
    for _ in range(runs):
        ours, our_cpu, values = timed(lambda: by_textsc(material, measure))
        theirs, their_cpu, expected = timed(lambda: by_gensim(material, measure, processes=1))
        furthest = max(furthest, float(np.abs(values - expected).max()))
        found.append(
            {"textsc_s": ours, "gensim_s": theirs, "times_faster": theirs / ours}
            | {"textsc_cpu_s": our_cpu, "gensim_cpu_s": their_cpu, "cpu_times_less": their_cpu / our_cpu}
        )
        print(measure, {name: round(value, 2) for name, value in found[-1].items()}, furthest, flush=True)
    result = {
        "measure": measure,
        "window": MEASURES[measure].window,
        "mean_coherence": float(values.mean()),
        "largest_difference": furthest,
        **{f"median_{name}": statistics.median(run[name] for run in found) for name in found[0]},
        "runs": found,
    }
    if MEASURES[measure].window is not None:
        several, _, _ = timed(lambda: by_gensim(material, measure, processes=processes))
        ours, _, _ = timed(lambda: by_textsc(material, measure))
        result["processes"] = {"n": processes, "textsc_s": ours, "gensim_s": several, "times_faster": several / ours}
        print(measure, result["processes"], flush=True)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", help="a corpus as textsc reads it")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--processes", type=int, default=2, help="of gensim, beside one; by itself it takes cores - 1")
    parser.add_argument("--out", type=Path, help="where the JSON goes; standard output if absent")
    arguments = parser.parse_args()

    material = read_material(arguments.corpus)
    measures = ["u_mass", "c_npmi", "c_v"]
    result = {
        "schema": 1,
        "corpus": Path(arguments.corpus).name,
        "n_documents": len(material.token_lists),
        "n_tokens": sum(map(len, material.token_lists)),
        "n_topics": N_TOPICS,
        "n_words": len(distinct_words(material.topics)),
        "cores": os.cpu_count(),
        "versions": {name: version(name) for name in ("textsc", "numpy", "scipy", "gensim")},
        "python": platform.python_version(),
        "comparisons": [
            # Documents are counted in no time: more runs steady the figure.
            compared(
                material,
                measure,
                runs=arguments.runs * (5 if MEASURES[measure].window is None else 1),
                processes=arguments.processes,
            )
            for measure in measures
        ],
    }
    text = json.dumps(result, indent=1) + "\n"
    if arguments.out is None:
        print(text)
    else:
        arguments.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
