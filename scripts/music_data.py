"""Sounds for the music experiment: some snippets of every clip, and splits that keep a track on one side."""

import csv
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np

from textsc.corpus import open_corpus
from textsc.corpus.sound.snippets import read_snippets
from textsc.corpus.sound.soundfolders import SoundReader
from textsc.corpus.sound.spectra import SoundSpectra

GAIN = 10.0  # of SoundSpectra: what it gives is log(1 + 10 m)
N_BANDS = 128
N_SNIPPETS = {"labelled": 150, "unlabelled": 100}  # of a clip
SPLITS = ("track", "clip")


@dataclass(frozen=True, eq=False)
class Clips:
    """Snippets of clips.

    Attributes
    ----------
    X : array of shape (n_snippets, n_frequencies), float32
        Spectra, log(1 + 10 m).
    clip : int array of shape (n_snippets,)
        The clip of each snippet.
    labels, tracks : array of shape (n_clips,)
        Of each clip, strings.
    """

    X: np.ndarray
    clip: np.ndarray
    labels: np.ndarray
    tracks: np.ndarray

    @property
    def y(self) -> np.ndarray:
        """The class of each snippet, a number."""
        return np.unique(self.labels, return_inverse=True)[1][self.clip]

    def as_input(self, name: str, sample_rate: int = 22_050) -> Self:
        """Return the same snippets as ``log``, ``magnitude`` or ``mel`` spectra."""
        return replace(self, X=INPUTS[name](self.X, sample_rate))


def _magnitude(X: np.ndarray, sample_rate: int) -> np.ndarray:
    return np.expm1(X) / np.float32(GAIN)


def mel_filters(n_frequencies: int, sample_rate: int, n_bands: int = N_BANDS) -> np.ndarray:
    """Return triangles of height 1 that are evenly spaced on the mel scale, (n_bands, n_frequencies).

    Examples
    --------
    >>> mel_filters(552, 22_050, 8).sum(axis=1).round().astype(int).tolist()
    [9, 12, 17, 24, 34, 48, 68, 97]
    """
    top = 2595 * np.log10(1 + sample_rate / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, n_bands + 2) / 2595) - 1)
    # A triangle narrower than a bin would hear nothing.
    spacing = sample_rate / 2 / (n_frequencies - 1)
    heard = np.arange(n_frequencies) * spacing
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    low, high = np.minimum(low, centre - spacing), np.maximum(high, centre + spacing)
    rising, falling = (heard - low) / (centre - low), (high - heard) / (high - centre)
    return np.maximum(np.minimum(rising, falling), 0.0)


def _mel(X: np.ndarray, sample_rate: int) -> np.ndarray:
    power = _magnitude(X, sample_rate) ** 2 @ mel_filters(X.shape[1], sample_rate).T.astype(np.float32)
    return np.log1p(GAIN * np.sqrt(power))


INPUTS = {"log": lambda X, sample_rate: X, "magnitude": _magnitude, "mel": _mel}


def read_clips(folder: Path, n_snippets: int, *, cache: Path | None = None) -> Clips:
    """Draw snippets of every clip of a folder: from labels.csv (file, label, track), else from its sub-folders.

    Of each clip as many snippets are drawn, with a fixed seed, of those that are not silent; a clip that cannot be read
    is left out. With ``cache``, a folder, what was read is kept there.
    """
    kept = None if cache is None else cache / f"{folder.name}_{n_snippets}.npz"
    if kept is not None and kept.exists():
        with np.load(kept) as stored:
            return Clips(**stored)
    rows, clip, labels, tracks = [], [], [], []
    for number, (path, label, track) in enumerate(_listed(folder)):
        found = read_snippets(SoundReader(path, name=path.name), SoundSpectra())
        order = np.random.default_rng(number).permutation(found.trainable)[:n_snippets]
        if not len(order):
            continue
        rows.append(found.X[np.sort(order)])
        clip.append(np.full(len(order), len(labels)))
        labels.append(label)
        tracks.append(f"{label}/{track}")
    clips = Clips(np.concatenate(rows), np.concatenate(clip), np.array(labels), np.array(tracks))
    if kept is not None:
        cache.mkdir(parents=True, exist_ok=True)
        np.savez(kept, X=clips.X, clip=clips.clip, labels=clips.labels, tracks=clips.tracks)
    return clips


def _listed(folder: Path) -> list[tuple[Path, str, str]]:
    table = folder / "labels.csv"
    if table.exists():
        with table.open(newline="", encoding="utf-8") as file:
            return [(folder / row["file"], row["label"], row["track"]) for row in csv.DictReader(file)]
    return [(record.path, record.label or "", record.id) for record in open_corpus(folder)]


def split_clips(clips: Clips, n_test: int, rng: np.random.Generator, *, by: str = "track") -> np.ndarray:
    """Return which clips are the test part: ``n_test`` of each class, drawn at random.

    By track, tracks are drawn until the number is reached; a track that would exceed it is passed over, so all clips of
    a track are on one side. By clip, they may be on both.
    """
    test = np.zeros(len(clips.labels), dtype=bool)
    for label in np.unique(clips.labels):
        groups = defaultdict(list)
        for member in np.flatnonzero(clips.labels == label):
            groups[clips.tracks[member] if by == "track" else member].append(member)
        names = list(groups)
        n_left = n_test
        for number in rng.permutation(len(names)):
            members = groups[names[number]]
            if len(members) <= n_left:
                test[members] = True
                n_left -= len(members)
    return test


def drawn_rows(clips: Clips, among: np.ndarray, n_rows: int, rng: np.random.Generator) -> np.ndarray:
    """Draw rows of some clips, as evenly over the clips as can be; fewer drawn with the same seed are among more."""
    order, turns = [], []
    for member in np.flatnonzero(among):
        rows = rng.permutation(np.flatnonzero(clips.clip == member))
        order.append(rows)
        turns.append(np.arange(len(rows)) + rng.random())
    order, turns = np.concatenate(order), np.concatenate(turns)
    return np.sort(order[np.argsort(turns, kind="stable")][:n_rows])
