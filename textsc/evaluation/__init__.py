"""Numbers about a model, and about anybody's topics.

Topics are lists of words, best first. Their coherence is read off counts of how often the words occur together, in
documents or in windows that slide over the texts:

>>> from textsc.evaluation import count_documents, distinct_words, topic_coherence, topic_diversity
>>> topics = [["cat", "dog"], ["ship", "sea"], ["sea", "dog"]]
>>> X = [[2, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 0, 1]]
>>> import numpy as np
>>> counts = count_documents(np.array(X), ["cat", "dog", "ship", "sea"], distinct_words(topics))
>>> topic_coherence(topics, counts, measure="npmi").round(3).tolist()
[1.0, 0.5, -1.0]
>>> round(topic_diversity(topics), 3)
0.667

Measures by windows need the texts in order, as lists of words (`TextCounts.token_lists` gives them, as they are
counted), and are gensim's; `MEASURES` names them all, with the windows that are usual:

>>> from textsc.evaluation import MEASURES, count_windows
>>> texts = ["cat saw dog".split(), "ship on sea".split(), "sea of a dog".split()]
>>> near = count_windows(texts, distinct_words(topics), size=MEASURES["c_npmi"].window)
>>> topic_coherence(topics, near, measure="c_npmi").round(3).tolist()
[0.369, 0.369, -0.262]
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textsc.evaluation.accuracy import classification_accuracy
    from textsc.evaluation.assessment import assess_classes
    from textsc.evaluation.coherence import MEASURES, topic_coherence
    from textsc.evaluation.comparison import compare_models, summarise
    from textsc.evaluation.cooccurrence import Cooccurrence, WindowCounter, count_documents, count_windows
    from textsc.evaluation.diversity import duplicate_topics, inverted_rbo, topic_diversity
    from textsc.evaluation.parts import Parts
    from textsc.evaluation.retrieval import retrieval_precision
    from textsc.evaluation.topicassessment import TopicCounter, assess_topics
    from textsc.evaluation.topiclists import TopicFileError, distinct_words, read_topics

__all__ = [
    "MEASURES",
    "Cooccurrence",
    "Parts",
    "TopicCounter",
    "TopicFileError",
    "WindowCounter",
    "assess_classes",
    "assess_topics",
    "classification_accuracy",
    "compare_models",
    "count_documents",
    "count_windows",
    "distinct_words",
    "duplicate_topics",
    "inverted_rbo",
    "read_topics",
    "retrieval_precision",
    "summarise",
    "topic_coherence",
    "topic_diversity",
]

# Public names by module: imported at first use.
_HOMES = {
    "MEASURES": "coherence",
    "Cooccurrence": "cooccurrence",
    "TopicFileError": "topiclists",
    "Parts": "parts",
    "TopicCounter": "topicassessment",
    "WindowCounter": "cooccurrence",
    "assess_classes": "assessment",
    "assess_topics": "topicassessment",
    "classification_accuracy": "accuracy",
    "compare_models": "comparison",
    "count_documents": "cooccurrence",
    "count_windows": "cooccurrence",
    "distinct_words": "topiclists",
    "duplicate_topics": "diversity",
    "inverted_rbo": "diversity",
    "read_topics": "topiclists",
    "retrieval_precision": "retrieval",
    "summarise": "comparison",
    "topic_coherence": "coherence",
    "topic_diversity": "diversity",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
