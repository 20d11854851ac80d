"""Learning the vocabulary of a corpus, and counting it where that is wanted, in one pass over its texts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from textsc.corpus.words import stopwords
from textsc.corpus.words.language import Language
from textsc.corpus.words.ngramcorpus import NgramCorpus
from textsc.corpus.words.spool import Spool
from textsc.corpus.words.tally import TextTally, WordCounts, joined, learn
from textsc.corpus.words.vocabulary import NoWordsError, choose_words, fewest, is_unsegmented, why_no_words
from textsc.corpus.words.wordtable import WordTable

__all__ = ["Learned", "Learner"]


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned.

    Attributes
    ----------
    vocabulary : list of str
        By column.
    dropped_limits : bool
        Whether the document-frequency limits were dropped.
    stop_words : frozenset of str
        Normalised.
    n_documents : int
        Documents read.
    unsegmented : bool
        Whether the words seem to be runs of a script without spaces.
    tally : TextTally
        The counts; of no rows where they were not wanted.
    """

    vocabulary: list[str]
    dropped_limits: bool
    stop_words: frozenset[str]
    n_documents: int
    unsegmented: bool
    tally: TextTally


@dataclass(frozen=True, slots=True)
class Learner:
    """How a vocabulary is learned; the attributes are parameters of `TextCounts`.

    Examples
    --------
    >>> from textsc.corpus.words.language import find_language
    >>> learner = Learner(find_language("en"), None, ngrams=2, min_df=1, max_df=1.0, max_words=None, min_length=2)
    >>> found = learner.learn(["new york"], counted=True)
    >>> found.vocabulary, found.tally.X.toarray().tolist()
    (['new', 'new york', 'york'], [[1, 1, 1]])
    """

    language: Language
    stop_words: str | Collection[str] | None
    ngrams: int
    min_df: int | float
    max_df: int | float
    max_words: int | None
    min_length: int

    def learn(self, documents: Iterable[str | Mapping[str, int]], *, counted: bool) -> Learned:
        """Learn a vocabulary.

        Parameters
        ----------
        documents : iterable of (str or mapping of str to int)
            Read once.
        counted : bool
            Whether the documents are counted; their words go through a temporary file then.

        Returns
        -------
        Learned
            The vocabulary, and the counts.

        Raises
        ------
        NoWordsError
            No word is left.
        CorpusError
            There is no room for the temporary file.
        """
        table = WordTable(
            stop_words=stopwords.resolve(self.stop_words, self.language),
            min_length=self.min_length,
            split=self.language.splitter(broken=self.ngrams > 1),
        )
        return (self._learn_ngrams if self.ngrams > 1 else self._learn_words)(documents, table, counted)

    def _learn_words(self, documents: Iterable[str | Mapping[str, int]], table: WordTable, counted: bool) -> Learned:
        if not counted:
            found = learn(documents, table)
            return self._learned(found, table, *self._chosen(found, table))
        with Spool() as spool:
            found = learn(documents, table, spool=spool)
            vocabulary, dropped = self._chosen(found, table)
            index = {word: i for i, word in enumerate(vocabulary)}
            places = np.array([index.get(word, -1) for word in found.words], dtype=np.int32)
            tally = joined(spool.read(places, width=len(vocabulary)), width=len(vocabulary))
            return self._learned(found, table, vocabulary, dropped, tally)

    def _learn_ngrams(self, documents: Iterable[str | Mapping[str, int]], table: WordTable, counted: bool) -> Learned:
        with NgramCorpus(documents, table) as corpus:
            found = corpus.learn(longest=self.ngrams, least=fewest(self.min_df, corpus.n_documents))
            vocabulary, dropped = self._chosen(found, table)
            if dropped:
                found = corpus.learn(longest=self.ngrams, least=1)
                vocabulary, _ = self._chosen(found, table)
            tally = joined(corpus.counts(vocabulary), width=len(vocabulary)) if counted else None
            return self._learned(found, table, vocabulary, dropped, tally)

    def _chosen(self, found: WordCounts, table: WordTable) -> tuple[list[str], bool]:
        if not found.words:
            raise NoWordsError(why_no_words(found.n_documents, n_left_out=len(table)))
        return choose_words(found, min_df=self.min_df, max_df=self.max_df, max_words=self.max_words)

    def _learned(
        self,
        found: WordCounts,
        table: WordTable,
        vocabulary: list[str],
        dropped: bool,
        tally: TextTally | None = None,
    ) -> Learned:
        words = list(table.index)
        return Learned(
            vocabulary,
            dropped,
            table.stop_words,
            found.n_documents,
            is_unsegmented(words, found.total[: len(words)]),
            joined([], width=len(vocabulary)) if tally is None else tally,
        )
