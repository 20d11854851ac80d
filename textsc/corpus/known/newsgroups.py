"""20 Newsgroups, as scikit-learn downloads and keeps it."""

from __future__ import annotations

import contextlib
import io
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from textsc.corpus.records import CorpusError, Reader, Record

__all__ = ["NewsgroupsReader", "cache_file"]

_LOG = logging.getLogger(__name__)


def cache_file() -> Path:
    """Name the file in which scikit-learn keeps the posts.

    Returns
    -------
    pathlib.Path
        In the folder that ``SCIKIT_LEARN_DATA`` names, else in ``~/scikit_learn_data``.

    Examples
    --------
    >>> cache_file().name
    '20news-bydate_py3.pkz'
    """
    # scikit-learn's own `get_data_home` makes the folder, and takes a second to load.
    home = os.environ.get("SCIKIT_LEARN_DATA", os.path.join("~", "scikit_learn_data"))
    return Path(home).expanduser() / "20news-bydate_py3.pkz"


class NewsgroupsReader(Reader):
    """Posts of twenty newsgroups, through scikit-learn's fetcher and its cache.

    The id is ``GROUP/NUMBER`` as in the archive, the label the group; posts are in the order of
    their ids. They are held in memory, as the fetcher gives them. That something is downloaded,
    and where to, is logged as a warning.

    Parameters
    ----------
    subset : str, default "all"
        ``train``, ``test`` or ``all``.
    name : str
        What messages call it.

    Raises
    ------
    CorpusError
        The posts are not here and cannot be downloaded.
    """

    def __init__(self, *, name: str, subset: str = "all") -> None:
        self.name = name
        self._done = 0
        data = self._fetch(subset)
        ids = ["/".join(str(path).replace("\\", "/").split("/")[-2:]) for path in data.filenames]
        groups = [str(data.target_names[k]) for k in data.target]
        order = sorted(range(len(ids)), key=lambda row: (groups[row], len(ids[row]), ids[row]))
        self._posts = [(ids[row], groups[row], data.data[row]) for row in order]

    def _fetch(self, subset: str) -> Any:
        from http.client import HTTPException
        from tarfile import TarError

        from sklearn.datasets import fetch_20newsgroups

        def fetch(*, download: bool) -> Any:
            # Of a cache that it cannot read it tells on standard output, where data go.
            with contextlib.redirect_stdout(io.StringIO()):
                return fetch_20newsgroups(subset=subset, shuffle=False, download_if_missing=download)

        cache = cache_file()
        with contextlib.suppress(OSError):
            return fetch(download=False)
        try:
            _LOG.warning("%s is not on this machine: scikit-learn downloads it (14 MB) to %s", self.name, cache.parent)
            return fetch(download=True)
        except (OSError, HTTPException, TarError, EOFError) as error:
            reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
            raise CorpusError(
                f"The corpus {self.name} is not on this machine and cannot be downloaded ({reason}): "
                f"check the network, or copy {cache.name} into {cache.parent} from a machine that has it."
            ) from error

    @property
    def fraction(self) -> float | None:
        """Share of the posts that the running iteration has given, in [0, 1]."""
        return self._done / max(1, len(self._posts))

    def __iter__(self) -> Iterator[Record]:
        self._done = 0
        for identity, group, text in self._posts:
            self._done += 1
            yield Record(identity, text, group, f"{self.name}, {identity}")
