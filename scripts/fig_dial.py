"""Draw perplexity against coherence over the range of a dial, beside the points of the peers.

    python scripts/fig_dial.py scripts/results/topics_20ng_2000.json --figure scripts/results/dial_20ng_2000.svg

Everything comes from a file of scripts/exp_topics.py, which has run with ``--dial PARAMETER VALUE...``.
"""

import argparse
import json
from pathlib import Path
from statistics import fmean
from typing import Any

DIAL = "textsc dial"
# Where the closer look may stand, best first: left, bottom, width, height of the axes.
ROOMS = [(0.13, 0.1, 0.4, 0.42), (0.13, 0.1, 0.34, 0.3), (0.3, 0.46, 0.34, 0.4)]
MARGIN = 0.04
# Colours of Okabe and Ito, and shapes that differ too.
STYLES = {
    "textsc": ("textsc, defaults", "#D55E00", "*"),
    "sklearn_lda": ("LDA, scikit-learn", "#0072B2", "o"),
    "gensim_lda": ("LDA, gensim", "#56B4E9", "s"),
    "tomotopy_lda": ("LDA, tomotopy", "#009E73", "D"),
    "nmf_kl": ("NMF, KL", "#CC79A7", "^"),
    "nmf_tfidf": ("NMF, TF-IDF (no likelihood)", "#000000", "_"),
}


def points(result: dict) -> tuple[list[tuple[float, float, float]], dict[str, tuple[float | None, float]]]:
    """Return the dial as (value, perplexity, NPMI), by value, and the mean (perplexity, NPMI) of each model."""
    dial = sorted(
        (next(iter(run["setting"].values())), run["perplexity"], run["npmi"])
        for run in result["runs"]
        if run["model"] == DIAL
    )
    models = {}
    for model in STYLES:
        runs = [run for run in result["runs"] if run["model"] == model]
        if runs:
            known = [run["perplexity"] for run in runs]
            models[model] = (None if None in known else fmean(known), fmean(run["npmi"] for run in runs))
    return dial, models


def _within(place: Any, spot: tuple[float, float, float, float]) -> bool:
    """Say whether a point lies in a box, or so near that its axis would cover it."""
    return all(low - MARGIN < at < low + size + MARGIN for at, low, size in zip(place, spot[:2], spot[2:], strict=True))


def _line(axis: Any, dial: list[tuple[float, float, float]]) -> None:
    axis.plot([d[1] for d in dial], [d[2] for d in dial], color="#D55E00", lw=1.4, marker=".", zorder=2)


def _closer(axis: Any, dial: list[tuple[float, float, float]], others: list[tuple[float, float]]) -> None:
    """Show the line once more, larger and with its values, where it hides none of the others."""
    places = [axis.transLimits.transform(point) for point in others]
    room = next((spot for spot in ROOMS if not any(_within(place, spot) for place in places)), ROOMS[0])
    inset = axis.inset_axes(room)
    _line(inset, dial)
    for value, perplexity, npmi in dial:
        inset.annotate(f"{value:g}", (perplexity, npmi), xytext=(4, 4), textcoords="offset points", fontsize=7.5)
    inset.margins(0.2)
    inset.tick_params(labelsize=7)
    inset.locator_params(nbins=4)
    inset.set_title("the line, closer", fontsize=8)


def draw(result: dict, path: Path) -> None:
    """Draw the picture; a model without a likelihood is a line across at its coherence."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    plt.rcParams.update({"font.size": 9, "svg.hashsalt": "textsc", "svg.fonttype": "path"})
    dial, models = points(result)
    parameter = next((next(iter(run["setting"])) for run in result["runs"] if run["model"] == DIAL), "")
    figure, axis = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
    if dial:
        _line(axis, dial)
    for model, (perplexity, npmi) in models.items():
        label, colour, marker = STYLES[model]
        if perplexity is None:
            axis.axhline(npmi, color=colour, lw=1, ls=(0, (4, 3)), label=label, zorder=1)
        else:
            size = 130 if marker == "*" else 40
            axis.scatter([perplexity], [npmi], color=colour, marker=marker, s=size, label=label, zorder=3)
    if dial:
        _closer(axis, dial, [(x, y) for x, y in models.values() if x is not None])
    axis.set(
        xlabel="perplexity of held-out words (left is better)",
        ylabel="NPMI of ten words a topic (up is better)",
        title=f"{result['n_words']:,} words, K = {result['n_topics']}; the line: {parameter} from "
        f"{dial[0][0]:g} to {dial[-1][0]:g}"
        if dial
        else f"{result['n_words']:,} words, K = {result['n_topics']}",
    )
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False, fontsize=8, loc="upper right")
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=110)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, help="a file of scripts/exp_topics.py")
    parser.add_argument("--figure", type=Path, required=True, help="where the picture goes (.svg, .png)")
    arguments = parser.parse_args()
    draw(json.loads(arguments.results.read_text(encoding="utf-8")), arguments.figure)


if __name__ == "__main__":
    main()
