"""The bytes of a model file: safetensors with one JSON header and a digest over every byte.

The only metadata key, ``textsc``, holds canonical JSON. Its ``sha256`` is the digest of the
whole file, taken with the 64 characters of the digest itself as zeros: no byte of the file can
change unnoticed.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from typing import Any

import numpy as np
import numpy.typing as npt

import textsc
from textsc.checkpoint import atomic_write

__all__ = ["FORMAT", "Arrays", "ModelFileError", "canonical_json", "file_bytes", "read_file", "write_file"]

FORMAT = 1

Arrays = dict[str, npt.NDArray[Any]]

_KEY = "textsc"
_ZEROS = "0" * 64
_MAX_HEADER = 1 << 24


class ModelFileError(Exception):
    """A model file cannot be read or trusted, said in one sentence (exit code 4)."""


def write_file(path: str | os.PathLike[str], arrays: Arrays, header: dict[str, Any], *, force: bool = False) -> None:
    """Write arrays and a header; the same content gives the same bytes.

    Parameters
    ----------
    path : path-like
        The file to write; it appears only when complete.
    arrays : dict of str to ndarray
        Numbers of any shape.
    header : dict
        Plain values; ``format``, ``version`` and ``sha256`` are added.
    force : bool
        Whether an existing file may be replaced.

    Raises
    ------
    TypeError, ValueError
        The header holds what JSON cannot say.
    textsc.checkpoint.OutputExists, textsc.checkpoint.OutputError
        The file exists and `force` is false, or it cannot be written.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "two.model"
    >>> write_file(file, {"a": np.arange(2)}, {"kind": "Two"})
    >>> header, arrays = read_file(file)
    >>> header["kind"], arrays["a"].tolist()
    ('Two', [0, 1])
    """
    content = file_bytes(arrays, header)
    with atomic_write(path, force=force) as file:
        file.write(content)


def file_bytes(arrays: Arrays, header: dict[str, Any]) -> bytes:
    r"""Give the content of the file that `write_file` writes.

    Parameters
    ----------
    arrays : dict of str to ndarray
        Numbers of any shape.
    header : dict
        Plain values; ``format``, ``version`` and ``sha256`` are added.

    Returns
    -------
    bytes
        The whole file.

    Raises
    ------
    TypeError, ValueError
        The header holds what JSON cannot say.

    Examples
    --------
    >>> b'"kind' in file_bytes({"a": np.arange(2)}, {"kind": "Two"}).replace(b"\\", b"")
    True
    """
    full = {**header, "format": FORMAT, "version": textsc.__version__, "sha256": _ZEROS}
    return _digested(_serialised({name: _plain(a) for name, a in arrays.items()}, full))


def read_file(path: str | os.PathLike[str]) -> tuple[dict[str, Any], Arrays]:
    """Read and verify a file that `write_file` wrote.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    header : dict
        The header, with ``format``, ``version`` and ``sha256``.
    arrays : dict of str to ndarray
        The arrays.

    Raises
    ------
    ModelFileError
        The file is missing, cut short, changed, not a model, or of a newer format.

    Examples
    --------
    >>> read_file("no-such.model")
    Traceback (most recent call last):
    ...
    textsc.modelfile.ModelFileError: cannot read model file no-such.model: No such file or directory
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    shown = os.fspath(path)
    try:
        head, rest = _read_bytes(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ModelFileError(f"cannot read model file {shown}: {reason}") from error
    try:
        header = _parsed(head)
        _check_format(header, shown)
        content = bytearray(head + rest)
        span = _digest_span(head[8:])
        content[span] = _ZEROS.encode()
        intact = hashlib.sha256(content).hexdigest() == header["sha256"]
        tensors: Arrays = load(head + rest) if intact else {}
    except (KeyError, TypeError, ValueError, RecursionError, SafetensorError) as error:
        raise ModelFileError(
            f"{shown} is not a textsc model file, or its beginning is damaged; name a file that textsc fit wrote"
        ) from error
    if not intact:
        raise ModelFileError(
            f"model file {shown} is damaged: its bytes do not match its digest "
            "(cut short or changed); fit the model again or take an intact copy"
        )
    return header, tensors


def canonical_json(value: Any) -> str:
    """Give the one JSON text of a plain value: sorted keys, no spaces, no NaN.

    Parameters
    ----------
    value : object
        Numbers (NumPy's too), text, lists and dictionaries.

    Returns
    -------
    str
        The text.

    Raises
    ------
    TypeError, ValueError
        The value holds what JSON cannot say.

    Examples
    --------
    >>> canonical_json({"b": 1.5, "a": [None, "é"]})
    '{"a":[null,"é"],"b":1.5}'
    """
    return json.dumps(
        value,
        sort_keys=True,
        separators=(",", ":"),
        allow_nan=False,
        ensure_ascii=False,
        default=_scalar,
    )


def _plain(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    array = np.asarray(array)
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).reshape(array.shape)


def _scalar(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(
        f"save_model: a setting must be a plain value, got {type(value).__name__}: "
        "a model file holds numbers, text and lists of them"
    )


def _serialised(tensors: Arrays, header: dict[str, Any]) -> bytes:
    from safetensors.numpy import save

    return bytes(save(tensors, metadata={_KEY: canonical_json(header)}))


def _header_bytes(header: str) -> bytes:
    """Give a piece of the header as it stands in the file: JSON inside a JSON string."""
    return json.dumps(header)[1:-1].encode()


def _digest_span(header: bytes) -> slice:
    """Find the 64 characters of the digest in the header's bytes."""
    mark = _header_bytes('"sha256":"')
    start = header.find(mark) + len(mark)
    if header.count(mark) != 1 or header[start + 64 : start + 66] != b'\\"':
        raise ValueError("it has no digest")
    return slice(8 + start, 8 + start + 64)


def _digested(content: bytes) -> bytes:
    (size,) = struct.unpack_from("<Q", content)
    span = _digest_span(content[8 : 8 + size])
    digest = hashlib.sha256(content).hexdigest().encode()
    return content[: span.start] + digest + content[span.stop :]


def _read_bytes(path: str | os.PathLike[str]) -> tuple[bytes, bytes]:
    """Read the header first, so that a huge file of another kind is refused at once."""
    with open(path, "rb") as file:
        head = file.read(8)
        size = struct.unpack("<Q", head)[0] if len(head) == 8 else 0
        if not 0 < size <= _MAX_HEADER:
            return b"", b""
        head += file.read(size)
        if len(head) < 8 + size or f'"{_KEY}":'.encode() not in head:
            return b"", b""
        return head, file.read()


def _parsed(head: bytes) -> dict[str, Any]:
    header = json.loads(json.loads(head[8:])["__metadata__"][_KEY])
    if not isinstance(header, dict):
        raise ValueError("its header is not an object")
    return header


def _check_format(header: dict[str, Any], shown: str) -> None:
    found = header["format"]
    if not isinstance(found, int) or found < 1:
        raise ValueError("it has no format number")
    if found > FORMAT:
        raise ModelFileError(
            f"model file {shown} is of format {found}, newer than {FORMAT}, the newest that "
            f"textsc {textsc.__version__} reads; upgrade textsc"
        )
