"""From files to `Dataset`: readers, words, counts and known corpora."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textsc.corpus.catalog import cards, similarities
    from textsc.corpus.dataset import STATUSES, Dataset, read_corpus, stream_corpus
    from textsc.corpus.export import write_corpus
    from textsc.corpus.readers import READERS, CorpusError, Reader, Record, open_corpus
    from textsc.corpus.sound.spectra import SoundSpectra
    from textsc.corpus.text import TextCounts, TextTally
    from textsc.corpus.words.language import languages

__all__ = [
    "READERS",
    "STATUSES",
    "CorpusError",
    "Dataset",
    "Reader",
    "Record",
    "SoundSpectra",
    "TextCounts",
    "TextTally",
    "cards",
    "languages",
    "open_corpus",
    "read_corpus",
    "similarities",
    "stream_corpus",
    "write_corpus",
]

_HOMES = {
    "catalog": ("cards", "similarities"),
    "dataset": ("STATUSES", "Dataset", "read_corpus", "stream_corpus"),
    "export": ("write_corpus",),
    "words.language": ("languages",),
    "readers": ("READERS", "CorpusError", "Reader", "Record", "open_corpus"),
    "sound.spectra": ("SoundSpectra",),
    "text": ("TextCounts", "TextTally"),
}


# Loaded on first use: the list of corpora needs none of the libraries that counting needs.
def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
