"""Blocks, threads and their order, without a clock: threads are made to wait for each other."""

import itertools
import threading

import numpy as np
import pytest
import sklearn.cluster  # noqa: F401 (loads OpenMP)
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

from textsc import execution
from textsc.execution import block_slices, count_threads, one_thread_inside, open_executor, run_blocks

WAIT = 20  # seconds until a test that hangs fails instead


def workers() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread is not threading.main_thread()}


@given(n_rows=st.integers(0, 200), size=st.integers(1, 70))
@settings(deadline=None)
def test_blocks_cover_the_rows_in_order(n_rows, size):
    slices = block_slices(n_rows, size)
    rows = [row for s in slices for row in range(n_rows)[s]]
    assert rows == list(range(n_rows))
    assert all(s.stop - s.start == size for s in slices[:-1])
    assert all(0 < s.stop - s.start <= size for s in slices)


def test_what_n_jobs_means(monkeypatch):
    monkeypatch.setattr(execution, "_cores", lambda: 8)
    assert [count_threads(n) for n in (None, 1, 3, 20)] == [1, 1, 3, 20]
    assert [count_threads(n) for n in (-1, -2, -8, -9, -100)] == [8, 7, 1, 1, 1]


def test_no_jobs_are_refused():
    with pytest.raises(ValueError, match=r"n_jobs must not be 0: use -1 .*\.$"):
        count_threads(0)


@pytest.mark.parametrize("n_threads", [1, 2, 5])
def test_results_come_in_the_order_of_the_items(n_threads):
    assert list(run_blocks(lambda x: x * x, range(57), n_threads=n_threads)) == [x * x for x in range(57)]
    assert list(run_blocks(lambda x: x, [], n_threads=n_threads)) == []


def test_a_slow_first_item_comes_first():
    second_done = threading.Event()

    def work(item):
        if item == 0:
            assert second_done.wait(WAIT)
        elif item == 1:
            second_done.set()
        return item

    assert list(run_blocks(work, range(6), n_threads=2)) == list(range(6))


def test_two_threads_work_at_once():
    meeting = threading.Barrier(2, timeout=WAIT)

    def work(item):
        meeting.wait()
        return threading.get_ident()

    assert len(set(run_blocks(work, range(4), n_threads=2))) == 2


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_a_stream_stays_a_stream(n_threads):
    drawn = 0

    def items():
        nonlocal drawn
        for item in itertools.count():
            drawn += 1
            yield item

    results = run_blocks(lambda x: x, items(), n_threads=n_threads)
    for number, result in enumerate(itertools.islice(results, 50)):
        assert result == number
        assert drawn - number <= 2 * n_threads
    results.close()


@pytest.mark.parametrize("n_threads", [1, 3])
def test_an_error_comes_when_its_turn_does(n_threads):
    before = workers()

    def work(item):
        if item == 4:
            raise KeyError("item 4")
        return item

    results = run_blocks(work, itertools.count(), n_threads=n_threads)
    assert [next(results) for _ in range(4)] == [0, 1, 2, 3]
    with pytest.raises(KeyError, match="item 4"):
        next(results)
    assert workers() <= before  # the pool is closed
    assert list(results) == []


def test_an_error_of_the_items_closes_the_pool():
    before = workers()

    def items():
        yield 1
        raise OSError("the stream broke")

    with pytest.raises(OSError, match="the stream broke"):
        list(run_blocks(lambda x: x, items(), n_threads=2))
    assert workers() <= before


@pytest.mark.parametrize("n_threads", [1, 2])
def test_a_reader_who_stops_early_leaves_no_thread(n_threads):
    before = workers()
    results = run_blocks(lambda x: x, itertools.count(), n_threads=n_threads)
    assert next(results) == 0
    results.close()
    assert workers() <= before


def test_an_executor_serves_more_than_one_loop():
    before = workers()
    with open_executor(2) as run:
        assert list(run(str, range(3))) == ["0", "1", "2"]
        assert list(run(abs, [-1, -2])) == [1, 2]
    assert workers() <= before


def test_one_thread_is_the_calling_thread():
    here = threading.get_ident()
    assert set(run_blocks(lambda x: threading.get_ident(), range(3), n_threads=1)) == {here}
    assert here not in set(run_blocks(lambda x: threading.get_ident(), range(3), n_threads=2))


@pytest.mark.parametrize("n_threads", [1, 2])
def test_one_blas_and_openmp_thread_inside(n_threads):
    """NumPy's BLAS, and OpenMP, whose limit belongs to a thread and not to the process."""
    np.ones((2, 2)) @ np.ones((2, 2))
    before = [pool["num_threads"] for pool in threadpool_info()]
    assert {"blas", "openmp"} <= {pool["user_api"] for pool in threadpool_info()}

    def work(item):
        return [pool["num_threads"] for pool in threadpool_info()]

    inside = list(run_blocks(work, range(3), n_threads=n_threads))
    assert all(set(pools) == {1} for pools in inside)
    assert [pool["num_threads"] for pool in threadpool_info()] == before


def test_thread_limits_end_with_an_error():
    before = [pool["num_threads"] for pool in threadpool_info()]
    with pytest.raises(RuntimeError), one_thread_inside():
        raise RuntimeError
    assert [pool["num_threads"] for pool in threadpool_info()] == before
