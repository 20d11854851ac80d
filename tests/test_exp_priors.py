"""Figure 1 of the supplement: the computation of scripts/exp_priors.py, without its picture."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from textsc.coding import PRIORS

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"


@pytest.fixture(scope="module")
def computed():
    spec = importlib.util.spec_from_file_location("exp_priors", SCRIPTS / "exp_priors.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["exp_priors"] = module
    spec.loader.exec_module(module)
    return module.compute(n_points=20)


def test_every_prior_is_its_closed_form(computed):
    found, result = computed
    assert set(found) == set(result["priors"]) == set(PRIORS)
    for panels in result["priors"].values():
        assert panels["shrinkage"]["max_difference"] < 2e-6  # gaps of 1e-12
        assert panels["gradient"]["max_difference"] < 1e-9
        assert panels["density"]["max_difference"] < 1e-12


def test_the_curves_are_those_of_the_supplement(computed):
    """L1 has a dead zone of λ, L2 halves at λ = 1, KL is positive, signed KL is odd; densities hold a mass of one."""
    found, _ = computed
    x, shrunk, _ = found["l1"]["shrinkage"]
    np.testing.assert_array_equal(shrunk[np.abs(x) < 1], 0.0)
    np.testing.assert_allclose(found["l2"]["shrinkage"][1], x / 2, atol=1e-6)
    assert np.all(found["kl"]["shrinkage"][1] > 0)
    np.testing.assert_allclose(found["signed_kl"]["shrinkage"][1], -found["signed_kl"]["shrinkage"][1][::-1], atol=2e-6)
    w, height, _ = found["l2"]["density"]
    np.testing.assert_allclose(height, np.exp(-(w**2) / 2) / np.sqrt(2 * np.pi), atol=1e-9)


def test_the_stored_result_is_what_is_computed(computed):
    stored = json.loads((SCRIPTS / "results" / "priors.json").read_text(encoding="utf-8"))
    for name, panels in computed[1]["priors"].items():
        for panel, values in panels.items():
            then = stored["priors"][name][panel]
            assert then["at"] == values["at"]
            assert then["max_difference"] < 2e-6
            np.testing.assert_allclose(values["values"], then["values"], atol=3e-6)


def test_the_computation_needs_no_matplotlib(computed):
    source = (SCRIPTS / "exp_priors.py").read_text(encoding="utf-8")
    assert "import matplotlib" not in source.split("def draw(")[0]
