"""The tables of sound, from results alone; a table without results is not made."""

import json
import math
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from statistics import fmean, stdev

from scipy.stats import t

MODELS = {
    "pca": "PCA",
    "l1": "L1 codes",
    "kl": "KL codes",
    "raw": "spectra as they are",
    "network": "network, 552-128-7",
    "through": "KL, basis trained through the code",
}
PAIRS = (("kl", "l1"), ("kl", "pca"), ("kl", "raw"), ("through", "kl"), ("through", "raw"), ("through", "network"))
SIZES = (200, 2_000, 10_000)
PAPER = {"pca": (32, 43, 48), "l1": (31, 43, 49), "kl": (33, 45, 50)}
INPUTS = {"log": "log spectra", "magnitude": "plain magnitudes", "mel": "log of 128 mel bands"}
SPLITS = {"track": "a track on one side", "clip": "split by clip"}


def interval(values: list[float], *, sign: bool = False) -> str:
    """Return the mean in percent, and half of its 95 % t-interval.

    Examples
    --------
    >>> interval([0.25, 0.5, 0.75]), interval([0.01], sign=True)
    ('50.0 ± 62.1', '+1.0')
    """
    mean = f"{100 * fmean(values):{'+' if sign else ''}.1f}"
    if len(values) < 2:
        return mean
    half = t.ppf(0.975, len(values) - 1) * stdev(values) / math.sqrt(len(values))
    return f"{mean} ± {100 * half:.1f}"


class Block:
    """The runs of one input and one way to split."""

    def __init__(self, runs: list[dict]) -> None:
        self._runs = {(run["model"], run["setting"]["n"], run["seed"]): run for run in runs}
        self.n_draws = len({run["seed"] for run in runs})
        self.models = [model for model in MODELS if any(model == name for name, _, _ in self._runs)]

    def values(self, model: str, n: int, name: str) -> dict[int, float]:
        """Return a figure by draw."""
        return {seed: run[name] for (m, size, seed), run in self._runs.items() if (m, size) == (model, n)}

    def cell(self, model: str, n: int) -> str:
        """Return the snippet accuracy with its interval over draws, and the clip accuracy."""
        snippet, clip = (list(self.values(model, n, name).values()) for name in ("accuracy", "clip_accuracy"))
        return f"{interval(snippet)} / {100 * fmean(clip):.0f}" if snippet else "-"

    def pair(self, first: str, second: str, n: int) -> str:
        """Return the difference of snippet accuracies over the draws that both have, and how many the first won."""
        a, b = (self.values(model, n, "accuracy") for model in (first, second))
        both = [a[seed] - b[seed] for seed in sorted(a.keys() & b.keys())]
        return f"{interval(both, sign=True)} ({sum(d > 0 for d in both)}/{len(both)})" if both else "-"

    def over_clips(self, n: int) -> str:
        """Return half of the bootstrap interval over clips of one draw, the mean over models and draws."""
        halves = []
        for name in ("accuracy", "clip_accuracy"):
            ends = [(run[f"{name}_low"], run[f"{name}_high"]) for (_, size, _), run in self._runs.items() if size == n]
            halves.append(fmean((high - low) / 2 for low, high in ends) if ends else math.nan)
        return "-" if math.isnan(halves[0]) else f"± {100 * halves[0]:.0f} / ± {100 * halves[1]:.0f}"

    def rows(self) -> list[list[str]]:
        """Return the rows of the table."""
        found = [[MODELS[model], *(self.cell(model, n) for n in SIZES)] for model in self.models]
        for first, second in PAIRS:
            cells = [self.pair(first, second, n) for n in SIZES]
            if set(cells) != {"-"}:
                found.append([f"*{MODELS[first]} - {MODELS[second]}*", *cells])
        return [*found, ["*one draw, over its test clips*", *(self.over_clips(n) for n in SIZES)]]


def music(files: list[dict]) -> str:
    """Return snippet and clip accuracies: a block an input and a way to split, after that of the supplement."""
    lines = [f"| | {' | '.join(f'{n:,} snippets' for n in SIZES)} |", "|---" * (len(SIZES) + 1) + "|"]
    lines.append("| *the supplement's Table 1, other music* |" + " |" * len(SIZES))
    lines += [_line([MODELS[model], *(str(value) for value in row)]) for model, row in PAPER.items()]
    for result in files:
        blocks = sorted(result["runs"], key=_block)
        for (by, name), runs in groupby(blocks, key=_block):
            block = Block(list(runs))
            title = f"*{list(INPUTS.values())[name]}, {list(SPLITS.values())[by]}, {block.n_draws} draws*"
            lines.append(_line([title, *[""] * len(SIZES)]))
            lines += [_line(row) for row in block.rows()]
    return "\n".join(lines)


def _block(run: dict) -> tuple[int, int]:
    return list(SPLITS).index(run["setting"]["split"]), list(INPUTS).index(run["setting"]["input"])


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def stability(files: list[dict]) -> str:
    """Return how codes move and share, a row a code."""
    heads = ["relative error", "sound + 1 %: median / 95 %", "basis + 1 %", "share of the first copy", "order moves"]
    lines = [f"| | {' | '.join([*heads, 'the two weigh', 'the rest moves'])} |", "|---" * 8 + "|"]
    for result in files:
        for run in sorted(result["runs"], key=lambda run: (run["setting"]["lam"], run["model"] == "l1", run["model"])):
            lines.append(_line(_stability_row(run)))
    return "\n".join(lines)


def _stability_row(run: dict) -> list[str]:
    lam = run["setting"]["lam"]
    name = {"kl": f"KL, λ = {lam:g}", "l1": f"L1, alpha = {run.get('strength', 0):.3f}"}.get(run["model"])
    moves = ["-", "-", "-"]
    if "error" in run:
        moves = [f"{run['error']:.3f}"]
        moves += [f"{100 * run[f'{part}_median']:.2f} / {100 * run[f'{part}_95']:.2f} %" for part in ("sound", "basis")]
    return [
        name or f"KL, λ = {lam:g}, p not shared",
        *moves,
        f"{run['share_mean']:.3f} (sd {run['share_sd']:.3f})",
        *(
            f"{100 * run['order_moves']:.1f} %",
            f"{_rounded(run['sum_grows']):+.1f} %",
            f"{100 * run['rest_moves']:.1f} %",
        ),
    ]


def _rounded(share: float) -> float:
    return round(100 * share, 1) + 0.0  # no -0.0


SOURCES: dict[str, tuple[str, Callable[[list[dict]], str]]] = {
    "music": ("music*.json", music),
    "stability": ("stability*.json", stability),
}


def tables(results: Path) -> dict[str, Callable[[], str]]:
    """Return what makes each table that there are results for, by name."""
    found: dict[str, Callable[[], str]] = {}
    for name, (pattern, make) in SOURCES.items():
        files = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(results.glob(pattern))]
        if files:
            found[name] = lambda files=files, make=make: make(files)
    return found
