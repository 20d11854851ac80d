"""``textsc topics``: the topics of a model as words."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from textsc.cli.options import Debug, Device, DeviceChoice, Force, Json, Model, Quiet, Seed, Threads
from textsc.cli.streams import print_json, print_lines

__all__ = ["describe_topics", "topic_lines", "topics"]


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
    """Show the topics of a model as words, the most prevalent first.

    With --json they are in the order of their ids, with the score of each word.
    --force, --seed, --threads and --device change nothing here.

    Example: textsc topics news.model --words 8
    """
    from textsc.store import load_model

    found = describe_topics(load_model(model), n_words=words)
    if as_json:
        print_json({"topics": found})
    else:
        print_lines(topic_lines(found))


def describe_topics(model: Any, *, n_words: int, encoder: Any | None = None) -> list[dict[str, Any]]:
    """Describe the topics of a model in plain values.

    Parameters
    ----------
    model : SparseCoding or Pipeline
        Fitted; words are named where it has an encoder or the names of its columns, else
        ``feature 17``.
    n_words : int
        Words a topic.
    encoder : TextCounts, optional
        Names the words; by default the model's own.

    Returns
    -------
    list of dict
        ``id``, ``words`` (best first), ``scores`` and ``prevalence`` of each topic.
    """
    import numpy as np

    own, model = split_model(model)
    encoder = own if encoder is None else encoder
    scores = model.topic_word_scores_
    known = getattr(model, "feature_names_in_", None) if encoder is None else encoder.get_feature_names_out()
    names = [f"feature {v}" for v in range(scores.shape[1])] if known is None else [str(name) for name in known]
    best = np.argsort(-scores, axis=1, kind="stable")[:, :n_words]
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
    """Give the text encoder (None where there is none) and the estimator of a loaded model.

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


def topic_lines(found: list[dict[str, Any]]) -> list[str]:
    """Lay topics out as a table, the most prevalent first.

    Parameters
    ----------
    found : list of dict
        As from `describe_topics`.

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
    # Where the vocabulary has n-grams, their spaces do not part them.
    between = ", " if any(" " in word for topic in found for word in topic["words"]) else " "
    return ["topic   share  words"] + [
        f"{topic['id']:5}  {100 * topic['prevalence']:4.1f} %  {between.join(topic['words'])}" for topic in ordered
    ]
