"""Models as files: what a model file holds and how a model is built again from it.

Loading builds arrays and calls ``from_state`` of a known class: no code of the file runs, and
nothing is pickled.
"""

from __future__ import annotations

import importlib
import json
import os
from typing import Any

import numpy as np

import textsc
from textsc.modelfile import Arrays, ModelFileError, canonical_json, file_bytes, read_file, write_file

__all__ = ["ENCODERS", "KINDS", "ModelFileError", "load_model", "model_bytes", "read_header", "save_model"]

KINDS = {
    "SparseCoding": "textsc.estimators:SparseCoding",
    "SparseCodingClassifier": "textsc.estimators:SparseCodingClassifier",
    "SparseCodingRegressor": "textsc.estimators:SparseCodingRegressor",
}
ENCODERS = {
    "SoundSpectra": "textsc.corpus.sound.spectra:SoundSpectra",
    "TextCounts": "textsc.corpus.text:TextCounts",
}

# Lists of words go into the data section, so that the header stays small.
_ENCODER = "encoder."
_SETTINGS = "settings."


def save_model(
    model: Any,
    path: str | os.PathLike[str],
    *,
    encoder: Any | None = None,
    force: bool = False,
) -> None:
    """Write a fitted model to a file; the same model gives the same bytes.

    Parameters
    ----------
    model : estimator or Pipeline
        A fitted estimator of `KINDS`, or a ``Pipeline`` of a text encoder and such an estimator.
    path : path-like
        The file to write; it appears only when complete.
    encoder : TextCounts, optional
        The fitted encoder that made the counts; by default ``model.encoder_`` where there is one.
    force : bool
        Whether an existing file may be replaced.

    Raises
    ------
    TypeError
        The model or the encoder is of a class that a model file cannot hold.
    ValueError
        The encoder does not have one word a column of the model.
    textsc.checkpoint.OutputExists, textsc.checkpoint.OutputError
        The file exists and `force` is false, or it cannot be written.

    Examples
    --------
    >>> import numpy as np, pathlib, tempfile
    >>> from textsc.estimators import SparseCoding
    >>> X = np.random.default_rng(0).poisson(1.0, (30, 8))
    >>> model = SparseCoding(n_components=2, random_state=0).fit(X)
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "small.model"
    >>> save_model(model, file)
    >>> bool((load_model(file).transform(X) == model.transform(X)).all())
    True
    """
    write_file(path, *_content(model, encoder), force=force)


def model_bytes(model: Any, *, encoder: Any | None = None) -> bytes:
    """Give the content of the file that `save_model` writes.

    Parameters
    ----------
    model, encoder
        As for `save_model`.

    Returns
    -------
    bytes
        The whole file.

    Raises
    ------
    TypeError, ValueError
        As for `save_model`.

    Examples
    --------
    >>> model_bytes("news")
    Traceback (most recent call last):
    ...
    TypeError: save_model: a model file holds SparseCoding or SparseCodingClassifier or SparseCodingRegressor here, \
not str
    """
    return file_bytes(*_content(model, encoder))


def load_model(path: str | os.PathLike[str]) -> Any:
    """Read a model back from its file.

    Parameters
    ----------
    path : path-like
        A file that `save_model` wrote.

    Returns
    -------
    estimator or Pipeline
        What was saved. An estimator whose file holds a text encoder has it as ``encoder_``.

    Raises
    ------
    ModelFileError
        The file is missing, cut short, changed, not a model, or of a newer format.

    Examples
    --------
    >>> load_model("no-such.model")
    Traceback (most recent call last):
    ...
    textsc.modelfile.ModelFileError: cannot read model file no-such.model: No such file or directory
    """
    header, tensors = read_file(path)
    try:
        return _rebuilt(header, tensors)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        detail = " ".join(str(error).split())
        raise ModelFileError(
            f"model file {os.fspath(path)} does not hold a valid model: {detail}; fit it again"
        ) from error


def read_header(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read what a model file says of itself, after the same checks as `load_model`.

    Parameters
    ----------
    path : path-like
        A file that `save_model` wrote.

    Returns
    -------
    dict
        ``format``, ``kind``, ``version``, ``settings``, ``encoder``, ``pipeline``, ``sha256``,
        ``n_bytes`` and ``arrays`` (name to ``dtype`` and ``shape``): plain values only.

    Raises
    ------
    ModelFileError
        As for `load_model`.

    Examples
    --------
    >>> read_header("no-such.model")
    Traceback (most recent call last):
    ...
    textsc.modelfile.ModelFileError: cannot read model file no-such.model: No such file or directory
    """
    header, tensors = read_file(path)
    shapes = {
        name: {"dtype": str(tensor.dtype), "shape": list(tensor.shape)} for name, tensor in sorted(tensors.items())
    }
    return {**header, "arrays": shapes, "n_bytes": os.path.getsize(path)}


def _content(model: Any, encoder: Any | None) -> tuple[Arrays, dict[str, Any]]:
    model, encoder, steps = _parts(model, encoder)
    kind = _kind(model, KINDS)
    arrays, settings = model.to_state()
    tensors: Arrays = dict(arrays)
    header: dict[str, Any] = {
        "encoder": None,
        "kind": kind,
        "pipeline": steps,
        "settings": _without_lists(settings, _SETTINGS, tensors),
    }
    if encoder is not None:
        encoder_kind = _kind(encoder, ENCODERS)
        _check_words(model, encoder, "save_model: give the encoder that made the counts: ")
        state = _without_lists(encoder.to_json(), _ENCODER, tensors)
        header["encoder"] = {"kind": encoder_kind, "state": state}
    return tensors, header


def _parts(model: Any, encoder: Any | None) -> tuple[Any, Any | None, list[str] | None]:
    from sklearn.pipeline import Pipeline

    if not isinstance(model, Pipeline):
        return model, getattr(model, "encoder_", None) if encoder is None else encoder, None
    if len(model.steps) != 2:
        raise TypeError(
            f"save_model: a Pipeline must have two steps, a text encoder and a model; this one has {len(model.steps)}"
        )
    (first, inner_encoder), (second, inner) = model.steps
    return inner, inner_encoder, [first, second]


def _kind(instance: Any, registry: dict[str, str]) -> str:
    name = type(instance).__name__
    if name not in registry or type(instance) is not _resolve(registry[name]):
        raise TypeError(f"save_model: a model file holds {' or '.join(sorted(registry))} here, not {name}")
    return name


def _resolve(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


def _without_lists(state: dict[str, Any], prefix: str, tensors: Arrays) -> dict[str, Any]:
    """Move the lists of a state to the tensors, as the bytes of their JSON."""
    for key, value in state.items():
        if isinstance(value, list):
            tensors[prefix + key] = np.frombuffer(canonical_json(value).encode(), dtype=np.uint8)
    return {key: value for key, value in state.items() if not isinstance(value, list)}


def _with_lists(state: dict[str, Any], prefix: str, tensors: Arrays) -> dict[str, Any]:
    names = [name for name in tensors if name.startswith(prefix)]
    return {**state, **{name.removeprefix(prefix): json.loads(tensors[name].tobytes()) for name in names}}


def _check_words(model: Any, encoder: Any, rule: str) -> None:
    n_words = len(encoder.get_feature_names_out())
    if n_words != model.n_features_in_:
        raise ValueError(f"{rule}its vocabulary has {n_words} words, but the model has {model.n_features_in_} columns")


def _rebuilt(header: dict[str, Any], tensors: Arrays) -> Any:
    if header["kind"] not in KINDS:
        raise ValueError(f"its kind {header['kind']!r} is unknown to textsc {textsc.__version__}")
    arrays = {name: array for name, array in tensors.items() if not name.startswith((_ENCODER, _SETTINGS))}
    settings = _with_lists(header["settings"], _SETTINGS, tensors)
    model = _resolve(KINDS[header["kind"]]).from_state(arrays, settings)
    if header["encoder"] is None:
        return model
    kind = header["encoder"]["kind"]
    if kind not in ENCODERS:
        raise ValueError(f"its encoder {kind!r} is unknown to textsc {textsc.__version__}")
    encoder = _resolve(ENCODERS[kind]).from_json(_with_lists(header["encoder"]["state"], _ENCODER, tensors))
    _check_words(model, encoder, "")
    if header["pipeline"] is None:
        model.encoder_ = encoder
        return model
    from sklearn.pipeline import Pipeline

    first, second = header["pipeline"]
    return Pipeline([(first, encoder), (second, model)])
