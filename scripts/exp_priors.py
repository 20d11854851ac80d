"""Figure 1 of the supplement from the project's own objects: what each prior does to one weight.

Shrinkage is the code ŵ of the one-dimensional problem ½(x − w)² + λP(w), as `infer_codes` solves it on a basis of one
column of length 1; gradient is P'(w); density is exp(−λP(w)), normalised. Beside each stands its closed form, and the
largest difference between the two is printed and stored.

    python scripts/exp_priors.py --out scripts/results/priors.json --figure scripts/results/priors.svg
"""

import argparse
import json
import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import lambertw

from textsc.coding import PRIORS, LegendrePrior, LinearSquared, Objective, infer_codes

LAM, MEAN = 1.0, 0.25
REACH = 3.0  # x and w run from −3 to 3
TOL = 1e-12
PASSES = 2_001  # of the proximal method, which has no certificate to stop by under a uniform prior
SUMMARY = (-3.0, -1.5, -0.5, 0.0, 0.5, 1.5, 3.0)


def signed_root(x: float) -> float:
    """Return w with w + λ arcsinh(w/2p) = x."""
    return float(brentq(lambda w: w + LAM * np.arcsinh(w / (2 * MEAN)) - x, -abs(x) - 1, abs(x) + 1, xtol=1e-15))


@dataclass(frozen=True)
class Case:
    """A prior of the figure, and its three curves by the formula; weights of any sign where it takes them."""

    name: str
    label: str
    shrinkage: Callable[[np.ndarray], np.ndarray]
    gradient: Callable[[np.ndarray], np.ndarray]
    penalty: Callable[[np.ndarray], np.ndarray]

    @property
    def positive(self) -> bool:
        """Whether the figure shows the prior on weights at 0 or above: only where it knows no others."""
        return self.name == "kl"

    def build(self):
        """Return the project's prior."""
        return PRIORS[self.name].build(mean=MEAN, positive=self.positive)


def kl_penalty(w: np.ndarray) -> np.ndarray:
    logs = np.log(np.where(w > 0, w, 1.0) / MEAN)
    return np.where(w > 0, w * logs, 0.0) - w + MEAN


def signed_penalty(w: np.ndarray) -> np.ndarray:
    return w * np.arcsinh(w / (2 * MEAN)) - np.sqrt(w**2 + 4 * MEAN**2) + 2 * MEAN


CASES = (
    Case("uniform", "uniform", lambda x: x, lambda w: 0 * w, lambda w: 0 * w),
    Case("l2", "L2", lambda x: x / (1 + LAM), lambda w: w, lambda w: w**2 / 2),
    Case("l1", "L1", lambda x: np.sign(x) * np.maximum(np.abs(x) - LAM, 0), np.sign, np.abs),
    Case(
        "kl",
        "KL",
        lambda x: LAM * lambertw(MEAN / LAM * np.exp(x / LAM)).real,
        lambda w: np.log(w / MEAN),
        kl_penalty,
    ),
    Case(
        "signed_kl",
        "signed KL",
        lambda x: np.array([signed_root(one) for one in x]),
        lambda w: np.arcsinh(w / (2 * MEAN)),
        signed_penalty,
    ),
)


def shrink(prior, x: np.ndarray) -> np.ndarray:
    """Return ŵ for each x by the project's solver, on the basis of the one number 1."""
    objective = Objective(LinearSquared(), prior, LAM, "type")
    basis = objective.pair.bind(np.ones((1, 1)), np.zeros(1))
    limit = None if isinstance(prior, LegendrePrior) else PASSES
    codes = infer_codes(objective, basis, x[:, None], np.full(len(x), LAM), tol=TOL, max_passes=limit)
    return codes.W[:, 0]


def slope(prior, w: np.ndarray) -> np.ndarray:
    """Return P'(w): the dual of a Legendre prior, else central differences of P, exact but for rounding."""
    if isinstance(prior, LegendrePrior):
        return prior.dual(w[None, :])[0]
    step = 1e-5
    return (prior.penalty(w[None, :] + step) - prior.penalty(w[None, :] - step)) / (2 * step)


def density(penalty: Callable[[np.ndarray], np.ndarray], w: np.ndarray, low: float) -> np.ndarray:
    """Return exp(−λP(w)) over its integral; the uniform density is improper and left at 1."""
    if penalty(np.array([1e6]))[0] == 0:
        return np.ones_like(w)

    def height(one: float) -> float:
        return float(np.exp(-LAM * penalty(np.array([one]))[0]))

    total = sum(quad(height, a, b, epsabs=1e-12)[0] for a, b in ((low, 0.0), (0.0, 3.0), (3.0, 60.0)) if a < b)
    return np.exp(-LAM * penalty(w)) / total


def curves(case: Case, x: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return for each panel where, what the project says there, and what the formula says."""
    prior = case.build()
    w = x[x > 0] if case.positive else x

    def ours(values: np.ndarray) -> np.ndarray:
        return prior.penalty(values[None, :])

    low = 0.0 if case.positive else -60.0
    return {
        "shrinkage": (x, shrink(prior, x), case.shrinkage(x)),
        "gradient": (w, slope(prior, w), case.gradient(w)),
        "density": (w, density(ours, w, low), density(case.penalty, w, low)),
    }


def summarise(case: Case, found: dict) -> dict:
    """Return a few points of each curve, and the largest difference from the closed form over all points."""
    few = curves(case, np.array(SUMMARY))
    return {
        panel: {
            "max_difference": float(np.max(np.abs(ours - formula))),
            "at": few[panel][0].tolist(),
            "values": [round(float(value), 6) + 0.0 for value in few[panel][1]],
        }
        for panel, (_, ours, formula) in found.items()
    }


def compute(*, n_points: int = 240) -> tuple[dict[str, dict], dict]:
    """Return the curves of every prior, and the result as it is stored."""
    # An even number of points: none of them is 0, where L1 has no gradient.
    x = np.linspace(-REACH, REACH, n_points)
    found = {case.name: curves(case, x) for case in CASES}
    result = {
        "schema": 1,
        "settings": {"lam": LAM, "prior_mean": MEAN, "reach": REACH, "n_points": n_points, "tol": TOL},
        "versions": {name: version(name) for name in ("textsc", "numpy", "scipy")},
        "python": platform.python_version(),
        "priors": {case.name: summarise(case, found[case.name]) for case in CASES},
    }
    return found, result


# The colours of Okabe and Ito, which people with any common colour blindness tell apart, with lines that differ too.
STYLES = {
    "uniform": ("#000000", (0, (1, 1.2))),
    "l2": ("#E69F00", "-"),
    "l1": ("#009E73", (0, (6, 2))),
    "kl": ("#0072B2", "-"),
    "signed_kl": ("#CC79A7", (0, (5, 1.5, 1, 1.5))),
}
PANELS = {
    "shrinkage": ("Shrinkage", "unshrunk $x$", r"code $\hat w$"),
    "gradient": ("Gradient of the prior", "weight $w$", "$P'(w)$"),
    "density": ("Density", "weight $w$", r"$\exp(-\lambda P(w))$, normalised"),
}


def draw(found: dict[str, dict], path: Path) -> None:
    """Draw the three panels: lines are the project's objects, dots the closed forms."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    plt.rcParams.update({"font.size": 9, "svg.hashsalt": "textsc", "svg.fonttype": "path"})
    figure, axes = plt.subplots(1, 3, figsize=(10.5, 3.6), layout="constrained")
    for axis, (panel, (title, below, beside)) in zip(axes, PANELS.items(), strict=True):
        axis.axhline(0, color="0.85", lw=0.8, zorder=0)
        axis.axvline(0, color="0.85", lw=0.8, zorder=0)
        for shift, case in enumerate(CASES):
            at, ours, formula = found[case.name][panel]
            colour, line = STYLES[case.name]
            if panel == "density" and case.name == "uniform":
                ours = formula = np.full_like(at, 1 / (2 * REACH))  # improper: drawn over the width of the panel
            axis.plot(at, ours, color=colour, ls=line, lw=1.8, label=case.label)
            some = np.arange(6 + 5 * shift, len(at), max(len(at) // 12, 1))
            axis.plot(at[some], formula[some], ls="", marker="o", ms=3.6, mfc="white", mec=colour, mew=1.0)
        axis.set(title=title, xlabel=below, ylabel=beside, xlim=(-REACH, REACH))
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set(ylim=(-REACH, REACH), aspect="equal")
    axes[1].set(ylim=(-REACH, REACH), aspect="equal")
    axes[2].set(ylim=(0, None))
    handles, labels = axes[0].get_legend_handles_labels()
    dot = plt.Line2D([], [], ls="", marker="o", ms=3.6, mfc="white", mec="0.3")
    figure.legend([*handles, dot], [*labels, "closed forms"], loc="outside lower center", ncols=6, frameon=False)
    figure.suptitle(rf"What a prior does to one weight ($\lambda$ = {LAM:g}, $p$ = {MEAN:g})", fontsize=10)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=110)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="where the JSON goes; standard output if absent")
    parser.add_argument("--figure", type=Path, help="where the picture goes (.png, .svg); needs matplotlib")
    arguments = parser.parse_args()
    found, result = compute()
    text = json.dumps(result, indent=1) + "\n"
    if arguments.out is None:
        print(text)
    else:
        arguments.out.write_text(text, encoding="utf-8")
    if arguments.figure is not None:
        draw(found, arguments.figure)
    for name, panels in result["priors"].items():
        print(name, {panel: f"{values['max_difference']:.1e}" for panel, values in panels.items()})


if __name__ == "__main__":
    main()
