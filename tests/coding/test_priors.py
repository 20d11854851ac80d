"""The table of priors."""

import pytest

from textsc.coding import PRIORS, LegendrePrior, ProximalPrior

ALL = pytest.mark.parametrize("name", PRIORS)


def test_the_table_holds_the_priors_of_the_supplement():
    assert list(PRIORS) == ["kl", "signed_kl", "l1", "l2", "uniform"]


@ALL
def test_a_prior_stands_under_its_name_and_has_one_of_the_two_forms(name):
    assert PRIORS[name].name == name
    assert issubclass(PRIORS[name], LegendrePrior) != issubclass(PRIORS[name], ProximalPrior)


@ALL
def test_a_prior_takes_of_a_mean_and_a_sign_what_it_has(name):
    prior = PRIORS[name].build(mean=0.25, positive=True)
    assert getattr(prior, "mean", 0.25) == 0.25
    assert getattr(prior, "positive", True) is True
