"""``textsc demo``: the whole job on the corpus that every installation has, or on sounds that it makes."""

from __future__ import annotations

import time
import warnings
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textsc.cli.console import Console, number, shown_gap
from textsc.cli.errors import UsageProblem
from textsc.cli.options import Debug, Device, DeviceChoice, Force, Json, Quiet, Seed, Threads
from textsc.cli.steps import certified_status, fit_with_progress, read_with_progress
from textsc.cli.streams import print_json, print_lines
from textsc.cli.topics import describe_topics, topic_lines

if TYPE_CHECKING:
    from textsc.corpus.dataset import Dataset
    from textsc.evaluation.similarity import Agreement

__all__ = ["demo"]

TRAIN = "lee"
TEST = "lee-test"
N_TOPICS = 20
N_WORDS = 8
LDA_PASSES = 20


def demo(
    audio: Annotated[
        bool,
        typer.Option("--audio", help="On sounds that are made here: a basis, codes and classes (extra audio)."),
    ] = False,
    out: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--out",
            metavar="DIR",
            show_default=False,
            help="With --audio: a folder for the sounds and for pictures (extra plot).",
        ),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
    force: Force = False,
    seed: Seed = 0,
    threads: Threads = None,
    device: Device = DeviceChoice.cpu,
) -> int:
    """Fit, show and judge topics on a small news corpus that comes with the program.

    It learns topics from 300 articles, encodes 50 others, and compares which of these are alike
    with what people said. With --audio it plays short tunes on seven instruments, learns a basis of spectra
    from some of them, and tells the instruments of others by their codes.

    Example: textsc demo --seed 1
    """
    if audio:
        from textsc.cli.audiodemo import demo_audio

        return demo_audio(
            as_json=as_json, quiet=quiet, force=force, seed=seed, threads=threads, device=device.value, out=out
        )
    if out is not None:
        raise UsageProblem("--out is for the sounds and pictures of --audio; leave it out")
    return _demo_texts(as_json=as_json, quiet=quiet, seed=seed, threads=threads, device=device.value)


def _demo_texts(*, as_json: bool, quiet: bool, seed: int, threads: int | None, device: str) -> int:
    import numpy as np

    from textsc.arrays import to_device
    from textsc.corpus.catalog import similarities
    from textsc.estimators import SparseCoding
    from textsc.evaluation.similarity import agreement_with_judgements

    console = Console("demo", quiet=quiet)
    started = time.monotonic()
    # A missing device is said before any work.
    to_device(np.zeros(1), device)
    train = read_with_progress(TRAIN, encoder=None, console=console)
    test = read_with_progress(TEST, encoder=train.encoder, console=console)
    model = SparseCoding(n_components=N_TOPICS, random_state=seed, n_jobs=threads or -1, device=device)
    fitted = fit_with_progress(model, train, console=console)
    codes = model.coder()(test.X)
    representations = {"textsc": codes.W, **_peers(train, test, seed=seed, console=console)}
    agreements = agreement_with_judgements(representations, similarities(TEST))
    console.note(f"done in {time.monotonic() - started:.1f} s")
    found = describe_topics(model, n_words=N_WORDS, encoder=train.encoder)
    statuses = [*certified_status(train.status, fitted), *certified_status(test.status, codes)]
    certificate = {
        "n_converged": int(codes.converged.sum()),
        "n_not_converged": statuses.count("not_converged"),
        "max_gap": float(codes.gap.max(initial=0.0)),
    }
    if as_json:
        print_json(_content(train, test, found, certificate, agreements))
    else:
        print_lines(_lines(train, test, found, certificate, agreements))
    return 5 if certificate["n_not_converged"] else 0


def _peers(train: Dataset, test: Dataset, *, seed: int, console: Console) -> dict[str, Any]:
    """Represent the test documents by three known methods, on the same vocabulary."""
    from sklearn.decomposition import NMF, LatentDirichletAllocation
    from sklearn.feature_extraction.text import TfidfTransformer

    with console.progress("comparing") as update, warnings.catch_warnings():
        # That a peer stops at its last iteration is no news to the user of this program.
        warnings.simplefilter("ignore")
        weigher = TfidfTransformer(sublinear_tf=True).fit(train.X)
        tfidf, tfidf_test = weigher.transform(train.X), weigher.transform(test.X)
        update(0.1, "LDA")
        lda = LatentDirichletAllocation(N_TOPICS, max_iter=LDA_PASSES, random_state=seed)
        lda_test = lda.fit(train.X).transform(test.X)
        update(0.8, "NMF")
        nmf = NMF(N_TOPICS, init="nndsvd", max_iter=400, random_state=seed).fit(tfidf)
        return {"TF-IDF": tfidf_test, "LDA": lda_test, "NMF": nmf.transform(tfidf_test)}


def _content(
    train: Dataset,
    test: Dataset,
    found: list[dict[str, Any]],
    certificate: dict[str, Any],
    agreements: list[Agreement],
) -> dict[str, Any]:
    return {
        "n_documents": len(train.ids),
        "n_words": len(train.feature_names),
        "n_topics": len(found),
        "topics": found,
        "n_encoded": len(test.ids),
        **certificate,
        "max_gap": number(certificate["max_gap"]),
        "agreement": [
            {"name": a.name, "pearson": number(a.pearson), "spearman": number(a.spearman)} for a in agreements
        ],
    }


def _lines(
    train: Dataset,
    test: Dataset,
    found: list[dict[str, Any]],
    certificate: dict[str, Any],
    agreements: list[Agreement],
) -> list[str]:
    n_open = certificate["n_not_converged"]
    return [
        f"{len(found)} topics of {len(train.ids)} news articles ({TRAIN}), {len(train.feature_names):,} words",
        *topic_lines(found),
        "",
        f"{len(test.ids)} other articles ({TEST}) encoded: {certificate['n_converged']} certified, "
        f"largest gap {shown_gap(certificate['max_gap'])}",
        *([f"{n_open} of all articles are without a certificate"] if n_open else []),
        "",
        "Agreement with human judgements of similarity (cosine; all pairs of articles)",
        "           Pearson  Spearman",
        *(f"{a.name:10} {a.pearson:7.3f}  {a.spearman:8.3f}" for a in agreements),
        "",
        "Next, with texts of your own: textsc fit CORPUS -o my.model",
    ]
