"""Draw the music experiment: accuracy by the number of snippets, and paired differences, from a file of results alone.

python scripts/fig_music.py scripts/results/music.json --figure scripts/results/music.svg
"""

import argparse
import json
import math
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from music_tables import INPUTS, MODELS, PAPER, SIZES, SPLITS, Block
from scipy.stats import t

COLOURS = {
    "pca": "#999999",
    "l1": "#0072B2",
    "kl": "#D55E00",
    "raw": "#000000",
    "network": "#CC79A7",
    "through": "#009E73",
}
SHOWN = (("kl", "l1"), ("kl", "pca"), ("through", "kl"), ("through", "raw"), ("through", "network"))


def blocks(result: dict, by: str = "track") -> dict[str, Block]:
    """Return the runs of one way to split, by input."""
    found = {}
    for name in INPUTS:
        runs = [run for run in result["runs"] if (run["setting"]["input"], run["setting"]["split"]) == (name, by)]
        if runs:
            found[name] = Block(runs)
    return found


def points(block: Block, model: str) -> list[tuple[int, float]]:
    """Return the mean accuracy at each size that was run, in percent."""
    found = {n: block.values(model, n, "accuracy").values() for n in SIZES}
    return [(n, 100 * fmean(values)) for n, values in found.items() if values]


def difference(block: Block, first: str, second: str, n: int) -> tuple[float, float] | None:
    """Return the mean paired difference and half of its 95 % interval, in points; None with fewer than two draws."""
    a, b = (block.values(model, n, "accuracy") for model in (first, second))
    both = [100 * (a[seed] - b[seed]) for seed in sorted(a.keys() & b.keys())]
    if len(both) < 2:
        return None
    return fmean(both), float(t.ppf(0.975, len(both) - 1)) * stdev(both) / math.sqrt(len(both))


def _levels(axis: Any, block: Block) -> None:
    for model in block.models:
        found = points(block, model)
        marker = {"through": "*", "network": "s"}.get(model, "o")
        axis.plot(*zip(*found, strict=True), color=COLOURS[model], marker=marker, lw=1.2, ms=6, label=MODELS[model])
    for model, row in PAPER.items():
        label = "the supplement, other music" if model == "pca" else None
        axis.plot(SIZES, row, color=COLOURS[model], lw=0.8, ls=(0, (2, 2)), alpha=0.7, label=label)
    axis.set(xscale="log", xlabel="labelled snippets of 50 ms", ylabel="snippets told, %")
    axis.set_xticks(SIZES, [f"{n:,}" for n in SIZES])
    axis.minorticks_off()


def _differences(axis: Any, block: Block) -> None:
    rows = [(pair, n, difference(block, *pair, n)) for pair in SHOWN for n in SIZES]
    rows = [row for row in rows if row[2] is not None]
    for place, ((first, _), _, (mean, half)) in enumerate(rows):
        axis.errorbar(mean, -place, xerr=half, color=COLOURS[first], marker="o", ms=4, capsize=2, lw=1.2)
    labels = [f"{_short(a)} - {_short(b)}, {n:,}" for (a, b), n, _ in rows]
    axis.set_yticks([-place for place in range(len(rows))], labels)
    axis.axvline(0, color="#000000", lw=0.8)
    axis.set(xlabel="points, mean and 95 % over draws")


def _short(model: str) -> str:
    return {"through": "trained", "raw": "spectra", "kl": "KL", "l1": "L1", "pca": "PCA"}.get(model, model)


def draw(result: dict, path: Path) -> None:
    """Draw levels beside differences, a row an input; dashed are the figures of the supplement."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    plt.rcParams.update({"font.size": 9, "svg.hashsalt": "textsc", "svg.fonttype": "path"})
    found = blocks(result)
    # An input that was run at one size draws no line.
    lines = {name: block for name, block in found.items() if any(len(points(block, one)) > 1 for one in block.models)}
    found = lines or found
    figure, axes = plt.subplots(
        len(found), 2, figsize=(8.6, 3.6 * len(found)), layout="constrained", squeeze=False, width_ratios=(1, 1.1)
    )
    for (left, right), (name, block) in zip(axes, found.items(), strict=True):
        _levels(left, block)
        _differences(right, block)
        left.set_title(f"{INPUTS[name]}, {SPLITS['track']}, {block.n_draws} draws", fontsize=9)
        for axis in (left, right):
            axis.spines[["top", "right"]].set_visible(False)
    handles, labels = axes[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, frameon=False, fontsize=8, loc="outside lower center", ncols=4)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=110)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, help="a file of scripts/exp_music.py")
    parser.add_argument("--figure", type=Path, required=True, help="where the picture goes (.svg, .png)")
    arguments = parser.parse_args()
    draw(json.loads(arguments.results.read_text(encoding="utf-8")), arguments.figure)


if __name__ == "__main__":
    main()
