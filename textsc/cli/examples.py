"""The strongest documents of each topic, found while a corpus streams by."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textsc.cli.tabling import Coded
    from textsc.corpus.words.wordtable import WordTable

__all__ = ["Candidate", "Strongest", "example_lines"]

PASSAGE_WORDS = 40
_ALIKE = 0.6  # share of the words of two passages that they have in common, from which on one repeats the other
_MOST_CHARACTERS = 400
_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document that may be among the strongest of a topic; `source` is the file of a snippet, else the row."""

    evidence: float
    row: int
    id: str
    source: str
    share: float
    text: str | None


@dataclass
class Strongest:
    """The best candidates for each topic, of all documents that were added.

    Parameters
    ----------
    model : SparseCoding
        Fitted.
    n_documents : int
        How many are wanted a topic.

    Examples
    --------
    >>> from textsc.estimators import SparseCoding
    >>> Strongest(SparseCoding(), 3).candidates
    {}
    """

    model: Any
    n_documents: int
    candidates: dict[int, list[Candidate]] = field(default_factory=dict)
    n_rows: int = 0

    def add(self, block: Coded, texts: Sequence[str | None]) -> None:
        """Take a block of documents and their texts."""
        from textsc.topics import code_shares, strongest_rows, topic_evidence

        data, shares = block.data, code_shares(block.codes.W)
        evidence = topic_evidence(data.X, block.codes.W, self.model.components_, data.n_tokens)
        # The snippets of one sound follow each other, and the best of a file stands for it.
        n_rows = self.n_kept if data.clips is None else len(data.ids)
        for k, rows in enumerate(strongest_rows(evidence, n_rows)):
            found = [
                Candidate(
                    evidence=float(evidence[row, k]),
                    row=self.n_rows + row,
                    id=data.ids[row],
                    source=str(self.n_rows + row) if data.clips is None else data.clips[row],
                    share=float(shares[row, k]),
                    text=texts[row],
                )
                for row in rows
            ]
            self.candidates[k] = self._best([*self.candidates.get(k, []), *found])
        self.n_rows += len(data.ids)

    def _best(self, found: list[Candidate]) -> list[Candidate]:
        ordered = sorted(found, key=lambda candidate: (-candidate.evidence, candidate.row))
        of_source: dict[str, Candidate] = {}
        for candidate in ordered:
            of_source.setdefault(candidate.source, candidate)
        return list(of_source.values())[: self.n_kept]

    @cached_property
    def _scores(self) -> Any:
        # Those of all topics are found together, and take long.
        return self.model.topic_word_scores_

    @property
    def n_kept(self) -> int:
        """How many are kept a topic: some will repeat others."""
        return 2 * self.n_documents + 2

    def documents(self, k: int, table: WordTable | None) -> list[dict[str, Any]]:
        """Describe the strongest documents of a topic, those that repeat a stronger one left out.

        Parameters
        ----------
        k : int
            The topic.
        table : WordTable or None
            Of the model's encoder; without it there are no passages.

        Returns
        -------
        list of dict
            ``id``, ``share`` of the topic in the document's code, ``evidence`` and ``passage`` (None
            where there is no text), strongest first.
        """
        scores = self._scores[k] if table is not None else None
        found: list[dict[str, Any]] = []
        seen: list[set[str]] = []
        for candidate in self.candidates.get(k, []):
            passage = None if table is None or candidate.text is None else _passage(candidate.text, table, scores)
            words = {candidate.source} if passage is None else set(passage.lower().split())
            if len(found) == self.n_documents or any(_alike(words, other) for other in seen):
                continue
            seen.append(words)
            found.append(
                {
                    "id": candidate.id,
                    "share": candidate.share,
                    "evidence": candidate.evidence,
                    "passage": passage,
                }
            )
        return found


def _passage(text: str, table: WordTable, scores: Any) -> str:
    from textsc.corpus.words.pieces import text_pieces
    from textsc.topics import best_passage

    pieces = text_pieces(text, table)
    best = best_passage(pieces.words, pieces.lengths, pieces.begins, scores, n_words=PASSAGE_WORDS)
    shown = pieces.shown(best.first, best.end)
    # What has no spaces is one piece, however long it is.
    return shown if len(shown) <= _MOST_CHARACTERS else f"{shown[: _MOST_CHARACTERS - 1].rstrip()}…"


def _alike(words: set[str], other: set[str]) -> bool:
    return len(words & other) > _ALIKE * len(words | other)


def example_lines(documents: list[Mapping[str, Any]]) -> list[str]:
    """Lay the strongest documents of a topic out under its words.

    Parameters
    ----------
    documents : list of dict
        As from `Strongest.documents`.

    Returns
    -------
    list of str
        Lines, a blank one behind them; none where there are no documents.

    Examples
    --------
    >>> example_lines([{"id": "a.txt", "share": 0.25, "passage": "The fire burned."}])
    ['       25 %  a.txt: The fire burned.', '']
    """
    lines: list[str] = []
    for document in documents:
        head = f"{100 * document['share']:9.0f} %  "
        said = document["id"] if document["passage"] is None else f"{document['id']}: {document['passage']}"
        lines += textwrap.wrap(
            said,
            width=_WIDTH,
            initial_indent=head,
            subsequent_indent=" " * len(head),
            break_long_words=False,
            break_on_hyphens=False,
        )
    return [*lines, ""] if lines else []
