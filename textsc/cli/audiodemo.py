"""``textsc demo --audio``: the whole job on sounds that the project makes itself."""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textsc.cli.console import Console, number, plural, shown_gap
from textsc.cli.measuring import classes_of, clip_accuracy, codes_of, labelled_rows
from textsc.cli.steps import certified_status, read_with_progress
from textsc.cli.streams import print_json, print_lines
from textsc.cli.topics import describe_topics, topic_lines

if TYPE_CHECKING:
    from textsc.corpus.dataset import Dataset

__all__ = ["demo_audio"]

N_BASIS = 48
N_SHOWN = 5
CLIPS = {"train": 16, "test": 6}  # of each instrument
SECONDS = 2.0
EPOCHS = 4
TRAINING = {"epochs": 4, "learning_rate": 0.02, "unsupervised_weight": 0.1}
PICTURES = ("basis.svg", "spectrogram.svg", "code.svg")
_FIELDS, _LINES = 16, 20  # of the pictures


@dataclass(frozen=True)
class _Told:
    """How often classes are told right."""

    snippets: float
    clips: float


def demo_audio(
    *, as_json: bool, quiet: bool, force: bool, seed: int, threads: int | None, device: str, out: str | None
) -> int:
    """Make sounds, learn a basis without their labels, then classify other sounds by their codes.

    Parameters
    ----------
    as_json, quiet, force, seed, threads, device
        As on the command line.
    out : str or None
        A folder for sounds and pictures; without one the sounds are thrown away.

    Returns
    -------
    int
        The exit code.

    Raises
    ------
    textsc.corpus.CorpusError, textsc.pages.drawing.PlotError
        The extra ``audio``, or with `out` the extra ``plot``, is not installed.
    textsc.checkpoint.OutputExists, textsc.checkpoint.OutputError
        The folder has something in it and `force` is false, or cannot be written.
    """
    import numpy as np

    from textsc.arrays import to_device
    from textsc.corpus.sound.audio import require_audio

    console = Console("demo", quiet=quiet)
    started = time.monotonic()
    require_audio()
    to_device(np.zeros(1), device)
    if out is not None:
        _check_folder(Path(out), force=force)
    with tempfile.TemporaryDirectory(prefix="textsc-") as name:
        played = Path(name)
        _write(played, seed=seed, console=console)
        train = read_with_progress(str(played / "train"), encoder=None, console=console)
        test = read_with_progress(str(played / "test"), encoder=train.encoder, console=console)
        model, tuned = _learn(train, seed=seed, threads=threads, device=device, console=console)
        if out is not None:
            _keep(played, Path(out), _pictures(model, test))
    codes = {name: codes_of(one.model_, test.X, label="coding", console=console) for name, one in tuned.items()}
    last = codes["through"]
    found = {
        "n_clips": {"train": len(set(train.clips or ())), "test": len(set(test.clips or ()))},
        "n_snippets": {"train": len(train.ids), "test": len(test.ids)},
        "classes": [str(label) for label in tuned["fixed"].classes_],
        "accuracy": {name: vars(_told(one, test, codes[name].W)) for name, one in tuned.items()},
        "chance": 1 / len(tuned["fixed"].classes_),
        "n_not_converged": certified_status(test.status, last).count("not_converged"),
        "max_gap": number(float(last.gap.max(initial=0.0))),
        "topics": describe_topics(model, n_words=N_SHOWN, encoder=train.encoder),
    }
    console.note(f"done in {time.monotonic() - started:.1f} s")
    if as_json:
        print_json(found)
    else:
        print_lines(_lines(found, out))
    return 5 if found["n_not_converged"] else 0


def _check_folder(out: Path, *, force: bool) -> None:
    """Make the folder of the output, before any work; refuse one that has something in it."""
    from textsc.checkpoint import OutputError, OutputExists
    from textsc.pages.drawing import require_plot

    require_plot()
    try:
        out.mkdir(parents=True, exist_ok=True)  # before it is looked into: the path may lead through itself
        if any(out.iterdir()) and not force:
            raise OutputExists(f"the folder {out} has something in it; choose another, or say --force")
    except OSError as error:
        raise OutputError(f"cannot write to {out}: {error.strerror}") from error


def _write(folder: Path, *, seed: int, console: Console) -> None:
    from textsc.corpus.sound.synthesis import INSTRUMENTS, write_clips

    total, done = len(INSTRUMENTS) * sum(CLIPS.values()), 0
    with console.progress("playing") as update:
        for place, (part, n_clips) in enumerate(CLIPS.items()):
            (folder / part).mkdir(exist_ok=True)
            # Other seeds for other parts: no tune is played twice.
            for name, _ in write_clips(folder / part, n_clips=n_clips, seconds=SECONDS, seed=2 * seed + place):
                done += 1
                update(done / total, name)


def _learn(
    train: Dataset, *, seed: int, threads: int | None, device: str, console: Console
) -> tuple[Any, dict[str, Any]]:
    """Learn a basis without labels, and on it two classifiers: of its codes, and trained through them."""
    import numpy as np
    from sklearn.frozen import FrozenEstimator

    from textsc.estimators import SparseCoding, SparseCodingClassifier

    rows = train.trainable
    X, y = train.X[rows], np.array(train.y, dtype=str)[rows]
    model = SparseCoding(
        N_BASIS, pair="linear", init="random", epochs=EPOCHS, n_jobs=threads or -1, device=device, random_state=seed
    )
    with console.progress("learning") as update:
        model._fit(X, report=lambda step: update(step.done / step.total, step.stage))
        tuned = {}
        for name, epochs in (("fixed", 0), ("through", TRAINING["epochs"])):
            settings = {**TRAINING, "epochs": epochs}
            one = SparseCodingClassifier(
                FrozenEstimator(model), n_jobs=threads or -1, random_state=seed, self_taught=False
            ).set_params(**settings)
            one._fit(X, y, report=lambda step: update(step.done / step.total, step.stage))
            tuned[name] = one
    return model, tuned


def _told(classifier: Any, test: Dataset, W: Any) -> _Told:
    labelled = labelled_rows(test)
    clips = clip_accuracy(classifier, test, W, labelled)
    return _Told(classes_of(classifier, W, labelled).accuracy, float(clips or 0.0))


def _pictures(model: Any, test: Dataset) -> tuple[bytes, ...]:
    """Draw the basis, and of each instrument the first clip of the test part."""
    import numpy as np

    from textsc.pages.figures import basis_spectra, code_over_time, reconstructed_spectrogram

    encoder, order = test.encoder, np.argsort(-model.prevalence_, kind="stable")
    shown = order[:_FIELDS]
    names = [f"topic {k} · {100 * model.prevalence_[k]:.1f} %" for k in shown]
    clips = sorted({clip for clip in test.clips or () if clip.endswith("/00.wav")})
    rows = [row for row, clip in enumerate(test.clips or ()) if clip in clips]
    X, hop = test.X[rows], encoder.hop / encoder.sample_rate
    W = model.coder()(X).W
    strongest = np.argsort(-W.sum(axis=0), kind="stable")[:_LINES]
    title = f"{SECONDS:g} s of each, in this order: " + ", ".join(clip.split("/")[0] for clip in clips)
    of_basis = f"The {len(shown)} strongest of {len(order)} basis spectra (made sounds)"
    return (
        basis_spectra(model.components_[shown], encoder.frequencies, names=names, title=of_basis),
        reconstructed_spectrogram(X, model.inverse_transform(W), encoder.frequencies, hop=hop, title=title),
        code_over_time(W[:, strongest], hop=hop, names=[f"topic {k}" for k in strongest], title=title),
    )


def _keep(played: Path, out: Path, pictures: tuple[bytes, ...]) -> None:
    """Leave sounds and pictures where they are asked for, now that all is done: each file whole."""
    from textsc.checkpoint import OutputError, atomic_write

    try:
        for file in sorted(played.rglob("*.wav")):
            kept = out / "sounds" / file.relative_to(played)
            kept.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(kept, force=True) as copy, file.open("rb") as source:
                shutil.copyfileobj(source, copy)
    except OSError as error:
        raise OutputError(f"cannot write to {out}: {error.strerror}") from error
    for name, content in zip(PICTURES, pictures, strict=True):
        with atomic_write(out / name, force=True) as picture:
            picture.write(content)


def _lines(found: dict[str, Any], out: str | None) -> list[str]:
    clips, snippets, accuracy = found["n_clips"], found["n_snippets"], found["accuracy"]
    classes = found["classes"]
    n_open = found["n_not_converged"]
    return [
        f"{clips['train']} clips of {len(classes)} instruments, made by this program: {', '.join(classes)}",
        f"{len(found['topics'])} basis spectra learned from {snippets['train']:,} snippets of 50 ms, without labels",
        *topic_lines(found["topics"], content="sound")[: N_SHOWN + 1],
        "",
        f"{plural(snippets['test'], 'snippet')} of {clips['test']} other clips coded, largest gap "
        f"{shown_gap(found['max_gap'] if found['max_gap'] is not None else float('inf'), unit='')}",
        *([f"{plural(n_open, 'snippet')} without a certificate"] if n_open else []),
        "",
        "Instruments told right              snippets  clips",
        f"by the codes                         {100 * accuracy['fixed']['snippets']:5.1f} % "
        f"{100 * accuracy['fixed']['clips']:5.1f} %",
        f"by a basis trained through the codes {100 * accuracy['through']['snippets']:5.1f} % "
        f"{100 * accuracy['through']['clips']:5.1f} %",
        f"by chance                            {100 * found['chance']:5.1f} % {100 * found['chance']:5.1f} %",
        *([f"\nSounds and pictures ({', '.join(PICTURES)}) are in {out}"] if out is not None else []),
        "",
        "Next, with sounds of your own: textsc fit FOLDER -o my.model",
    ]
