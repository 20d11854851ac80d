"""``textsc topics``: the topics of a model as words."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from textsc.cli.options import Debug, Device, DeviceChoice, Force, Json, Model, Quiet, Seed, Threads
from textsc.cli.streams import print_json, print_lines

__all__ = ["describe_topics", "model_parts", "split_model", "topic_lines", "topics"]


def topics(
    model: Model,
    words: Annotated[int, typer.Option(min=1, help="Words a topic.")] = 10,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
    force: Force = False,
    seed: Seed = 0,
    threads: Threads = None,
    device: Device = DeviceChoice.cpu,
) -> None:
    """Show the topics of a model as words, the most prevalent first; those of sounds as their highest peaks.

    With --json they are in the order of their ids, with the score of each word.
    --force, --seed, --threads and --device change nothing here.

    Example: textsc topics news.model --words 8
    """
    from textsc.store import load_model

    loaded = load_model(model)
    found = describe_topics(loaded, n_words=words)
    if as_json:
        print_json({"topics": found})
    else:
        encoder, _ = split_model(loaded)
        print_lines(topic_lines(found, content=getattr(encoder, "content", "text")))


def describe_topics(model: Any, *, n_words: int, encoder: Any | None = None) -> list[dict[str, Any]]:
    """Describe the topics of a model in plain values.

    Parameters
    ----------
    model : SparseCoding or Pipeline
        Fitted; words are named where it has an encoder or the names of its columns, else
        ``feature 17``.
    n_words : int
        Words a topic, or at most so many frequencies.
    encoder : TextCounts or SoundSpectra, optional
        Names the words; by default the model's own. The words of a topic of sounds are the
        frequencies of its highest peaks, the scores their heights.

    Returns
    -------
    list of dict
        ``id``, ``words`` (best first), ``scores`` and ``prevalence`` of each topic.
    """
    import numpy as np

    from textsc.topics import spectral_peaks

    own, model = split_model(model)
    encoder = own if encoder is None else encoder
    sound = getattr(encoder, "content", "text") == "sound"
    scores = model.components_ if sound else model.topic_word_scores_
    known = getattr(model, "feature_names_in_", None) if encoder is None else encoder.get_feature_names_out()
    names = [f"feature {v}" for v in range(scores.shape[1])] if known is None else [str(name) for name in known]
    best = spectral_peaks(scores, n_words) if sound else np.argsort(-scores, axis=1, kind="stable")[:, :n_words]
    return [
        {
            "id": k,
            "words": [names[v] for v in row],
            "scores": [float(scores[k, v]) for v in row],
            "prevalence": float(model.prevalence_[k]),
        }
        for k, row in enumerate(best)
    ]


def split_model(model: Any) -> tuple[Any | None, Any]:
    """Give the encoder (None where there is none) and the topic model of a loaded model.

    Parameters
    ----------
    model : estimator or Pipeline
        As from `textsc.store.load_model`.

    Returns
    -------
    encoder, topic_model
        The two; of a classifier the topics beneath it.
    """
    encoder, estimator = model_parts(model)
    return encoder, getattr(estimator, "model_", estimator)


def model_parts(model: Any) -> tuple[Any | None, Any]:
    """Give the encoder (None where there is none) and the estimator of a loaded model.

    Parameters
    ----------
    model : estimator or Pipeline
        As from `textsc.store.load_model`.

    Returns
    -------
    encoder, estimator
        The two.
    """
    steps = getattr(model, "steps", None)
    if steps is not None:
        return steps[0][1], steps[-1][1]
    return getattr(model, "encoder_", None), model


def topic_lines(found: list[dict[str, Any]], *, content: str = "text") -> list[str]:
    """Lay topics out as a table, the most prevalent first.

    Parameters
    ----------
    found : list of dict
        As from `describe_topics`.
    content : {"text", "sound"}
        What the topics are of.

    Returns
    -------
    list of str
        Lines.

    Examples
    --------
    >>> topic_lines([{"id": 0, "prevalence": 0.25, "words": ["fire", "smoke"]}])
    ['topic   share  words', '    0  25.0 %  fire smoke']
    """
    ordered = sorted(found, key=lambda topic: (-topic["prevalence"], topic["id"]))
    noun, between = ("highest peaks", ", ") if content == "sound" else ("words", " ")
    # Where the vocabulary has n-grams, their spaces do not part them.
    if any(" " in word for topic in found for word in topic["words"]):
        between = ", "
    return [f"topic   share  {noun}"] + [
        f"{topic['id']:5}  {100 * topic['prevalence']:4.1f} %  {between.join(topic['words'])}" for topic in ordered
    ]
