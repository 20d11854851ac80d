"""What the benchmarks share: runs in turn, ratios of neighbours, and what the machine can do.

Programs that share the machine slow all of a round alike, so contenders run in turn, A B C A B C, and a ratio is the
median of the ratios within rounds. At one thread time is that of the processor, which does not count waiting for a
core; at several it is that of the clock, which alone sees that threads work side by side.
"""

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info

from textsc.execution import one_thread_inside

TILES = (32, 64, 128, 256, 512)  # documents of one product, of which the machine gets the best
TURN_S = 0.1  # what a ceiling is measured for at least
CELLS = 1 << 15  # of an exponential: 128 KiB of float32, which a core's cache holds

Work = Callable[[], Any]


@dataclass(frozen=True)
class Spent:
    """Seconds of the clock and of the processor; the latter are those of this process."""

    wall_s: float
    cpu_s: float


def measured(work: Work) -> tuple[Spent, Any]:
    """Do the work; return what it took and what it gave."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    return Spent(time.perf_counter() - wall, time.process_time() - cpu), found


def in_turn(contenders: Mapping[str, Callable[[], Work]], *, rounds: int) -> dict[str, list[Spent]]:
    """Run all contenders once a round; each first gets ready, which is not timed, and returns what is.

    Examples
    --------
    >>> order = []
    >>> found = in_turn({name: lambda name=name: lambda: order.append(name) for name in "AB"}, rounds=2)
    >>> order, len(found["A"])
    (['A', 'B', 'A', 'B'], 2)
    """
    found: dict[str, list[Spent]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, ready in contenders.items():
            spent, _ = measured(ready())
            found[name].append(spent)
    return found


def measure_for(threads: int) -> str:
    """Say which seconds count with so many threads."""
    return "cpu_s" if threads == 1 else "wall_s"


def seconds(runs: Sequence[Spent], measure: str) -> list[float]:
    """Return one of the two times of each run."""
    return [getattr(run, measure) for run in runs]


def median_ratio(numerators: Sequence[float], denominators: Sequence[float]) -> float:
    """Return the median over rounds of the ratio within a round.

    Examples
    --------
    >>> median_ratio([2.0, 6.0, 9.0], [1.0, 2.0, 1.0])
    3.0
    """
    return statistics.median(a / b for a, b in zip(numerators, denominators, strict=True))


def compiled_by() -> tuple[str, ...]:
    """Return the package that compiles ours, where it is installed: results say which."""
    return ("numba",) if find_spec("numba") else ()


def machine() -> dict:
    """Say on what was measured: cores, architecture and the library of matrix products."""
    blas = [
        {name: part[name] for name in ("internal_api", "version", "architecture") if name in part}
        for part in threadpool_info()
        if part["user_api"] == "blas"
    ]
    blas.sort(key=lambda part: sorted(part.items()))  # they are found in the order in which they were loaded
    return {"cores": os.cpu_count(), "machine": platform.machine(), "blas": blas}


def peak_bytes() -> int:
    """Return the most memory that this process has held so far, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage also counts the parent of a process, as it was at the start
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


@dataclass(frozen=True)
class Ceilings:
    """What the machine does at best on a number of threads, in float32.

    Attributes
    ----------
    gemm : float
        Floating-point operations a second of the two matrix products of a pass, at their shapes and the best tile.
    exp : float
        Exponentials a second by NumPy, in place of cache size.
    """

    gemm: float
    exp: float

    def pass_s(self, n_features: int, n_components: int) -> float:
        """Return the least seconds of a pass of one document: 4VK operations and V exponentials."""
        return 4 * n_features * n_components / self.gemm + n_features / self.exp


def find_ceilings(n_features: int, n_components: int, *, threads: int) -> Ceilings:
    """Measure what the machine does now."""
    return Ceilings(
        gemm=max(_gemm_rate(n_features, n_components, tile, threads) for tile in TILES),
        exp=_exp_rate(n_features, threads),
    )


def _gemm_rate(n_features: int, n_components: int, tile: int, threads: int) -> float:
    rng = np.random.default_rng(0)
    basis = rng.standard_normal((n_features, n_components), dtype=np.float32)
    codes = rng.random((n_components, tile), dtype=np.float32)
    transposed = np.ascontiguousarray(basis.T)

    def prepare() -> Work:
        Z = np.empty((n_features, tile), dtype=np.float32)
        G = np.empty((n_components, tile), dtype=np.float32)

        def products() -> None:
            np.matmul(basis, codes, out=Z)
            np.matmul(transposed, Z, out=G)

        return products

    return 4 * n_features * n_components * tile * _repeats_a_second(prepare, threads)


def _exp_rate(n_features: int, threads: int) -> float:
    rng = np.random.default_rng(0)

    def prepare() -> Work:
        values = -10 * rng.random(CELLS, dtype=np.float32)
        room = np.empty_like(values)
        return lambda: np.exp(values, out=room)

    return CELLS * _repeats_a_second(prepare, threads)


def _repeats_a_second(prepare: Callable[[], Work], threads: int) -> float:
    """Return how often the work is done in a second by all threads together, each on arrays of its own."""
    works = [prepare() for _ in range(threads)]
    with one_thread_inside():
        works[0]()  # a first time, for the caches
        spent, _ = measured(works[0])
        repeats = max(2, round(TURN_S / max(spent.wall_s, 1e-7)))

        def turn(work: Work) -> None:
            for _ in range(repeats):
                work()

        if threads == 1:
            spent, _ = measured(lambda: turn(works[0]))
        else:
            with ThreadPoolExecutor(threads) as pool:
                spent, _ = measured(lambda: list(pool.map(turn, works)))
    return threads * repeats / getattr(spent, measure_for(threads))


def rounded_deep(value: Any) -> Any:
    """Return a result with four digits, which is more than times repeat to."""
    if isinstance(value, dict):
        return {name: rounded_deep(one) for name, one in value.items()}
    if isinstance(value, list):
        return [rounded_deep(one) for one in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value
