"""A fitted `SparseCoding` as arrays and plain values, and back: what a model file holds."""

from numbers import Integral, Real
from typing import Any

import numpy as np

__all__ = ["parameters_of", "restore", "state_of"]

ARRAYS = ("components_", "background_", "prevalence_")
MACHINE = ("n_jobs", "device", "verbose")  # how a model was computed is no part of it
SCALARS = ("lam_", "unit_", "n_features_in_", "n_steps_", "n_documents_", "n_tokens_")


def state_of(model: Any) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the arrays of a fitted model by name, and its settings as plain values.

    Examples
    --------
    >>> from textsc.estimators import SparseCoding
    >>> arrays, settings = state_of(SparseCoding(1, random_state=0).fit(np.eye(4)))
    >>> arrays["components_"].shape, settings["fitted"]["n_documents_"]
    ((1, 4), 4)
    """
    arrays = {name: np.asarray(getattr(model, name)) for name in ARRAYS}
    if model.coherence_ is not None:
        arrays["coherence_"] = model.coherence_
    arrays["prior_mean_"] = np.atleast_1d(np.asarray(model.prior_mean_, dtype=np.float64))
    params = {name: value for name, value in model.get_params().items() if name not in MACHINE}
    if not isinstance(params["random_state"], Integral):
        params["random_state"] = None  # a generator cannot be written down
    for name in ("init", "prior_mean"):
        if isinstance(params[name], Real):
            params[name] = float(params[name])
        elif not isinstance(params[name], str):
            arrays[f"param_{name}"] = np.asarray(params[name], dtype=np.float64)
            params[name] = None
    names = [str(name) for name in model.feature_names_in_] if hasattr(model, "feature_names_in_") else None
    fitted = {name: getattr(model, name) for name in SCALARS}
    return arrays, {"params": params, "fitted": fitted, "feature_names": names}


def parameters_of(arrays: dict[str, np.ndarray], settings: dict[str, Any]) -> dict[str, Any]:
    """Return the constructor parameters of a state; arrays among them are put back.

    Examples
    --------
    >>> parameters_of({"param_init": np.eye(1)}, {"params": {"init": None, "prior_mean": 0.1}})["init"].tolist()
    [[1.0]]
    """
    params = dict(settings["params"])
    for name in ("init", "prior_mean"):
        params[name] = arrays.get(f"param_{name}", params[name])
    return params


def restore(model: Any, arrays: dict[str, np.ndarray], settings: dict[str, Any]) -> None:
    """Set what `state_of` kept of a fit.

    Raises
    ------
    ValueError
        If an array is not finite or of the wrong shape.
    KeyError
        If an array or a value is missing.

    Examples
    --------
    >>> from textsc.estimators import SparseCoding
    >>> model = SparseCoding(1)
    >>> restore(model, *state_of(SparseCoding(1, random_state=0).fit(np.eye(4))))
    >>> model.n_features_in_
    4
    """
    for name in SCALARS:
        setattr(model, name, settings["fitted"][name])
    model.coherence_ = None
    for name in (*ARRAYS, "prior_mean_", *(["coherence_"] if "coherence_" in arrays else [])):
        if not np.isfinite(arrays[name]).all():
            raise ValueError(f"the array {name} holds values that are not finite")
        setattr(model, name, arrays[name])
    shape = (len(model.prevalence_), len(model.background_))
    if model.components_.shape != shape or model.n_features_in_ != shape[1]:
        raise ValueError(f"the basis has shape {model.components_.shape}, but {shape} is needed")
    if model.coherence_ is not None and model.coherence_.shape != shape[:1]:
        raise ValueError(f"the coherence has shape {model.coherence_.shape}, but {shape[:1]} is needed")
    if model.prior_mean_.size == 1:
        model.prior_mean_ = float(model.prior_mean_[0])
    if settings.get("feature_names") is not None:
        model.feature_names_in_ = np.array(settings["feature_names"], dtype=object)
