"""Soundtracks told from 50 ms of sound: codes (KL, L1), PCA, spectra, and a basis trained on labels through the codes.

    python scripts/exp_music.py --unlabelled game_music_a --labelled game_music_b --out scripts/results/music.json
    python scripts/exp_music.py ... --inputs magnitude mel --splits track clip --draws 20 21

The supplement's section E on folders of sounds (labels.csv with file, label and track, or a sub-folder a class). The
basis is learned from the unlabelled clips; of each labelled class 5 clips are the test part of a draw and the others
train, all clips of a track on one side (`--splits clip`: wherever they fall). All settings of a draw (dimension of PCA,
alpha, lambda, C, the penalty of the network) are those with the best snippet accuracy on clips held out of its own
training part; test clips choose nothing. What is the same in all draws (the input, the basis and its λ, what there is
to choose from, how the basis is trained through the code) was set after looking at other draws of the same
clips. A class is a soundtrack, not a genre.
"""

import argparse
import warnings
from functools import partial
from pathlib import Path

import numpy as np
from experiments import ResultFile, rounded
from music_data import INPUTS, N_SNIPPETS, SPLITS, Clips, drawn_rows, read_clips, split_clips
from music_models import (
    LAM_THROUGH,
    NETWORKS,
    STRENGTHS,
    THROUGH,
    Codes,
    best_maxent,
    best_of,
    maxent,
    network,
    through,
    validation_folds,
)

FIXED = ("pca", "l1", "kl", "raw")
TRAINED = ("network", "through")
N_TEST, N_HELD = 5, 3  # clips of each class: of the test part; held out of the training part for validation
N_FOLDS = {200: 3, 2_000: 2, 10_000: 1}  # how often; more where a choice is noisier
RESAMPLES = 2_000


def scores(P: np.ndarray, clips: Clips, told: np.ndarray, seed: int) -> dict:
    """Return snippet and clip accuracy, each with the 95 % bootstrap interval over clips.

    ``P`` has the probabilities of the snippets of the told clips, in their order. A clip's answer is the class with the
    largest sum of log-probabilities over its snippets.
    """
    clip, y = clips.clip[told[clips.clip]], clips.y[told[clips.clip]]
    members = np.flatnonzero(told)
    right = P.argmax(axis=1) == y
    snippet = np.array([right[clip == member].mean() for member in members])
    logs = np.log(np.maximum(P, 1e-12))
    answers = [logs[clip == member].sum(axis=0).argmax() == y[clip == member][0] for member in members]
    found: dict = {}
    for name, values in (("accuracy", snippet), ("clip_accuracy", np.array(answers, dtype=float))):
        drawn = np.random.default_rng(seed).integers(len(values), size=(RESAMPLES, len(values)))
        low, high = np.quantile(values[drawn].mean(axis=1), (0.025, 0.975))
        found |= {name: float(values.mean()), f"{name}_low": float(low), f"{name}_high": float(high)}
    return found


class Draw:
    """One draw of training and test clips, with one way of looking at the sound."""

    def __init__(self, codes: Codes, clips: Clips, *, seed: int, by: str) -> None:
        self.codes, self.clips, self.seed = codes, clips, seed
        self.test = split_clips(clips, N_TEST, np.random.default_rng(seed), by=by)
        self._folds = partial(validation_folds, clips, ~self.test, n_clips=N_HELD, by=by, seed=seed)

    def run(self, method: str, n_rows: int) -> dict:
        """Choose the settings of a method on validation clips, train it on all of the part, and test it."""
        rows = drawn_rows(self.clips, ~self.test, n_rows, np.random.default_rng(self.seed))
        chosen, tell, F = getattr(self, f"_{method}", partial(self._fixed, method))(rows, n_rows)
        told = self.test[self.clips.clip]
        return {"chosen": chosen, **rounded(scores(tell(F[told]), self.clips, self.test, self.seed))}

    def _fixed(self, method: str, rows: np.ndarray, n_rows: int) -> tuple:
        folds = self._folds(n_rows, n_folds=N_FOLDS[n_rows])
        choice, C = best_maxent(self.codes, self.clips, method, folds, STRENGTHS[n_rows])
        F = self.codes.of(method, choice)
        return {"setting": choice, "C": C}, self._maxent(F, rows, C), F

    def _maxent(self, F: np.ndarray, rows: np.ndarray, C: float) -> object:
        return next(maxent(F[rows], self.clips.y[rows], (C,)))

    def _through(self, rows: np.ndarray, n_rows: int) -> tuple:
        model = through(self.codes, self.clips, rows, self.seed)
        return {"lam": LAM_THROUGH, **THROUGH}, model.predict_proba, self.clips.X

    def _network(self, rows: np.ndarray, n_rows: int) -> tuple:
        folds = self._folds(n_rows, n_folds=1)
        settings = best_of(
            NETWORKS, lambda one, fold: network(self.clips, fold.rows, one, self.seed), self.clips, folds
        )
        return settings, network(self.clips, rows, settings, self.seed), self.clips.X


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--unlabelled", type=Path, required=True, help="folder of sounds for the basis")
    parser.add_argument("--labelled", type=Path, required=True, help="folder of sounds with classes")
    parser.add_argument("--inputs", nargs="+", choices=INPUTS, default=["log"])
    parser.add_argument("--splits", nargs="+", choices=SPLITS, default=["track"])
    parser.add_argument("--draws", type=int, nargs="+", default=list(range(20, 30)), help="seeds")
    parser.add_argument("--sizes", type=int, nargs="+", choices=STRENGTHS, default=list(STRENGTHS))
    parser.add_argument("--methods", nargs="+", choices=[*FIXED, *TRAINED], default=list(FIXED))
    parser.add_argument("--cache", type=Path, help="folder for spectra and codes, which are else made anew")
    parser.add_argument("--out", type=Path, required=True, help="file of results")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", RuntimeWarning)

    parts = {name: getattr(arguments, name) for name in N_SNIPPETS}
    sounds = {name: read_clips(parts[name], n, cache=arguments.cache) for name, n in N_SNIPPETS.items()}
    labelled = sounds["labelled"]
    head = {"n_classes": len(set(labelled.labels)), "n_clips": len(labelled.labels), "n_snippets": N_SNIPPETS}
    head |= {name: path.name for name, path in parts.items()}
    results = ResultFile(arguments.out, head, ("textsc", "numpy", "scipy", "scikit-learn"))
    for name in arguments.inputs:
        unlabelled, heard = (sounds[part].as_input(name) for part in ("unlabelled", "labelled"))
        codes = Codes(unlabelled, heard, seed=0, cache=arguments.cache, name=f"{labelled.X.shape[0]}_{name}")
        for seed in arguments.draws:
            for by in arguments.splits:
                draw = Draw(codes, heard, seed=seed, by=by)
                for n_rows in arguments.sizes:
                    for method in arguments.methods:
                        setting = {"input": name, "split": by, "n": n_rows}
                        if not results.holds(model=method, setting=setting, seed=seed):
                            found = draw.run(method, n_rows)
                            results.add({"model": method, "setting": setting, "seed": seed, **found})
                            print(name, by, n_rows, seed, method, found, flush=True)


if __name__ == "__main__":
    main()
