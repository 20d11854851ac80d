"""The scikit-learn API: host arrays in, host arrays out."""

from textsc.estimators.classifier import SparseCodingClassifier as SparseCodingClassifier
from textsc.estimators.regressor import SparseCodingRegressor as SparseCodingRegressor
from textsc.estimators.sparse_coding import SparseCoding as SparseCoding
