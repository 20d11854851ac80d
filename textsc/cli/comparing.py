"""A comparison of models as a table for people, and as plain values for programs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from textsc.cli.console import number, plural

if TYPE_CHECKING:
    from textsc.evaluation.comparison import Metric, Run, Summary
    from textsc.evaluation.parts import Parts

__all__ = ["best_models", "comparison_content", "comparison_lines"]

_WORDS_ON = {
    "perplexity": "perplexity: of held-out words of the test documents; lower is better",
    "npmi": "NPMI: how often ten words of a topic share documents; c_npmi, c_v: windows (gensim's measures)",
    "diversity": "diversity: share of distinct words among all first ten; inv. RBO: 1 - mean overlap of two topics",
    "accuracy": "accuracy: logistic regression on the weights; retrieval: same label among the nearest 2 %",
    "fit_s": "fit s, encode s: seconds of one processor, the latter of the test documents",
}


def best_models(summaries: Sequence[Summary]) -> dict[str, list[str]]:
    """Name the models that are best by each figure, as it is shown.

    Parameters
    ----------
    summaries : sequence of Summary
        One a model.

    Returns
    -------
    dict of str to list of str
        By the names of `textsc.evaluation.comparison.METRICS`; several where they tie, none where no model has the
        figure.
    """
    from textsc.evaluation.comparison import METRICS

    found = {}
    for name, metric in METRICS.items():
        values = {s.model: round(s.mean[name] or 0.0, metric.n_digits) for s in summaries if s.mean[name] is not None}
        top = (max if metric.higher else min)(values.values(), default=None)
        found[name] = [model for model, value in values.items() if value == top]
    return found


def comparison_lines(corpus: str, parts: Parts, n_topics: int, summaries: Sequence[Summary]) -> list[str]:
    """Lay a comparison out as a table; the best of each column has a star.

    Parameters
    ----------
    corpus : str
        What was read.
    parts : Parts
        What the models saw.
    n_topics : int
        Topics of each.
    summaries : sequence of Summary
        One a model.

    Returns
    -------
    list of str
        Lines: the means, then what the columns are, then the spread over seeds where there are several.
    """
    from textsc.evaluation.comparison import METRICS

    best = best_models(summaries)
    shown = {name: metric for name, metric in METRICS.items() if best[name]}
    n_seeds, several = summaries[0].n_seeds, len(summaries) > 1
    sizes = (
        f"{plural(parts.train.shape[0], 'document')} to learn from, {parts.test.shape[0]:,} to test with, "
        f"{plural(len(parts.words), 'word')}, {plural(n_topics, 'topic')}"
    )
    over = f"; means of {n_seeds} seeds" if n_seeds > 1 else ""
    means = [(s.model, {name: (s.mean[name], several and s.model in best[name]) for name in shown}) for s in summaries]
    lines = [f"{corpus}: {sizes}{over}", *_table(shown, means), "", *(["* best of its column"] if several else [])]
    lines += [line for name, line in _WORDS_ON.items() if name in shown]
    if n_seeds > 1:
        spreads = [(s.model, {name: (s.spread[name], False) for name in shown}) for s in summaries]
        lines += ["", "standard deviation over seeds", *_table(shown, spreads, more_digits=1)]
    return lines


def comparison_content(
    corpus: str,
    parts: Parts,
    n_topics: int,
    seeds: Sequence[int],
    runs: Sequence[Run],
    summaries: Sequence[Summary],
    *,
    absent: Sequence[str],
) -> dict[str, Any]:
    """Give a comparison in plain values.

    Parameters
    ----------
    corpus, parts, n_topics, summaries
        As for `comparison_lines`.
    seeds : sequence of int
        Of the fits.
    runs : sequence of Run
        All of them.
    absent : sequence of str
        Models that are not installed.

    Returns
    -------
    dict
        Sizes, a mean and spread for each model, the best of each figure, and all runs with their topics.
    """
    from textsc.evaluation.peers import PEERS, installed_version

    return {
        "corpus": corpus,
        "n_train": int(parts.train.shape[0]),
        "n_test": int(parts.test.shape[0]),
        "n_words": len(parts.words),
        "n_topics": n_topics,
        "seeds": list(seeds),
        "models": [
            {
                "name": s.model,
                "title": PEERS[s.model].title,
                "version": installed_version(s.model),
                "mean": _finite(s.mean),
                "spread": _finite(s.spread),
            }
            for s in summaries
        ],
        "not_installed": list(absent),
        "best": best_models(summaries),
        "runs": [_finite(dataclasses.asdict(run)) for run in runs],
    }


def _table(
    shown: dict[str, Metric], rows: Sequence[tuple[str, dict[str, tuple[float | None, bool]]]], *, more_digits: int = 0
) -> list[str]:
    width = max(len(model) for model, _ in rows)
    columns = {name: max(len(metric.title), 6) + 3 for name, metric in shown.items()}
    head = " " * width + "".join(f"{metric.title:>{columns[name] - 1}} " for name, metric in shown.items())
    lines = [head.rstrip()]
    for model, cells in rows:
        line = f"{model:{width}}"
        for name, metric in shown.items():
            value, best = cells[name]
            text = "-" if value is None else f"{value:.{metric.n_digits + more_digits}f}"
            line += f"{text:>{columns[name] - 1}}{'*' if best else ' '}"
        lines.append(line.rstrip())
    return lines


def _finite(values: dict[str, Any]) -> dict[str, Any]:
    return {name: number(value) if isinstance(value, float) else value for name, value in values.items()}
