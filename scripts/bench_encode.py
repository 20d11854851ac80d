"""Documents coded in a second, beside the peers: the same documents, words, topics and cores, in one run.

    python scripts/bench_encode.py --corpus 20newsgroups.jsonl.gz --models DIR --out scripts/results/encode_20ng.json

Ours is a finished fit at its defaults, with a certificate for every document; peers are fitted briefly on the same
training documents and stop by their own rules, as by default. Fits are kept in the folder `--models`. A peer that
would take longer than `--budget` seconds a round gets every n-th document; with `--every N` all do. `--shares` only
says where our time goes.

    python scripts/bench_encode.py --device cuda --out scripts/results/encode_gpu.json

On a GPU: `--made-up` documents and topics at sizes up to 50,000 words and 500 topics, no data needed; beside the same
model on the CPU, whose documents are fewer by `--budget`; the ceilings are those of the card, measured.
"""

import argparse
import json
import statistics
import subprocess
import sys
import warnings
from copy import deepcopy
from functools import partial
from typing import Any

import numpy as np
import scipy.sparse as sp
from benchmarks import (
    Ceilings,
    Spent,
    Work,
    compiled_by,
    find_ceilings,
    in_turn,
    machine,
    measure_for,
    measured,
    median_ratio,
    peak_bytes,
    rounded_deep,
    seconds,
)
from devices import find_device_ceilings, made_up, made_up_material, made_up_model
from encoders import ENCODERS, SEED, Case, fitted_peer, fitted_textsc, material, parsed
from experiments import ResultFile
from probes import exact_gaps, shares_of_time

from textsc import Codes, SparseCoding
from textsc.arrays import DeviceError

OURS = "textsc"
TRIAL = 128  # documents by which the time of a peer is guessed
PARTS = (4, 2, 1)  # growth: a quarter of the documents, half of them, all
ON_CPU = "textsc on the CPU"


class Ours:
    """The product: its last codes are kept, for what they say of passes and certificates."""

    def __init__(self, model: SparseCoding, *, threads: int, device: str) -> None:
        self.model = model.set_params(n_jobs=threads, device=device)
        self.codes: Codes | None = None

    def ready(self, X: sp.csr_array) -> Work:
        """Return the work of coding documents."""

        def work() -> None:
            self.codes = self.model.codes(X)

        return work


def others(arguments: argparse.Namespace) -> list[str]:
    """Return what ours is compared with: its peers, and on a device itself on the CPU."""
    return [*arguments.peers, *([ON_CPU] if arguments.device != "cpu" else [])]


def measure_of(arguments: argparse.Namespace) -> str:
    """Say which seconds count: those of the processor say nothing of a device."""
    return measure_for(arguments.threads) if arguments.device == "cpu" else "wall_s"


def contenders(
    case: Case, arguments: argparse.Namespace, X: sp.csr_array, ours: Ours
) -> tuple[dict[str, Any], dict[str, int]]:
    """Return what gets each ready, and how many documents each codes."""
    ready: dict[str, Any] = {OURS: partial(ours.ready, X)}
    documents = {OURS: X.shape[0]}
    for name in others(arguments):
        if name == ON_CPU:
            start = Ours(deepcopy(ours.model), threads=arguments.threads, device="cpu").ready
        else:
            model = fitted_peer(name, case, arguments.corpus, arguments.models)
            start = partial(ENCODERS[name].ready, model, threads=arguments.threads)
        start(X[:TRIAL])()  # the first time, for what is set up once
        spent, _ = measured(start(X[:TRIAL]))
        (trial_s,) = seconds([spent], measure_of(arguments))
        step = max(1, int(np.ceil(trial_s * X.shape[0] / TRIAL / arguments.budget)))
        ready[name], documents[name] = partial(start, X[::step]), X[::step].shape[0]
    ours.ready(X[:TRIAL])()
    return ready, documents


def compared(
    case: Case, arguments: argparse.Namespace, X: sp.csr_array, ours: Ours
) -> tuple[dict, list[Spent], list[Ceilings]]:
    """Run all in turn, the ceilings of the machine among them; return the result, our times and the ceilings."""
    ready, documents = contenders(case, arguments, X, ours)
    ceilings: list[Ceilings] = []

    def look() -> None:
        if arguments.device == "cpu":
            ceilings.append(find_ceilings(X.shape[1], case.n_topics, threads=arguments.threads))
        else:
            ceilings.append(find_device_ceilings(X.shape[1], case.n_topics, device=arguments.device))

    runs = in_turn({**ready, "ceilings": lambda: look}, rounds=arguments.rounds)
    measure = measure_of(arguments)
    rates = {name: [documents[name] / s for s in seconds(runs[name], measure)] for name in ready}
    ratios = {name: median_ratio(rates[OURS], rates[name]) for name in others(arguments)}
    result = {
        "measure": measure,
        "encoders": {
            name: {
                "n_documents": documents[name],
                "documents_per_s": statistics.median(rates[name]),
                "wall_s": seconds(runs[name], "wall_s"),
                "cpu_s": seconds(runs[name], "cpu_s"),
                "threads": "n_jobs" if name in (OURS, ON_CPU) else ENCODERS[name].threads,
            }
            for name in ready
        },
        "times_peer": ratios,
        "times_fastest_peer": min(ratios.values()) if ratios else None,
    }
    return result, runs[OURS], ceilings


def roofline(case: Case, n_words: int, ceilings: list[Ceilings], spent: list[float], n_passes: int) -> dict:
    """Return the ceilings, and the share of them that was reached: least seconds of the passes made over seconds."""
    least = [n_passes * one.pass_s(n_words, case.n_topics) for one in ceilings]
    products = [n_passes * 4 * n_words * case.n_topics / one.gemm for one in ceilings]
    return {
        "gemm_gflop_per_s": statistics.median(one.gemm for one in ceilings) / 1e9,
        "exp_g_per_s": statistics.median(one.exp for one in ceilings) / 1e9,
        "share_of_roofline": median_ratio(least, spent),
        "share_of_products": median_ratio(products, spent),
    }


def certificates(ours: Ours, X: sp.csr_array) -> dict:
    """Say what the codes of the last round cost, and whether every document is certified, also in float64."""
    codes, tol = ours.codes, ours.model.tol
    gaps = exact_gaps(ours.model, X, codes.W)
    mean, median, p90, p99 = codes.n_passes.mean(), *np.percentile(codes.n_passes, [50, 90, 99])
    return {
        "passes": {"mean": mean, "median": median, "p90": p90, "p99": p99, "max": int(codes.n_passes.max())},
        "tol": tol,
        "n_not_converged": int((~codes.converged).sum()),
        "max_gap": float(codes.gap.max()),
        "max_gap_float64": float(gaps.max()),
        "n_above_float64": int((gaps > tol).sum()),
    }


def growth(ours: Ours, X: sp.csr_array, arguments: argparse.Namespace) -> list[dict]:
    """Code parts of the documents in turn: seconds and passes by their number."""
    parts = {str(step): X[::step] for step in PARTS}
    passes = {}

    def ready(step: str) -> Work:
        work = ours.ready(parts[step])

        def counted() -> None:
            work()
            passes[step] = int(ours.codes.n_passes.sum())

        return counted

    runs = in_turn({step: partial(ready, step) for step in parts}, rounds=arguments.rounds)
    measure = measure_of(arguments)
    return [
        {
            "n_documents": rows.shape[0],
            "n_passes": passes[step],
            "s": statistics.median(seconds(runs[step], measure)),
        }
        for step, rows in parts.items()
    ]


def peak_memory(case: Case, arguments: argparse.Namespace) -> dict:
    """Code all documents in a process of its own; return the most memory it held, with and without the coding."""
    command = [sys.executable, __file__, "--corpus", arguments.corpus, "--models", str(arguments.models)]
    command += ["--threads", str(arguments.threads), "--cases", case.name, "--every", str(arguments.every), "--memory"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def print_memory(case: Case, arguments: argparse.Namespace) -> None:
    """Print what `peak_memory` returns."""
    X = material(case, arguments.corpus, arguments.models).test[:: arguments.every]
    ours = Ours(fitted_textsc(case, arguments.corpus, arguments.models), threads=arguments.threads, device="cpu")
    before = peak_bytes()
    ours.ready(X)()
    print(json.dumps({"peak_bytes": peak_bytes(), "before_bytes": before}))


def benchmark(case: Case, arguments: argparse.Namespace, X: sp.csr_array) -> dict:
    """Return all that is found of a case."""
    if arguments.made_up:
        model = made_up_model(X, made_up(1, case.n_words, case.n_topics)[1], device=arguments.device)
    else:
        model = fitted_textsc(case, arguments.corpus, arguments.models)
    ours = Ours(model, threads=arguments.threads, device=arguments.device)
    result, runs, ceilings = compared(case, arguments, X, ours)
    spent = seconds(runs, result["measure"])
    result["roofline"] = roofline(case, X.shape[1], ceilings, spent, int(ours.codes.n_passes.sum()))
    result.update(certificates(ours, X))
    result["growth"] = growth(ours, X, arguments)
    if arguments.device == "cpu" and not arguments.made_up:
        result["memory"] = peak_memory(case, arguments)
        result["shares_one_thread"] = shares_of_time(model, X)
    return result


def summary(case: Case, found: dict) -> str:
    """Say what matters of a case in a few lines."""
    rates = ", ".join(f"{name} {one['documents_per_s']:,.0f}" for name, one in found["encoders"].items())
    ratios = ", ".join(f"{name} {ratio:.2f}" for name, ratio in found["times_peer"].items())
    passes, roof = found["passes"], found["roofline"]
    return (
        f"{case.name}: documents/s ({found['measure']}): {rates}\n  times faster than: {ratios}\n"
        f"  passes {passes['mean']:.2f} (99 %: {passes['p99']:.0f}, max {passes['max']}), not certified "
        f"{found['n_not_converged']}, largest gap {found['max_gap_float64']:.3g}\n"
        f"  roofline {roof['share_of_roofline']:.0%} of {roof['gemm_gflop_per_s']:.0f} Gflop/s, "
        f"{roof['exp_g_per_s']:.2f} Gexp/s; shares {_shown(found.get('shares_one_thread', {}))}\n"
        f"  growth {[(one['n_documents'], round(one['s'], 3)) for one in found['growth']]}, "
        f"memory {found.get('memory')}"
    )


def _shown(shares: dict[str, float]) -> str:
    return ", ".join(f"{name} {share:.0%}" for name, share in shares.items())


def main() -> None:
    arguments = parsed(__doc__)
    warnings.simplefilter("ignore")
    for case in map(Case.named, arguments.cases):
        if arguments.memory:
            print_memory(case, arguments)
            continue
        found = (
            made_up_material(case, arguments.made_up)
            if arguments.made_up
            else material(case, arguments.corpus, arguments.models)
        )
        X = found.test[:: arguments.every]
        if arguments.shares:
            model = fitted_textsc(case, arguments.corpus, arguments.models)
            print(f"{case.name}: {_shown(shares_of_time(model, X))}")
            continue
        try:
            result = benchmark(case, arguments, X)
        except DeviceError as error:
            raise SystemExit(f"bench_encode: {error}") from error
        print(summary(case, result), flush=True)
        if arguments.out is not None:
            store(case, arguments, result, found.head, X)


def store(case: Case, arguments: argparse.Namespace, result: dict, head: dict, X: sp.csr_array) -> None:
    """Add a case to the file of results, in place of what it holds of it."""
    general = {name: head[name] for name in ("corpus", "split", "n_train", "n_test")}
    packages = (
        "textsc",
        "numpy",
        "scipy",
        *compiled_by(),
        *sorted({ENCODERS[name].package for name in arguments.peers}),
    )
    results = ResultFile(arguments.out, {**general, "rounds": arguments.rounds, **machine()}, packages)
    setting = {"threads": arguments.threads, "device": arguments.device}
    results.forget(model=case.name, setting=setting)
    of_case = {
        "every": arguments.every,
        "n_words": X.shape[1],
        "n_topics": case.n_topics,
        "n_tokens": int(X.sum()),
        "n_distinct": X.nnz,
        "least_documents": head["least_documents"],
    }
    results.add({"model": case.name, "setting": setting, "seed": SEED, **of_case, **rounded_deep(result)})


if __name__ == "__main__":
    main()
