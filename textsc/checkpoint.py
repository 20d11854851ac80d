"""Safe files: an output is whole or absent, and an earlier one outlives any failure."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["PARTIAL", "OutputError", "OutputExists", "atomic_write", "check_output", "is_special"]

PARTIAL = ".partial"

_STREAMS = ("/dev/stdout", "/dev/stderr", "/dev/fd/", "/proc/")
_ADVICE = {
    errno.ENOSPC: "free some space or choose another place",
    errno.EDQUOT: "free some space or choose another place",
    errno.EFBIG: "choose another place or a smaller output",
    errno.ENOENT: "the folder does not exist; create it first",
    errno.ENOTDIR: "a part of the path is a file, not a folder; choose another place",
    errno.EACCES: "choose a folder that you may write to",
    errno.EPERM: "choose a folder that you may write to",
    errno.EROFS: "the folder is read-only; choose another place",
    errno.EISDIR: "it is a folder; name a file in it",
    errno.ENAMETOOLONG: "choose a shorter name",
}


class OutputError(Exception):
    """An output cannot be written, said in one sentence (exit code 3)."""


class OutputExists(Exception):  # noqa: N818 - it names a state, and programs match on it
    """An output is there already and may not be replaced (exit code 2)."""


def is_special(path: str | os.PathLike[str]) -> bool:
    """Say whether a path is a device, a pipe or an open stream, to be written straight into.

    Parameters
    ----------
    path : path-like
        Where an output is to go.

    Returns
    -------
    bool
        True for what exists and is neither a regular file nor a folder, and for the names of
        open streams (``/dev/stdout``), whatever they lead to.

    Examples
    --------
    >>> is_special("/dev/null"), is_special("codes.csv")
    (True, False)
    """
    if os.path.abspath(path).startswith(_STREAMS):
        return True
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def check_output(path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Refuse an output that could not be written, before any work is done for it.

    Parameters
    ----------
    path : path-like
        Where the output is to go.
    force : bool
        Whether an existing file may be replaced.

    Raises
    ------
    OutputExists
        The file is there already and `force` is false.
    OutputError
        The path is a folder, or its folder is missing or may not be written to.

    Examples
    --------
    >>> check_output("/no/such/folder/news.model")
    Traceback (most recent call last):
    ...
    textsc.checkpoint.OutputError: cannot write /no/such/folder/news.model: No such file or \
directory (the folder does not exist; create it first)
    """
    if is_special(path):
        return
    target = Path(os.path.realpath(path))
    try:
        if target.is_dir():
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        if target.exists() and not force:
            raise _existing(path)
        folder = os.stat(target.parent)
        if not stat.S_ISDIR(folder.st_mode):
            raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not os.access(target.parent, os.W_OK | os.X_OK):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise _explained(path, error) from error


@contextlib.contextmanager
def atomic_write(path: str | os.PathLike[str], *, force: bool = False) -> Iterator[BinaryIO]:
    """Open a binary file that takes its name only when it is complete and on disk.

    The bytes go to a new file ``OUT.partial.`` and a random ending, beside OUT, so that two
    writers do not meet; at the end of the block they are synced and the file takes its name. If
    the block fails, the partial file is removed and an earlier OUT stays. A device, a pipe or an
    open stream (`is_special`) is written straight into.

    Parameters
    ----------
    path : path-like
        Where the output is to go.
    force : bool
        Whether an existing file may be replaced.

    Yields
    ------
    file object
        Open for writing bytes.

    Raises
    ------
    OutputExists
        `force` is false and the file is there already, or appeared while the block ran.
    OutputError
        The system refuses to open, write, sync or rename the file.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> with atomic_write(folder / "a.txt") as file:
    ...     _ = file.write(b"whole")
    >>> [p.name for p in folder.iterdir()]
    ['a.txt']
    """
    check_output(path, force=force)
    if is_special(path):
        with _guarded(path, os.fspath(path), mode="wb") as file:
            yield file
        return
    target = os.path.realpath(path)
    partial = f"{target}{PARTIAL}.{secrets.token_hex(6)}"
    try:
        with _guarded(path, partial, mode="xb") as file:
            yield file
            file.flush()
            _sync(path, file)
        _publish(path, partial, target, force=force)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(partial)
        raise


class _OutputFile(io.FileIO):
    """A file whose failures to write are sentences; errors of other files pass it by."""

    def __init__(self, shown: str, opened: str, mode: str) -> None:
        self.shown = shown
        super().__init__(opened, mode)

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise _explained(self.shown, error) from error


@contextlib.contextmanager
def _guarded(path: str | os.PathLike[str], opened: str, *, mode: str) -> Iterator[BinaryIO]:
    try:
        raw = _OutputFile(os.fspath(path), opened, mode)
    except OSError as error:
        raise _explained(path, error) from error
    file = io.BufferedWriter(raw, buffer_size=1 << 18)
    try:
        yield cast(BinaryIO, file)
        file.flush()
    finally:
        # After a failed write the buffer still holds the bytes, and closing it tries again.
        with contextlib.suppress(OutputError, OSError):
            file.close()
        raw.close()


def _sync(path: str | os.PathLike[str], file: BinaryIO) -> None:
    try:
        os.fsync(file.fileno())
    except OSError as error:
        raise _explained(path, error) from error


def _publish(path: str | os.PathLike[str], partial: str, target: str, *, force: bool) -> None:
    """Give a complete file its name, over what has it only where that is allowed."""
    try:
        if not force:
            _take_free_name(path, partial, target)
        else:
            # As writing into the earlier file would: a private one stays private.
            with contextlib.suppress(FileNotFoundError):
                os.chmod(partial, stat.S_IMODE(os.stat(target).st_mode))
            os.replace(partial, target)
    except OSError as error:
        raise _explained(path, error) from error
    # The name itself is on disk only once its folder is; not every file system can do this.
    with contextlib.suppress(OSError):
        folder = os.open(os.path.dirname(target), os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _take_free_name(path: str | os.PathLike[str], partial: str, target: str) -> None:
    try:
        os.link(partial, target)
    except FileExistsError as error:
        raise _existing(path) from error
    except OSError:
        # A file system without links cannot check and rename in one step.
        if os.path.lexists(target):
            raise _existing(path) from None
        os.replace(partial, target)
    else:
        os.unlink(partial)


def _existing(path: str | os.PathLike[str]) -> OutputExists:
    return OutputExists(
        f"{os.fspath(path)} exists already: it is left as it is; "
        "ask to replace it (--force, or force=True) or choose another name"
    )


def _explained(path: str | os.PathLike[str], error: OSError) -> OutputError:
    """Turn an error of the system into a sentence with what to do about it."""
    reason = error.strerror or str(error)
    advice = _ADVICE.get(error.errno or 0)
    hint = f" ({advice})" if advice else ""
    return OutputError(f"cannot write {os.fspath(path)}: {reason}{hint}")
