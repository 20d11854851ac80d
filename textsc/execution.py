"""Work on blocks of rows: fixed blocks, results in order, one BLAS thread inside a block.

Bytes are the same for any number of threads because nothing depends on it: blocks are cut by row number, each is
computed by one thread with one BLAS and OpenMP thread, and results come back in the order of the blocks.
"""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Protocol, TypeVar

from threadpoolctl import threadpool_limits

__all__ = [
    "Executor",
    "block_slices",
    "count_threads",
    "one_thread_inside",
    "open_executor",
    "run_blocks",
]


Item = TypeVar("Item")
Result = TypeVar("Result")


def count_threads(n_jobs: int | None) -> int:
    """Return the number of threads that ``n_jobs`` asks for, as in scikit-learn: None is 1, -1 is all cores.

    Raises
    ------
    ValueError
        If ``n_jobs`` is 0.

    Examples
    --------
    >>> count_threads(None), count_threads(3)
    (1, 3)
    """
    if n_jobs is None:
        return 1
    if n_jobs == 0:
        raise ValueError("n_jobs must not be 0: use -1 for all cores or None for one.")
    if n_jobs > 0:
        return n_jobs
    return max(1, _cores() + 1 + n_jobs)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def block_slices(n_rows: int, size: int) -> list[slice]:
    """Cut rows into blocks of ``size``; the last may be shorter.

    Examples
    --------
    >>> block_slices(5, 2)
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    return [slice(start, min(start + size, n_rows)) for start in range(0, n_rows, size)]


@contextmanager
def one_thread_inside() -> Iterator[None]:
    """Hold BLAS and OpenMP to one thread each, in the whole process, while the context lasts.

    Examples
    --------
    >>> with one_thread_inside():
    ...     pass
    """
    _limit.enter()
    try:
        yield
    finally:
        _limit.leave()


class _SharedLimit:
    """The limit of the process, shared by all who are inside: the first sets it, the last lifts it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._n_inside = 0
        self._limit: threadpool_limits | None = None

    def enter(self) -> None:
        with self._lock:
            self._n_inside += 1
            if self._limit is None:
                self._limit = threadpool_limits(limits=1)

    def leave(self) -> None:
        with self._lock:
            self._n_inside -= 1
            if self._n_inside == 0 and self._limit is not None:
                self._limit.restore_original_limits()
                self._limit = None


_limit = _SharedLimit()


class Executor(Protocol):
    """Applies a function to items and yields the results in the order of the items."""

    def __call__(self, function: Callable[[Item], Result], items: Iterable[Item], /) -> Iterator[Result]:
        """Apply ``function`` to each of ``items``."""
        ...


@contextmanager
def open_executor(n_threads: int) -> Iterator[Executor]:
    """Open a pool of threads, or with one thread a plain map in the calling thread.

    The executor draws items as they are needed, at most two for each thread ahead of what has been yielded, so that a
    stream stays a stream. An error in one item is raised when its turn comes.

    Parameters
    ----------
    n_threads : int

    Examples
    --------
    >>> with open_executor(2) as run:
    ...     list(run(lambda x: x * x, range(4)))
    [0, 1, 4, 9]
    """
    with one_thread_inside():
        if n_threads == 1:
            yield map
            return
        # OpenMP holds its limit for each thread of the host; BLAS for the process.
        pool = ThreadPoolExecutor(n_threads, initializer=threadpool_limits, initargs=(1,))
        try:
            yield partial(_in_order, pool, 2 * n_threads)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _in_order(
    pool: ThreadPoolExecutor,
    ahead: int,
    function: Callable[[Item], Result],
    items: Iterable[Item],
) -> Iterator[Result]:
    pending: deque[Future[Result]] = deque()
    for item in items:
        pending.append(pool.submit(function, item))
        if len(pending) >= ahead:
            yield pending.popleft().result()
    while pending:
        yield pending.popleft().result()


def run_blocks(function: Callable[[Item], Result], items: Iterable[Item], *, n_threads: int) -> Iterator[Result]:
    """Apply a function to each item with an executor of its own: see `open_executor`.

    Examples
    --------
    >>> list(run_blocks(lambda x: x * x, range(4), n_threads=2))
    [0, 1, 4, 9]
    """
    with open_executor(n_threads) as run:
        yield from run(function, items)
