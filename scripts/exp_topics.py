"""Topics and likelihoods beside the peers': one split of a corpus, one code for every figure, several seeds.

    python scripts/exp_topics.py --corpus 20newsgroups.jsonl.gz --words 2000 --out scripts/results/topics_20ng_2000.json

Each run (a model with a seed) is stored as it finishes, and is skipped where the file has it; ``--again textsc`` does
those of a model again. ``--dial prior_mean 0.002 0.02 0.1`` runs textsc with these values of one of its parameters
(seed 0), for the picture that scripts/fig_dial.py draws. All models work on one thread. Peers that are not installed
are left out.
"""

import argparse
import dataclasses
import time
import warnings
from pathlib import Path

from experiments import ResultFile, pending, read_parts, rounded

from textsc import SparseCoding
from textsc.evaluation.comparison import Run, compare_models, judge
from textsc.evaluation.parts import Parts
from textsc.evaluation.peers import PEERS, Textsc, installed_version

DIAL = "textsc dial"  # what its runs are called


def stored(run: Run) -> dict:
    """Return a run as the file holds it: the words of a topic as one string."""
    found = rounded(dataclasses.asdict(run))
    return {**found, "topics": [" ".join(words) for words in run.topics]}


def run_models(parts: Parts, models: list[str], results: ResultFile, *, n_topics: int, n_seeds: int) -> None:
    """Run what the file lacks."""
    for model, seed in pending(models, n_seeds, results):
        (run,) = compare_models(parts, n_topics=n_topics, seeds=[seed], models=[model])
        results.add({**stored(run), "version": installed_version(model)})
        _say(run)


def turn_dial(parts: Parts, parameter: str, values: list[float], results: ResultFile, *, n_topics: int) -> None:
    """Run textsc with each value of a parameter."""
    for value in values:
        setting = {parameter: value}
        if not results.holds(model=DIAL, setting=setting):
            started = time.process_time()
            model = SparseCoding(n_topics, random_state=0).set_params(**setting)
            peer = Textsc.of(model, parts.train)
            run = judge(peer, parts, model=DIAL, seed=0, fit_s=time.process_time() - started)
            results.add({**stored(run), "setting": setting, "version": installed_version("textsc")})
            print(setting, end=" ")
            _say(run)


def _say(run: Run) -> None:
    shown = {name: round(value, 3) for name, value in dataclasses.asdict(run).items() if isinstance(value, float)}
    print(run.model, run.seed, shown, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", required=True, help="a corpus as textsc reads it")
    parser.add_argument("--words", type=int, default=2000)
    parser.add_argument("--topics", type=int, default=50)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--models", nargs="+", choices=PEERS, help="by default all that are installed")
    parser.add_argument("--again", nargs="+", default=[], choices=[*PEERS, "dial"], help="models to run once more")
    parser.add_argument("--dial", nargs="+", metavar=("PARAMETER", "VALUE"), help="also run textsc with these values")
    parser.add_argument("--out", type=Path, required=True, help="file of results")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")

    models = [name for name in arguments.models or PEERS if installed_version(name) is not None]
    parts, head = read_parts(arguments.corpus, n_words=arguments.words)
    packages = ("textsc", "numpy", "scipy", "scikit-learn", "gensim")
    results = ResultFile(arguments.out, {**head, "n_topics": arguments.topics}, packages)
    for model in arguments.again:
        results.forget(model=DIAL if model == "dial" else model)
    run_models(parts, models, results, n_topics=arguments.topics, n_seeds=arguments.seeds)
    if arguments.dial:
        parameter, *values = arguments.dial
        turn_dial(parts, parameter, [float(value) for value in values], results, n_topics=arguments.topics)


if __name__ == "__main__":
    main()
