"""What a device can do at best, and documents and topics made up at any size, so that no data is needed.

Nothing here names a library of arrays: on a machine without a GPU the tests run it on a stand-in.
"""

import time
from collections.abc import Callable

import numpy as np
import scipy.sparse as sp
from benchmarks import TURN_S, Ceilings
from encoders import Case, Material

from textsc import SparseCoding
from textsc.arrays import LANES, exp_into, matmul_into, namespace, to_device
from textsc.columns import empty, product_width

NUMBERS = 1 << 26  # of an exponential in the memory of the device: more than a chip holds
SHARE = 0.5  # of a document's tokens that its topics say; the others are the corpus's
LENGTH, TOPICS = 150.0, 4  # tokens and topics of a made-up document, on average
LEARNED = 1024  # documents that a made-up model has seen


def find_device_ceilings(n_features: int, n_components: int, *, device: str) -> Ceilings:
    """Measure the two products of a pass at their shapes, and exponentials in the memory of the device.

    Parameters
    ----------
    n_features, n_components : int
    device : str
    """
    rng = np.random.default_rng(0)
    basis = to_device(rng.standard_normal((n_features, n_components), dtype=np.float32), device)
    xp = namespace(basis)
    rows = xp.matrix_transpose(basis) + 0.0
    widest = product_width(xp, n_features)
    widths = {min(widest, LANES << shift) for shift in (2, 4, 6, 8)}
    gemm = 0.0
    for width in sorted(widths):
        codes = to_device(rng.random((n_components, width), dtype=np.float32), device)
        Z, G = empty((n_features, width), like=basis), empty((n_components, width), like=basis)

        def products(codes: object = codes, Z: object = Z, G: object = G) -> object:
            return matmul_into(rows, matmul_into(basis, codes, Z), G)

        gemm = max(gemm, 4 * n_features * n_components * width * repeats_a_second(products))
    values = to_device(-rng.random(NUMBERS, dtype=np.float32), device)
    room = [values]

    def exponentials() -> object:
        room[0] = exp_into(room[0])
        return room[0]

    return Ceilings(gemm=gemm, exp=NUMBERS * repeats_a_second(exponentials))


def repeats_a_second(work: Callable[[], object]) -> float:
    """Return how often work is done in a second; its last result is waited for, by reading a number of it."""
    _wait(work())  # a first time, for what is made ready once
    repeats = 1
    while True:
        start = time.perf_counter()
        for _ in range(repeats):
            found = work()
        _wait(found)
        spent = time.perf_counter() - start
        if spent >= TURN_S:
            return repeats / spent
        repeats = max(2 * repeats, int(repeats * 1.2 * TURN_S / max(spent, 1e-6)))


def _wait(found: object) -> None:
    float(found[(0,) * found.ndim])  # type: ignore[attr-defined, index]


def made_up(n_documents: int, n_words: int, n_topics: int, *, seed: int = 0) -> tuple[sp.csr_array, np.ndarray]:
    """Return documents over a Zipf vocabulary, each about a few topics, and those topics as rows on the simplex.

    Examples
    --------
    >>> X, topics = made_up(10, 50, 3)
    >>> X.shape, topics.shape, bool((X.sum(axis=1) > 0).all())
    ((10, 50), (3, 50), True)
    """
    rng = np.random.default_rng(seed)
    u = 1.0 / np.arange(1, n_words + 1)
    u /= u.sum()
    topics = u * rng.exponential(size=(n_topics, n_words)) ** 4
    topics /= topics.sum(axis=1, keepdims=True)
    lengths = 1 + rng.poisson(LENGTH * rng.exponential(size=n_documents))
    rows = np.repeat(np.arange(n_documents), lengths)
    choices = rng.integers(n_topics, size=(n_documents, TOPICS))
    which = choices[rows, rng.integers(TOPICS, size=len(rows))]
    which = np.where(rng.random(len(rows)) < SHARE, which, n_topics)
    words = np.empty(len(rows), dtype=np.int64)
    for number in range(n_topics + 1):
        of_it = np.flatnonzero(which == number)
        ends = np.cumsum(topics[number] if number < n_topics else u)
        words[of_it] = np.minimum(np.searchsorted(ends, rng.random(len(of_it)) * ends[-1]), n_words - 1)
    X = sp.coo_array((np.ones(len(rows), dtype=np.float32), (rows, words)), shape=(n_documents, n_words))
    return sp.csr_array(X), topics


def made_up_model(X: sp.csr_array, topics: np.ndarray, *, device: str) -> SparseCoding:
    """Return a model that begins with the topics that made the documents and has seen some of them."""
    u = np.asarray(X.sum(axis=0)).ravel() + 0.5
    basis = np.log((topics + 0.5 * u / u.sum()) / (1.5 * u / u.sum()))
    model = SparseCoding(len(topics), init=basis, epochs=1, batch_size=LEARNED // 2, random_state=0, device=device)
    return model.fit(X[:LEARNED])


def made_up_material(case: Case, n_documents: int) -> Material:
    """Return made-up documents as those of a corpus."""
    X, _ = made_up(n_documents, case.n_words, case.n_topics)
    head = {"corpus": "made up", "split": "none", "n_train": 0, "n_test": n_documents, "least_documents": 0}
    return Material(X[:0], X, (), head)
