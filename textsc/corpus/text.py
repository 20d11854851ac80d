"""`TextCounts`: from strings to counts of words, as a scikit-learn transformer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from numbers import Integral
from typing import Any, ClassVar, Self

from scipy.sparse import csr_array
from sklearn.utils._param_validation import Interval, RealNotInt
from sklearn.utils.validation import check_is_fitted

from textsc.corpus.words.language import find_language
from textsc.corpus.words.learned import Learned, Learner
from textsc.corpus.words.ngrams import NgramTable
from textsc.corpus.words.states import KeptEncoder
from textsc.corpus.words.tally import TextTally, count_blocks, joined
from textsc.corpus.words.tokens import tokenise
from textsc.corpus.words.vocabulary import NoWordsError
from textsc.corpus.words.wordtable import CountedWords, WordTable, checked_strings

__all__ = ["NoWordsError", "TextCounts", "TextTally", "tokenise"]


_SHARE = Interval(RealNotInt, 0, 1, closed="both")
_NUMBER = Interval(Integral, 1, None, closed="left")


class TextCounts(KeptEncoder):
    """Count the words of texts.

    A word starts with a letter and goes on with letters, combining marks, digits and inner
    apostrophes; it is lower-cased and composed (NFC). Hyphens and underscores split; a possessive
    's at the end is dropped. A token of more than 100 characters is counted, but no vocabulary
    knows it.

    Scripts written without spaces are not segmented: put spaces between their words first (a
    corpus that seems to lack them is noted). Chinese and Japanese need not be, given their
    `language`: then overlapping pairs of Chinese characters stand for words, the commonest
    particles and hiragana, which carry the grammar, are left out, and katakana words stay whole.
    For texts that were cut into words leave `language` as it is and give ``stop_words="chinese"``.

    An n-gram is words that follow each other in the text, with nothing between them but spaces,
    hyphens, apostrophes or a line break: it runs across no stop word, no word that is too short,
    no number, no other sign and no blank line. It is written with spaces. A word is counted for
    itself and for each n-gram that it is in: a model believes documents the more, as if they were
    longer, and topics show words and their n-grams side by side.

    A document may also be a mapping of words to counts: its words are taken as they are, whatever
    their case, length or letters; only stop words are left out, and there are no n-grams.

    Learning takes one pass; its memory grows with the number of different words only, and with
    that of the n-grams that are in at least `min_df` documents. Counts are exact.

    Parameters
    ----------
    language : str, default "english"
        The language of the texts, as its name or its code: "german" or "de". It decides the stop
        words, and what else it needs: French, Italian and Catalan words are cut after an elision
        (l', qu', dell'); Turkish I is lower-cased to ı, and endings after an apostrophe go;
        Arabic, Persian and Urdu lose vowel signs. `textsc.corpus.languages()` lists all.
    stop_words : "auto", str, None or collection of str, default "auto"
        Words that are left out: those of the language, those of another, none, or these. They are
        compared in lower case, as whole words, with and without a possessive 's. The lists of
        languages other than English are those of Stopwords ISO, without words of which topics
        are made; the fitted encoder keeps the words.
    ngrams : int, default 1
        Words in the longest n-grams: 2 counts words and pairs of words.
    min_df, max_df : int or float
        A word stays where it is in at least `min_df` and at most `max_df` documents: a number of
        documents (int) or a share of them (float). Where fewer than two words would stay, both
        limits are dropped.
    max_words : int or None, default 10_000
        Keep the words that are most frequent in total; None keeps all.
    min_length : int, default 2
        Shorter words, in characters, are not counted.

    Attributes
    ----------
    vocabulary_ : list of str
        The words, most frequent first, ties in alphabetical order.
    dropped_limits_ : bool
        Whether the document-frequency limits were dropped.
    stop_words_ : frozenset of str
        The stop words, normalised.
    n_documents_ : int
        Documents that the vocabulary was learned from.
    unsegmented_ : bool
        Whether the words seem to be runs of a script without spaces that nobody has cut.

    Examples
    --------
    >>> encoder = TextCounts(min_df=1, max_df=1.0)
    >>> encoder.fit_transform(["The cat and the cat's dog", "A dog"]).toarray()
    array([[2, 1],
           [0, 1]], dtype=int32)
    >>> encoder.vocabulary_
    ['cat', 'dog']
    """

    unsegmented_ = False
    content: ClassVar[str] = "text"

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "language": [str],
        "stop_words": [str, list, tuple, set, frozenset, None],
        "ngrams": [_NUMBER],
        "min_df": [_SHARE, _NUMBER],
        "max_df": [_SHARE, _NUMBER],
        "max_words": [_NUMBER, None],
        "min_length": [_NUMBER],
    }

    def __init__(
        self,
        *,
        language: str = "english",
        stop_words: str | Collection[str] | None = "auto",
        ngrams: int = 1,
        min_df: int | float = 2,
        max_df: int | float = 0.5,
        max_words: int | None = 10_000,
        min_length: int = 2,
    ) -> None:
        self.language = language
        self.stop_words = stop_words
        self.ngrams = ngrams
        self.min_df = min_df
        self.max_df = max_df
        self.max_words = max_words
        self.min_length = min_length

    def fit(self, raw_documents: Iterable[str], y: object = None) -> Self:
        """Learn the vocabulary.

        Parameters
        ----------
        raw_documents : iterable of str
            Read once; it need not fit into memory.
        y : ignored
            For scikit-learn's conventions.

        Returns
        -------
        TextCounts
            Itself.

        Raises
        ------
        ValueError
            A parameter or a document is of the wrong kind, or no word is left.
        """
        self._learn(raw_documents, counted=False)
        return self

    def fit_count(self, raw_documents: Iterable[str | Mapping[str, int]]) -> TextTally:
        """Learn the vocabulary and count, in one pass over the texts.

        Parameters
        ----------
        raw_documents : iterable of str
            Read once; each is tokenised once, and its counts go through a temporary file.

        Returns
        -------
        TextTally
            A row per document.

        Examples
        --------
        >>> TextCounts().fit_count(["a cat", "a cat", "dogs"]).n_words
        array([1, 1, 1])
        """
        return self._learn(raw_documents, counted=True).tally

    def fit_transform(self, raw_documents: Iterable[str], y: object = None) -> csr_array:
        """Learn the vocabulary and count; as `fit` and then `transform`, in one pass.

        Parameters
        ----------
        raw_documents, y
            As in `fit`.

        Returns
        -------
        csr_array of shape (n_documents, n_words), int32
            Counts.
        """
        return self.fit_count(raw_documents).X

    def count(self, raw_documents: Iterable[str | Mapping[str, int]]) -> TextTally:
        """Count the words of the vocabulary, and all words beside.

        Parameters
        ----------
        raw_documents : iterable of str
            Read once.

        Returns
        -------
        TextTally
            A row per document.

        Raises
        ------
        ValueError
            There is no vocabulary yet (`NotFittedError`), or a document is not a string.
        """
        table = self.word_table()
        return joined(count_blocks(checked_strings(raw_documents), table), width=len(self.vocabulary_))

    def transform(self, raw_documents: Iterable[str]) -> csr_array:
        """Count the words of the vocabulary.

        Parameters
        ----------
        raw_documents : iterable of str
            Read once.

        Returns
        -------
        csr_array of shape (n_documents, n_words), int32
            Counts.
        """
        return self.count(raw_documents).X

    def token_lists(self, raw_documents: Iterable[str]) -> Iterator[list[str]]:
        """Give the words of each text in order, as they are counted.

        Stop words and short words are left out; words that the vocabulary does not know keep their place. Of n-grams
        only the words are given.

        Parameters
        ----------
        raw_documents : iterable of str
            Read one at a time.

        Returns
        -------
        iterator of list of str
            One list a text.

        Raises
        ------
        ValueError
            There is no vocabulary yet (`NotFittedError`), or a document is not a string.

        Examples
        --------
        >>> encoder = TextCounts(min_df=1).fit(["a cat saw a dog", "cats"])
        >>> list(encoder.token_lists(["The bird saw the cat's dog.", ""]))
        [['bird', 'saw', 'cat', 'dog'], []]
        """
        return CountedWords(self.word_table()).lists(checked_strings(raw_documents))

    def word_table(self) -> WordTable:
        """Give the table that numbers the words of the vocabulary, for counting in blocks.

        Returns
        -------
        WordTable
            A new one.
        """
        check_is_fitted(self)
        words, ngrams = self.vocabulary_, None
        if self.ngrams > 1:
            words = list(dict.fromkeys(word for entry in self.vocabulary_ for word in entry.split(" ")))
            ngrams = NgramTable.of(self.vocabulary_, {word: i for i, word in enumerate(words)})
        return WordTable(
            stop_words=self.stop_words_,
            min_length=self.min_length,
            words=words,
            split=find_language(self.language).splitter(broken=self.ngrams > 1),
            ngrams=ngrams,
        )

    def _learn(self, raw_documents: Iterable[str | Mapping[str, int]], *, counted: bool) -> Learned:
        documents = checked_strings(raw_documents)
        self._validate_params()
        learner = Learner(
            find_language(self.language),
            self.stop_words,
            ngrams=self.ngrams,
            min_df=self.min_df,
            max_df=self.max_df,
            max_words=self.max_words,
            min_length=self.min_length,
        )
        found = learner.learn(documents, counted=counted)
        self.vocabulary_, self.dropped_limits_ = found.vocabulary, found.dropped_limits
        self.stop_words_, self.n_documents_ = found.stop_words, found.n_documents
        self.unsegmented_ = found.unsegmented
        return found
