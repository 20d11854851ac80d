r"""Frames coded in a second by the linear pair, beside scikit-learn's sparse_encode with the same basis.

    python scripts/bench_linear.py --out scripts/results/linear_speed.json
    python scripts/bench_linear.py --corpus game_music_b --frames 4000 --budget 1 \
        --out scripts/results/linear_speed_music.json

Frames are non-negative and of unit norm: spectra of 50 ms of a folder of sounds, or made up: sums of a few peaks, with
noise. The basis is that of a finished fit at its defaults. Ours has the KL prior, the peers the L1 norm (lasso_cd,
lasso_lars; weights at 0 or above) or a number of weights (omp; of any sign): the same λ is not the same code, so speeds
are compared both at the same strength and at the same reconstruction error, for which a peer's speed is interpolated
between its neighbouring strengths. A peer gets as many frames as it codes within `--budget` seconds.
"""

import argparse
import statistics
import warnings
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks import (
    Spent,
    Work,
    compiled_by,
    in_turn,
    machine,
    measure_for,
    measured,
    rounded_deep,
    seconds,
)
from experiments import ResultFile
from sklearn.decomposition import sparse_encode
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from textsc import SparseCoding
from textsc.arrays import DeviceError
from textsc.corpus import open_corpus
from textsc.corpus.sound.snippets import read_snippets
from textsc.corpus.sound.spectra import SoundSpectra

OURS = "textsc"
SEED = 0
N_FEATURES, N_COMPONENTS = 552, 128
STRENGTHS = (0.001, 0.003, 0.01, 0.03, 0.1)
N_WEIGHTS = (2, 4, 8, 16, 32)
L1 = ("lasso_cd", "lasso_lars")
# The type of each peer is that in which it is faster: coordinate descent takes 3 to 7 times as long in float32.
PEERS = {"lasso_cd": np.float64, "lasso_lars": np.float64, "omp": np.float32}
TRIAL = 32  # frames by which the time of a peer is guessed
LEAST = 256  # frames that every contender gets
PARTS = (4, 2, 1)

Name = tuple[str, float]


def made_up_frames(n_frames: int, n_features: int, *, seed: int) -> np.ndarray:
    """Return frames of unit norm, float32: each a sum of 3 to 12 of 200 sources, which are peaks at harmonics."""
    rng = np.random.default_rng(seed)
    bins = np.arange(n_features)
    sources = np.zeros((200, n_features))
    for source in sources:
        base, width = rng.uniform(4, n_features / 4), rng.uniform(0.7, 3)
        for harmonic in range(1, 9):
            source += rng.exponential() / harmonic * np.exp(-0.5 * ((bins - harmonic * base) / width) ** 2)
    frames = 0.02 * rng.random((n_frames, n_features))
    for frame in frames:
        chosen = rng.choice(len(sources), rng.integers(3, 13), replace=False)
        frame += rng.exponential(size=len(chosen)) @ sources[chosen]
    return of_unit_norm(frames)


def heard_frames(folder: str, n_frames: int, *, seed: int) -> np.ndarray:
    """Return frames of unit norm, float32, drawn from the sounds of a folder."""
    spectra = read_snippets(open_corpus(folder), encoder=SoundSpectra()).X
    rows = np.random.default_rng(seed).permutation(np.flatnonzero(np.linalg.norm(spectra, axis=1) > 0))
    return of_unit_norm(spectra[rows[:n_frames]])


def of_unit_norm(frames: np.ndarray) -> np.ndarray:
    """Return rows of length 1."""
    unit = frames / np.linalg.norm(frames, axis=1, keepdims=True)
    return unit.astype(np.float32)


def kept_weights(W: np.ndarray) -> float:
    """Return the mean number of weights above a hundredth of the largest."""
    sizes = np.abs(W)
    return float((sizes > 0.01 * sizes.max(axis=1, keepdims=True)).sum(axis=1).mean())


def at_strength(model: SparseCoding, strength: float, X: np.ndarray) -> Any:
    """Return our codes with another λ."""
    model.lam_ = strength
    return model.codes(X)


def by_sklearn(name: str, strength: float, model: SparseCoding, threads: int, X: np.ndarray) -> np.ndarray:
    """Return codes by a peer, in the type of X: λ is its alpha, or its number of weights."""
    weights = {"n_nonzero_coefs": int(strength)} if name == "omp" else {"alpha": strength, "positive": True}
    with threadpool_limits(1):
        return sparse_encode(X, model.components_.astype(X.dtype), algorithm=name, n_jobs=threads, **weights)


class Line:
    """All contenders over their strengths: what they code, and what came of it.

    Attributes
    ----------
    frames : dict
        The frames of each.
    codes : dict
        The codes of the last round; of ours with certificates.
    """

    def __init__(self, model: SparseCoding, X: np.ndarray, arguments: argparse.Namespace) -> None:
        self.frames: dict[Name, np.ndarray] = {(OURS, strength): X for strength in STRENGTHS}
        self.codes: dict[Name, Any] = {}
        self._coders: dict[Name, Any] = {name: partial(at_strength, model, name[1]) for name in self.frames}
        self._coders[OURS, STRENGTHS[0]](X[:TRIAL])  # the first time, for what is set up once
        measure = measure_for(arguments.threads)
        for peer, dtype in PEERS.items():
            rows = X.astype(dtype)
            for strength in N_WEIGHTS if peer == "omp" else STRENGTHS:
                code = partial(by_sklearn, peer, strength, model, arguments.threads)
                spent, _ = measured(partial(code, rows[:TRIAL]))
                within = max(LEAST, int(TRIAL * arguments.budget / seconds([spent], measure)[0]))
                step = max(1, len(X) // within)
                self.frames[peer, strength], self._coders[peer, strength] = rows[::step], code

    def contenders(self) -> dict[Name, Any]:
        """Return what gets each ready."""
        return {name: partial(self._ready, name) for name in self.frames}

    def _ready(self, name: Name) -> Work:
        def work() -> None:
            self.codes[name] = self._coders[name](self.frames[name])

        return work


def points(line: Line, model: SparseCoding, runs: dict[Name, list[Spent]], measure: str) -> list[dict]:
    """Return speed, error and sparsity of each contender at each strength."""
    found = []
    for (name, strength), frames in line.frames.items():
        codes = line.codes[name, strength]
        W = codes.W if name == OURS else codes
        rest = frames - W @ model.components_
        point = {
            "encoder": name,
            "strength": strength,
            "n_frames": len(frames),
            "error": float(np.mean(rest**2) / np.mean(frames**2)),
            "weights": kept_weights(W),
            "frames_per_s": statistics.median(len(frames) / s for s in seconds(runs[name, strength], measure)),
            "wall_s": seconds(runs[name, strength], "wall_s"),
            "cpu_s": seconds(runs[name, strength], "cpu_s"),
        }
        if name == OURS:
            point["passes"] = {"mean": float(codes.n_passes.mean()), "p99": float(np.percentile(codes.n_passes, 99))}
            point |= {"n_not_converged": int((~codes.converged).sum()), "max_gap": float(codes.gap.max())}
        found.append(point)
    return found


def rate_at(errors: list[float], rates: list[float], error: float) -> float | None:
    """Return the speed at an error, between the neighbouring points in logarithms; None where none are around it.

    Examples
    --------
    >>> round(rate_at([0.01, 0.04], [100.0, 400.0], 0.02), 6), rate_at([0.01, 0.04], [100.0, 400.0], 0.1)
    (200.0, None)
    """
    if not min(errors) <= error <= max(errors):
        return None
    order = np.argsort(errors)
    return float(np.exp(np.interp(np.log(error), np.log(np.take(errors, order)), np.log(np.take(rates, order)))))


def ratios(found: list[dict], measure: str, *, rounds: int) -> list[dict]:
    """Return for each λ of ours how many times faster it is than each peer: medians of the ratios within rounds."""
    of = {name: [point for point in found if point["encoder"] == name] for name in (OURS, *PEERS)}

    def rate(point: dict, turn: int) -> float:
        return point["n_frames"] / point[measure][turn]

    compared = []
    for ours in of[OURS]:
        row: dict[str, Any] = {"lam": ours["strength"], "error": ours["error"]}
        for name in PEERS:
            errors = [point["error"] for point in of[name]]
            equal = [
                (rate(ours, turn), rate_at(errors, [rate(point, turn) for point in of[name]], ours["error"]))
                for turn in range(rounds)
            ]
            known = [mine / theirs for mine, theirs in equal if theirs is not None]
            row[f"{name}_equal_error"] = statistics.median(known) if known else None
            for point in of[name]:
                if name in L1 and point["strength"] == ours["strength"]:
                    pairs = [rate(ours, turn) / rate(point, turn) for turn in range(rounds)]
                    row[f"{name}_equal_strength"] = statistics.median(pairs)
        for kind in ("equal_error", "equal_strength"):
            values = [row[f"{name}_{kind}"] for name in L1 if row[f"{name}_{kind}"] is not None]
            row[f"times_fastest_l1_{kind}"] = min(values) if values else None
        compared.append(row)
    return compared


def growth(model: SparseCoding, X: np.ndarray, lam: float, *, rounds: int, measure: str) -> list[dict]:
    """Code parts of the frames in turn: seconds by their number, with the λ of the fit."""

    def ready(rows: np.ndarray) -> Work:
        return lambda: at_strength(model, lam, rows)

    parts = {len(X[::step]): X[::step] for step in PARTS}
    runs = in_turn({n: partial(ready, rows) for n, rows in parts.items()}, rounds=rounds)
    return [{"n_frames": n, "s": statistics.median(seconds(spent, measure))} for n, spent in runs.items()]


def benchmark(frames: np.ndarray, fitted_on: np.ndarray, arguments: argparse.Namespace) -> dict:
    """Return all that is found on frames, with a basis of other frames."""
    model = SparseCoding(arguments.components, pair="linear", random_state=SEED).fit(fitted_on)
    model.set_params(n_jobs=arguments.threads, device=arguments.device)
    lam = model.lam_
    line = Line(model, frames, arguments)
    runs = in_turn(line.contenders(), rounds=arguments.rounds)
    measure = measure_for(arguments.threads)
    found = points(line, model, runs, measure)
    return {
        "measure": measure,
        "points": found,
        "ratios": ratios(found, measure, rounds=arguments.rounds),
        "growth": growth(model, frames, lam, rounds=arguments.rounds, measure=measure),
    }


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", help="a folder of sounds; made-up frames if absent")
    parser.add_argument("--frames", type=int, default=8000)
    parser.add_argument("--components", type=int, default=N_COMPONENTS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--budget", type=float, default=3.0, help="seconds that a peer may take a round at a strength")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu", help="of ours")
    parser.add_argument("--out", type=Path, help="file of results")
    return parser.parse_args()


def main() -> None:
    arguments = parsed()
    warnings.simplefilter("ignore", ConvergenceWarning)
    if arguments.corpus is None:
        frames = made_up_frames(2 * arguments.frames, N_FEATURES, seed=SEED)
    else:
        frames = heard_frames(arguments.corpus, 2 * arguments.frames, seed=SEED)
    test, train = np.split(frames, 2)
    try:
        result = benchmark(test, train, arguments)
    except DeviceError as error:
        raise SystemExit(f"bench_linear: {error}") from error
    for point in result["points"]:
        print({name: point[name] for name in ("encoder", "strength", "n_frames")}, end=" ")
        print(f"{point['frames_per_s']:,.0f}/s, error {point['error']:.4f}, {point['weights']:.1f} weights")
    print(*result["ratios"], result["growth"], sep="\n", flush=True)
    if arguments.out is not None:
        name = Path(arguments.corpus).name if arguments.corpus else "made up"
        general = {"corpus": name, "n_features": test.shape[1], "n_frames": len(test), "rounds": arguments.rounds}
        results = ResultFile(
            arguments.out, {**general, **machine()}, ("textsc", "numpy", "scikit-learn", *compiled_by())
        )
        setting = {"threads": arguments.threads, "device": arguments.device}
        model = f"K{arguments.components}"
        results.forget(model=model, setting=setting)
        results.add({"model": model, "setting": setting, "seed": SEED, **rounded_deep(result)})


if __name__ == "__main__":
    main()
