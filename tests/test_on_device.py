"""Models on a device: the same codes, learning and training as on the CPU, in memory that may be short."""

from copy import deepcopy
from functools import partial

import numpy as np
import pytest
import scipy.sparse as sp
from standin import StandIn, recording

from textsc import SparseCoding, SparseCodingClassifier, SparseCodingRegressor, arrays, load_model, save_model
from textsc.arrays import to_device, to_host
from textsc.coding import KLPrior, LinearSquared, Objective, SoftmaxKL
from textsc.coding.device import IN_FLIGHT, Room, device_rows, in_halves
from textsc.learning.basis import Learner
from textsc.learning.heads import HEADS
from textsc.learning.plan import Examples, Plan
from textsc.learning.supervised import tune_basis

K, V = 4, 30


@pytest.fixture(scope="module")
def counts():
    rng = np.random.default_rng(0)
    topics = rng.dirichlet(np.full(V, 0.1), size=K)
    X = np.array([rng.multinomial(n, topics[i % K]) for i, n in enumerate(rng.integers(5, 200, size=48))])
    X[7] = 0
    return sp.csr_array(X)


@pytest.fixture(scope="module")
def fit_once(counts):
    return fitted(counts)


@pytest.fixture
def model(fit_once):
    return deepcopy(fit_once)


@pytest.fixture(scope="module")
def spectra():
    return np.random.default_rng(1).random((40, 12)).astype(np.float32)


def fitted(X, **settings):
    return SparseCoding(K, epochs=2, batch_size=24, random_state=0, **settings).fit(X)


def same_model(one, other, X):
    """Bases and codes agree to what float32 and the tolerance of codes while learning allow."""
    scale = np.abs(one.components_).max()
    np.testing.assert_allclose(other.components_, one.components_, atol=2e-3 * scale)
    np.testing.assert_allclose(other.perplexity(X), one.perplexity(X), rtol=1e-3)


@pytest.mark.parametrize(("prior", "dtype"), [("kl", np.float32), ("signed_kl", np.float64), ("l2", np.float32)])
def test_codes_of_a_model_are_certified_and_the_same(device, counts, prior, dtype):
    X = counts.astype(dtype)
    model = fitted(X, prior=prior)
    here, there = model.codes(X), model.set_params(device="cuda").codes(X)
    assert there.converged.all()
    assert there.W.dtype == dtype
    assert type(there.W) is type(there.gap) is np.ndarray
    np.testing.assert_allclose(there.W, here.W, atol=1e-2 * np.abs(here.W).max())
    assert abs(model.perplexity(X) - model.set_params(device="cpu").perplexity(X)) < 1e-3 * model.perplexity(X)


def test_what_float32_does_not_certify_is_coded_again_there(device, counts):
    model = fitted(counts, tol=1e-9)
    here, there = model.codes(counts), model.set_params(device="cuda").codes(counts)
    assert there.n_passes.max() > 0
    np.testing.assert_allclose(there.W, here.W, rtol=1e-3, atol=1e-5)
    assert np.sum(there.converged) >= np.sum(here.converged) - 1


@pytest.mark.parametrize(
    ("pair", "rows"), [("softmax", sp.csr_array), ("linear", sp.csr_array), ("linear", np.asarray)]
)
def test_a_step_of_learning_is_that_of_numpy(device, counts, spectra, pair, rows):
    """In float64, from the same basis: a few steps, with codes handed on, and a topic that starts afresh."""
    X = counts[counts.sum(axis=1) > 0].toarray().astype(float) if pair == "softmax" else spectra.astype(float)
    X = rows(X / X.sum(axis=1, keepdims=True))
    objective = Objective(SoftmaxKL() if pair == "softmax" else LinearSquared(), KLPrior(0.1), 0.05, "type")
    start = np.abs(np.random.default_rng(2).normal(size=(K, X.shape[1])))
    b0, ridge = np.zeros(X.shape[1]), np.full(X.shape[1], 0.01)
    begin = partial(Learner.begin, objective, b0, start, dtype=np.float64, ridge=ridge)
    lam, ones, found = np.full(X.shape[0], 0.05), np.ones(X.shape[0]), []
    for learner in (begin(), begin(device="cuda")):
        W = None
        for _ in range(3):
            learner, W = learner.step(X, lam, ones, W, run=map, max_passes=30, decay=0.5)
        flat = learner.on_host()
        flat.components[1] = 0.0
        learner, W = flat._at_home().revive(X, W, ones, rng=np.random.default_rng(3))
        learner, W = learner.step(X, lam, ones, W, run=map, max_passes=30, decay=0.5)
        host = learner.on_host()
        found.append((host.components, host.state.first, host.state.second, host.anchor, W))
        on_device = learner.device == "cuda" and pair == "softmax"
        assert isinstance(learner.components, np.ndarray) is not on_device
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-6, atol=1e-8)


def examples_of(X, targets, weights):
    part = np.arange(X.shape[0]) % 2
    return Examples(X, np.full(X.shape[0], 0.05), targets, weights, part)


@pytest.mark.parametrize("pair", ["softmax", "linear"])
def test_a_supervised_step_is_that_of_numpy(device, counts, spectra, pair):
    """In float64: both bases of a cross-fitting, some topics that stay, the unsupervised loss, and validation."""
    rng = np.random.default_rng(4)
    X = counts[counts.sum(axis=1) > 0].toarray().astype(float) if pair == "softmax" else spectra.astype(float)
    X = X / X.sum(axis=1, keepdims=True)
    rows = sp.csr_array(X) if pair == "softmax" else X
    objective = Objective(SoftmaxKL() if pair == "softmax" else LinearSquared(), KLPrior(0.1), 0.05, "type")
    B, y = np.abs(rng.normal(size=(K, X.shape[1]))), np.arange(len(X)) % 3
    examples = examples_of(rows, y, rng.random(len(X)) + 0.1)
    head = HEADS["classes"].fit(rng.random((len(X), K)), y, np.ones(len(X)), n_outputs=3)
    offsets = 0.01 * rng.normal(size=(2, 1, X.shape[1]))
    found = [
        tune_basis(
            objective, B, np.zeros(X.shape[1]), head, examples,
            plan=Plan(epochs=2, batch_size=16, rate=0.01, head_rate=0.003, unsupervised=0.1),
            rng=np.random.default_rng(0), run=map,
            offsets=offsets, moving=np.array([True, True, False, True]), validation=examples, device=name,
        )
        for name in ("cpu", "cuda")
    ]  # fmt: skip
    assert isinstance(found[1].components, np.ndarray)
    assert np.abs(found[0].components - B).max() > 1e-3
    for name in ("components", "losses", "validation"):
        np.testing.assert_allclose(getattr(found[1], name), getattr(found[0], name), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(found[1].head.weights, found[0].head.weights, rtol=1e-6, atol=1e-8)


def test_a_model_fitted_there_is_used_here_and_the_reverse(device, counts, model, tmp_path):
    here, there = model, fitted(counts, device="cuda")
    same_model(here, there, counts)
    for model, name, other in ((there, "there", "cpu"), (here, "here", "cuda")):
        save_model(model, tmp_path / name)
        loaded = load_model(tmp_path / name)
        assert loaded.device == "cpu"  # where it was fitted is no part of a model
        np.testing.assert_allclose(
            loaded.set_params(device=other).transform(counts), model.transform(counts), atol=1e-2
        )


def test_the_file_of_a_model_does_not_say_where_it_was_made(stand_in, model, tmp_path):
    save_model(model, tmp_path / "cpu")
    save_model(model.set_params(device="cuda"), tmp_path / "cuda")
    assert (tmp_path / "cpu").read_bytes() == (tmp_path / "cuda").read_bytes()


def test_learning_goes_on_there(device, counts):
    here, there = (SparseCoding(K, random_state=0, device=name) for name in ("cpu", "cuda"))
    for part in (counts[:24], counts[24:]):
        here.partial_fit(part), there.partial_fit(part)
    same_model(here, there, counts)
    there.set_params(device="cpu").partial_fit(counts[:9])


@pytest.mark.parametrize("kind", [SparseCodingClassifier, SparseCodingRegressor])
def test_supervised_models_are_trained_there(device, counts, kind):
    y = np.arange(counts.shape[0]) % K
    here, there = (
        kind(SparseCoding(K, epochs=2, random_state=0, device=name), epochs=2, cross_fit=2, random_state=0).fit(
            counts, y
        )
        for name in ("cpu", "cuda")
    )
    assert np.mean(np.abs(here.predict(counts) - there.predict(counts)) < 0.2) > 0.9
    np.testing.assert_allclose(
        there.model_.components_, here.model_.components_, atol=0.02 * np.abs(here.model_.components_).max()
    )


def test_linear_models_are_fitted_there(device, spectra):
    here, there = (fitted(spectra, pair="linear", device=name) for name in ("cpu", "cuda"))
    np.testing.assert_allclose(there.components_, here.components_, atol=1e-2)
    np.testing.assert_allclose(there.score(spectra), here.score(spectra), rtol=1e-3)


# What travels, and where there is no room.


def test_a_block_travels_once(stand_in, monkeypatch, counts, model):
    """Counts and λ in; codes, gaps and passes out; besides, one number an iteration. Not more for more documents."""
    model.set_params(device="cuda", tol=1e-3)
    seen = []
    for copies in (1, 20):
        coder, X = model.coder(), sp.csr_array(sp.vstack([counts] * copies, format="csr"))
        stand_in.moved.clear()
        with recording(monkeypatch) as read:
            codes = coder(X)
        assert codes.converged.all()
        fetched = read.pop("fetched")
        assert fetched == 1 + 3  # the prior's minimum, then the codes with their gaps and passes
        assert stand_in.moved["put"] == 1 + 2
        assert sum(read.values()) <= codes.n_passes.max() + 2
        seen.append(read)
    assert sum(seen[1].values()) <= sum(seen[0].values()) + 2


def test_a_step_of_learning_brings_only_codes_back(stand_in, monkeypatch, counts):
    X = counts[counts.sum(axis=1) > 0].astype(float)
    objective = Objective(SoftmaxKL(), KLPrior(0.1), 0.05, "type")
    learner = Learner.begin(objective, np.zeros(V), np.eye(K, V), dtype=np.float64, device="cuda")
    with recording(monkeypatch) as read:
        learner.step(X, np.full(X.shape[0], 0.05), np.ones(X.shape[0]), None, run=map, max_passes=5, decay=1.0)
    assert read.pop("fetched") == 1
    assert sum(read.values()) <= 5 + 4


def test_where_there_is_no_room_the_batch_is_halved_and_this_is_said(monkeypatch, caplog, counts, model):
    whole, small = model.transform(counts), StandIn(most_rows=15)
    monkeypatch.setitem(arrays.DEVICES, "cuda", lambda: small)
    coder = deepcopy(model).set_params(device="cuda").coder()
    W, again = coder(counts).W, coder(counts).W
    assert caplog.messages == [
        "device 'cuda' has no memory for 47 documents at once: going on with 24.",
        "device 'cuda' has no memory for 24 documents at once: going on with 12.",
    ]
    assert small.moved["refused"] == small.moved["given back"] == 2  # the next block begins with what there is room for
    np.testing.assert_allclose(W, whole, atol=1e-2 * whole.max())
    np.testing.assert_array_equal(again, W)


def test_learning_and_training_go_on_where_there_is_little_room(monkeypatch, caplog, counts, model):
    monkeypatch.setitem(arrays.DEVICES, "cuda", lambda: StandIn(most_rows=15))
    topics = fitted(counts, device="cuda")
    n_said = len(caplog.messages)
    SparseCodingClassifier(topics, epochs=1, cross_fit=0).fit(counts, np.arange(counts.shape[0]) % 2)
    same_model(model, topics, counts)
    assert 0 < n_said < len(caplog.messages) < 12  # not at every step


def test_no_room_for_one_document_is_a_sentence(monkeypatch, counts, model):
    monkeypatch.setitem(arrays.DEVICES, "cuda", lambda: StandIn(most_rows=0))
    model.set_params(device="cuda")
    with pytest.raises(arrays.DeviceError, match=r"no memory for one document: no room\. Free"):
        model.transform(counts)


def test_other_errors_are_not_taken_for_a_lack_of_room(stand_in):
    def broken(rows):
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        in_halves(broken, slice(0, 4), device="cuda", room=Room())


@pytest.mark.parametrize("gigabytes", [1, 8, 24, 80])
@pytest.mark.parametrize("n_components", [10, 500])
def test_blocks_fit_into_the_memory(gigabytes, n_components):
    rows = device_rows(gigabytes << 30, n_components, 4)
    assert rows % 128 == 0 or rows == 1
    assert IN_FLIGHT * rows * 60 * n_components * 4 <= gigabytes << 29 or rows == 128
    assert rows <= 1 << 16


def test_a_device_takes_more_rows_at_once(stand_in, model):
    assert (
        model.set_params(device="cuda").coder().block_rows
        == 1 << 16
        > 10 * model.set_params(device="cpu").coder().block_rows
    )


def test_sparse_rows_go_there_and_back(device):
    rows = sp.csr_array(np.eye(3))
    there = to_device(rows, "cuda")
    assert not isinstance(there, np.ndarray)
    np.testing.assert_array_equal(to_host(there.toarray()), np.eye(3))


def test_the_command_line_works_there_and_says_what_was_halved(monkeypatch, capfd, counts, model, tmp_path):
    """Also under --threads 8: no more than two blocks are on the device at once."""
    from textsc.cli import main

    texts = [" ".join(f"word{v}" for v in np.repeat(row.indices, row.data)) for row in counts]
    (tmp_path / "texts.txt").write_text("\n".join(texts) + "\n")
    monkeypatch.setitem(arrays.DEVICES, "cuda", lambda: StandIn(most_rows=30))
    corpus, made, there = str(tmp_path / "texts.txt"), str(tmp_path / "m"), ["--device", "cuda", "--threads", "8"]
    assert main(["fit", corpus, "-o", made, "--topics", "3", "--epochs", "1", *there]) == 0
    assert main(["encode", made, corpus, "-o", str(tmp_path / "c.csv"), *there]) == 0
    said = capfd.readouterr().err
    assert "textsc encode: device 'cuda' has no memory for 47 documents at once: going on with 24.\n" in said
    assert main(["encode", made, corpus, "-o", str(tmp_path / "d.csv")]) == 0
    one, other = (np.genfromtxt(tmp_path / name, delimiter=",", skip_header=1)[:, 5:] for name in ("c.csv", "d.csv"))
    np.testing.assert_allclose(one, other, atol=1e-2 * other.max())
