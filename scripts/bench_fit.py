"""Time of a fit that predicts as well as the best peer's, as a share of that peer's own.

    python scripts/bench_fit.py --corpus 20newsgroups.jsonl.gz --out scripts/results/fit_20ng_2000.json

Peers are fitted as `textsc compare` fits them, and judged by the same completion perplexity of the same halves. Then
textsc is fitted with 1, 2, 3 ... epochs, each a whole fit with a schedule of its own, until one predicts as well as
the best of them. This one and the best peer then run in turn. Everything is on one thread; seconds are the
processor's; `fit` is timed as a whole, its start and the last coding of all documents with it.
"""

import argparse
import dataclasses
import statistics
import warnings
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import scipy.sparse as sp
from benchmarks import compiled_by, in_turn, machine, measured, median_ratio, rounded_deep, seconds
from experiments import ResultFile, read_parts

from textsc import SparseCoding
from textsc.evaluation.likelihood import split_tokens
from textsc.evaluation.parts import Parts
from textsc.evaluation.peer import Peer
from textsc.evaluation.peers import PEERS, Textsc, installed_version

OURS = "textsc"
EPOCHS = (1, 2, 3, 4, 6, 8, 12, 16, 24)


@dataclasses.dataclass(frozen=True)
class Fit:
    """A finished fit: its seconds, and its completion perplexity on the test documents.

    ``to_fit`` does it again, on one thread.
    """

    name: str
    fit_s: float
    perplexity: float
    to_fit: Callable[[], Peer]
    epochs: int | None = None

    def stored(self) -> dict:
        """Return it as the file holds it."""
        found = dataclasses.asdict(dataclasses.replace(self, to_fit=None))
        return {name: value for name, value in found.items() if value is not None}


def fitted(name: str, to_fit: Callable[[], Peer], halves: tuple[sp.csr_array, sp.csr_array], **rest: int) -> Fit:
    """Fit once."""
    spent, peer = measured(to_fit)
    fit = Fit(name, spent.cpu_s, peer.perplexity(*halves), to_fit, **rest)
    print(fit.stored(), flush=True)
    return fit


def fit_of(name: str, parts: Parts, *, n_topics: int, seed: int) -> Callable[[], Peer]:
    """Return how a peer is fitted; what it needs is imported before."""
    PEERS[name].library()
    return partial(PEERS[name].fit, parts.train, n_topics=n_topics, seed=seed)


def short_fit(parts: Parts, epochs: int, *, n_topics: int, seed: int) -> Callable[[], Peer]:
    """Return how textsc is fitted with so many epochs."""
    return lambda: Textsc.of(SparseCoding(n_topics, epochs=epochs, random_state=seed), parts.train)


def ladder(fits: Iterable[Fit], goal: float) -> list[Fit]:
    """Return our fits from the shortest to the first whose perplexity is at or below the goal, or all."""
    climbed = []
    for fit in fits:
        climbed.append(fit)
        if fit.perplexity <= goal:
            break
    return climbed


def benchmark(parts: Parts, peers: list[str], *, n_topics: int, seed: int, rounds: int) -> dict:
    """Return all that is found; ``times_less`` is None where no fit of ours predicts as well."""
    halves = split_tokens(parts.test)
    theirs = [fitted(name, fit_of(name, parts, n_topics=n_topics, seed=seed), halves) for name in peers]
    best = min(theirs, key=lambda fit: fit.perplexity)
    ours = ladder(
        (fitted(OURS, short_fit(parts, n, n_topics=n_topics, seed=seed), halves, epochs=n) for n in EPOCHS),
        best.perplexity,
    )
    result = {"measure": "cpu_s", "peers": [fit.stored() for fit in theirs], "best_peer": best.name}
    result |= {"textsc": [fit.stored() for fit in ours], "times_less": None}
    if ours[-1].perplexity <= best.perplexity:
        to_fit = {OURS: ours[-1].to_fit, best.name: best.to_fit}
        runs = in_turn({name: partial(_ready, work) for name, work in to_fit.items()}, rounds=rounds)
        spent = {name: seconds(of, "cpu_s") for name, of in runs.items()}
        result["times_less"] = median_ratio(spent[best.name], spent[OURS])
        result["median_s"] = {name: statistics.median(one) for name, one in spent.items()}
        result["runs_s"] = spent
    return result


def _ready(work: Callable[[], Peer]) -> Callable[[], Peer]:
    return work


def main() -> None:
    known = [name for name, peer in PEERS.items() if name != OURS and peer.has_likelihood]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", required=True, help="a corpus as textsc reads it")
    parser.add_argument("--words", type=int, default=2000)
    parser.add_argument("--topics", type=int, default=50)
    parser.add_argument("--peers", nargs="+", choices=known, help="by default all that are installed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, help="file of results")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    peers = [name for name in arguments.peers or known if installed_version(name) is not None]
    parts, head = read_parts(arguments.corpus, n_words=arguments.words)
    result = benchmark(parts, peers, n_topics=arguments.topics, seed=arguments.seed, rounds=arguments.rounds)
    print({name: result.get(name) for name in ("best_peer", "median_s", "times_less")}, flush=True)
    if arguments.out is not None:
        packages = ("textsc", "numpy", "scipy", *compiled_by(), *sorted({PEERS[name].package for name in peers}))
        results = ResultFile(arguments.out, {**head, "n_topics": arguments.topics, **machine()}, packages)
        results.forget(model=OURS, seed=arguments.seed)
        results.add({"model": OURS, "seed": arguments.seed, "rounds": arguments.rounds, **rounded_deep(result)})


if __name__ == "__main__":
    main()
