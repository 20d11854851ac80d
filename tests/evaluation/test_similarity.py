import numpy as np
import pytest
from scipy import sparse
from scipy.stats import pearsonr, spearmanr

from textsc.evaluation.similarity import agreement_with_judgements, cosine_similarity


@pytest.fixture
def features():
    return np.random.default_rng(0).random((8, 5))


@pytest.fixture
def judged():
    return np.random.default_rng(1).random((8, 8))


def test_cosines_are_those_of_the_definition(features):
    cosines = cosine_similarity(features)
    x, y = features[2], features[5]
    assert cosines[2, 5] == pytest.approx(x @ y / np.sqrt((x @ x) * (y @ y)))
    np.testing.assert_allclose(np.diag(cosines), 1)


def test_sparse_and_dense_agree_and_a_zero_row_is_like_nothing(features):
    features[3] = 0
    dense = cosine_similarity(features)
    np.testing.assert_array_equal(cosine_similarity(sparse.csr_array(features)), dense)
    assert not dense[3].any()


def test_correlations_are_scipys_over_the_pairs_above_the_diagonal(features, judged):
    (found,) = agreement_with_judgements({"x": features}, judged)
    upper = np.triu_indices(8, k=1)
    cosines = cosine_similarity(features)[upper]
    assert found.pearson == pytest.approx(pearsonr(cosines, judged[upper]).statistic)
    assert found.spearman == pytest.approx(spearmanr(cosines, judged[upper]).statistic)


def test_the_diagonal_and_below_are_not_read(features, judged):
    other = judged.copy()
    other[np.tril_indices(8)] = 99
    assert agreement_with_judgements({"x": features}, judged) == agreement_with_judgements({"x": features}, other)


def test_equal_documents_tie_whatever_the_scale(judged):
    rows = np.repeat(np.random.default_rng(2).random((4, 3)), 2, axis=0)
    scaled = rows * np.arange(1, 9)[:, None] / 3
    one, two = agreement_with_judgements({"a": rows, "b": scaled}, judged)
    assert one.spearman == two.spearman


def test_a_constant_representation_has_no_correlation(judged):
    (found,) = agreement_with_judgements({"x": np.ones((8, 2))}, judged)
    assert np.isnan(found.pearson)
    assert np.isnan(found.spearman)


def test_another_number_of_rows_is_refused(features, judged):
    with pytest.raises(ValueError, match="'x' has 7 rows, but 8 documents were judged"):
        agreement_with_judgements({"x": features[1:]}, judged)
