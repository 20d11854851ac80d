"""The scikit-learn API: scikit-learn's own checks, and what they do not check."""

import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_checks as checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from textsc.estimators import SparseCoding

SMALL = [
    SparseCoding(n_components=3, epochs=2, random_state=0),
    SparseCoding(n_components=3, epochs=2, pair="linear", random_state=0),
]


@parametrize_with_checks(SMALL, xfail_strict=True)
def test_scikit_learns_checks(estimator, check):
    check(estimator)


# What `parametrize_with_checks` does not run.
FURTHER = [
    checks.check_set_output_transform,
    checks.check_set_output_transform_pandas,
    checks.check_set_output_transform_polars,
    checks.check_global_output_transform_pandas,
    checks.check_global_set_output_transform_polars,
    checks.check_transformer_get_feature_names_out,
    checks.check_transformer_get_feature_names_out_pandas,
    checks.check_get_feature_names_out_error,
    checks.check_param_validation,
    checks.check_dataframe_column_names_consistency,
    checks.check_inplace_ensure_writeable,
    checks.check_estimators_partial_fit_n_features,
]


# The checks themselves mix data frames with arrays, and score data that are no counts.
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.filterwarnings("ignore:X has feature names")
@pytest.mark.filterwarnings("ignore:Document completion sends tokens")
@pytest.mark.parametrize("check", FURTHER, ids=lambda check: check.__name__)
@pytest.mark.parametrize("estimator", SMALL, ids=["softmax", "linear"])
def test_scikit_learns_further_checks(estimator, check):
    check(type(estimator).__name__, clone(estimator))
