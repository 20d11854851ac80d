"""A column of a basis given twice: the two share one prior mean."""

import numpy as np
import pytest

from textsc import SparseCoding
from textsc.learning.duplicates import shared_mean

RNG = np.random.default_rng(0)
X = RNG.gamma(0.5, size=(40, 4)) @ RNG.gamma(0.3, size=(4, 30))
MEANS = (0.05, [0.05, 0.02, 0.1, 0.01])


def fitted(prior, dtype, prior_mean=0.05):
    rows = X.astype(dtype)
    return SparseCoding(
        4, pair="linear", prior=prior, prior_mean=prior_mean, lam=0.1, tol=1e-6, epochs=3, random_state=0
    ).fit(rows), rows


def with_columns(model, which):
    """The same model, with these of its columns."""
    arrays, settings = model.to_state()
    arrays = {**arrays, "components_": arrays["components_"][which], "prevalence_": arrays["prevalence_"][which]}
    settings = {**settings, "params": {**settings["params"], "n_components": len(which)}}
    if arrays["prior_mean_"].size > 1:
        arrays |= {name: arrays[name][which] for name in ("prior_mean_", "param_prior_mean")}
    return SparseCoding.from_state(arrays, settings)


@pytest.mark.parametrize("prior", ["kl", "signed_kl"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("mean", MEANS, ids=["one mean", "a mean a column"])
def test_a_column_given_twice_changes_nothing(prior, dtype, mean):
    model, rows = fitted(prior, dtype, mean)
    twice = with_columns(model, [1, 0, 1, 2, 3, 1])
    one, other = model.codes(rows), twice.codes(rows)
    tight = {"rtol": 1e-3, "atol": 2e-4}  # both are within their gaps of 1e-6
    np.testing.assert_allclose(other.W[:, [1, 3, 4]], one.W[:, [0, 2, 3]], **tight)
    np.testing.assert_allclose(other.W[:, [0, 2, 5]].sum(axis=1), one.W[:, 1], **tight)
    for k in (2, 5):
        np.testing.assert_allclose(other.W[:, k], other.W[:, 0], rtol=1e-6 if dtype == np.float64 else 1e-4, atol=1e-9)
    np.testing.assert_allclose(twice.inverse_transform(other.W), model.inverse_transform(one.W), **tight)
    assert other.converged.all()


def test_without_sharing_the_weight_of_a_doubled_column_would_grow(monkeypatch):
    """So the test above tells: two columns with p each have more weight together than one with p."""
    model, rows = fitted("kl", np.float64)
    twice = with_columns(model, [0, 1, 2, 3, 1])
    monkeypatch.setattr("textsc.estimators.sparse_coding.shared_mean", lambda components, mean: mean)
    W = twice.transform(rows)
    assert ((W[:, 1] + W[:, 4]) / model.transform(rows)[:, 1]).min() > 1.01


def test_training_through_the_code_goes_by_the_shared_mean_too():
    model, _ = fitted("kl", np.float64)
    twice = with_columns(model, [0, 1, 2, 3, 1])
    np.testing.assert_allclose(twice._objective(np.float64, "cpu").prior.mean.ravel(), [0.05, 0.025, 0.05, 0.05, 0.025])
    assert model._objective(np.float64, "cpu").prior.mean == 0.05


def test_zeros_of_either_sign_are_the_same():
    assert shared_mean(np.array([[0.0, 1.0], [-0.0, 1.0]]), 1.0).tolist() == [0.5, 0.5]
    assert shared_mean(np.array([[0.0, 1.0], [1e-12, 1.0]]), 1.0) == 1.0


def test_a_given_basis_is_made_non_negative_and_of_unit_norm():
    """Also a column that no row calls for, which learning leaves where it is."""
    init = np.zeros((2, 30))
    init[0], init[1, 0] = 3.0, -2.0
    model = SparseCoding(2, pair="linear", init=init, epochs=1, random_state=0).fit(X)
    assert model.components_.min() >= 0
    np.testing.assert_allclose(np.linalg.norm(model.components_[0]), 1)
