import numpy as np
import pytest
from scipy import sparse

from textsc.evaluation import retrieval_precision


@pytest.fixture
def codes():
    rng = np.random.default_rng(0)
    return rng.random((101, 6)), rng.random((700, 6)), rng.integers(4, size=101), rng.integers(4, size=700)


def one_by_one(database, queries, labels, wanted, n_near):
    found = []
    for query, label in zip(queries, wanted, strict=True):
        cosines = [row @ query / np.sqrt((row @ row) * (query @ query)) for row in database]
        nearest = np.argsort(cosines)[::-1][:n_near]
        found.append(np.mean(labels[nearest] == label))
    return np.mean(found)


@pytest.mark.parametrize(("share", "n_near"), [(0.02, 2), (0.005, 1), (0.1, 10), (1.0, 101)])
def test_precision_is_the_share_of_the_same_label_among_the_nearest(codes, share, n_near):
    expected = one_by_one(*codes, n_near)
    assert retrieval_precision(*codes, share=share) == pytest.approx(expected, abs=1e-12)


def test_sparse_codes_and_any_labels_give_the_same(codes):
    database, queries, labels, wanted = codes
    database[database < 0.5], queries[queries < 0.5] = 0, 0
    expected = retrieval_precision(*codes)
    names = np.array(["a", "b", "c", "d"])
    found = retrieval_precision(sparse.csr_array(database), sparse.csc_matrix(queries), names[labels], names[wanted])
    assert found == pytest.approx(expected, abs=1e-12)


def test_codes_of_one_direction_tie_whatever_the_last_digit_of_their_cosine():
    direction = np.random.default_rng(0).random(7)
    database = np.outer(1 / np.arange(1, 41), direction)
    labels = ["a", "b"] * 20
    for scale in (0.1, 0.37, 3.3):
        assert retrieval_precision(database, scale * direction[None], labels, ["a"], share=0.025) == 0.5


def test_ties_do_not_depend_on_the_order_of_the_database():
    database, labels = np.ones((4, 2)), np.array([0, 1, 1, 1])
    assert retrieval_precision(database, np.ones((1, 2)), labels, [0], share=0.5) == 0.25
    assert retrieval_precision(database, np.zeros((1, 2)), labels[::-1], [0], share=0.5) == 0.25


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"share": 0}, "share must be above 0 and at most 1, got 0"),
        ({"database_labels": [1]}, r"database needs rows and one label for each, got shape \(2, 2\)"),
        ({"queries": np.ones((2, 3))}, "as many features, got 2 and 3"),
        ({"queries": np.array([[np.nan, 1], [1, 1]])}, "queries must be finite"),
        ({"queries": np.ones((0, 2)), "query_labels": []}, "queries needs rows"),
    ],
)
def test_what_does_not_fit_is_said(change, sentence):
    given = {"database": np.ones((2, 2)), "queries": np.ones((2, 2)), "database_labels": [0, 1], "query_labels": [0, 1]}
    with pytest.raises(ValueError, match=sentence):
        retrieval_precision(**(given | change))
