"""`TextCounts`: from strings to counts of words, as a scikit-learn transformer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.utils._param_validation import Interval, RealNotInt, StrOptions
from sklearn.utils.validation import check_is_fitted

from textsc.corpus import stopwords
from textsc.corpus.tally import Spool, TextTally, WordCounts, count_blocks, joined, learn
from textsc.corpus.transformer import TextTransformer
from textsc.corpus.vocabulary import NoWordsError, choose_words, why_no_words
from textsc.corpus.words import WordTable, checked_strings, tokenise

__all__ = ["NoWordsError", "TextCounts", "TextTally", "tokenise"]


_SHARE = Interval(RealNotInt, 0, 1, closed="both")
_NUMBER = Interval(Integral, 1, None, closed="left")


class TextCounts(TextTransformer):
    """Count the words of texts.

    A word starts with a letter and goes on with letters, combining marks, digits and inner
    apostrophes; it is lower-cased and composed (NFC). Hyphens and underscores split; a possessive
    's at the end is dropped. Scripts written without spaces (Chinese, Japanese, Thai, ...) are not
    segmented: put spaces between their words first. A token of more than 100 characters is counted,
    but no vocabulary knows it.

    A document may also be a mapping of words to counts: its words are taken as they are, whatever
    their case, length or letters; only stop words are left out.

    Learning takes one pass; its memory grows with the number of different words only.

    Parameters
    ----------
    stop_words : "english", None or collection of str, default "english"
        Words that are left out. They are compared in lower case, as whole words, with and without
        a possessive 's.
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

    Examples
    --------
    >>> encoder = TextCounts(min_df=1, max_df=1.0)
    >>> encoder.fit_transform(["The cat and the cat's dog", "A dog"]).toarray()
    array([[2, 1],
           [0, 1]], dtype=int32)
    >>> encoder.vocabulary_
    ['cat', 'dog']
    """

    content: ClassVar[str] = "text"

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "stop_words": [StrOptions({"english"}), list, tuple, set, frozenset, None],
        "min_df": [_SHARE, _NUMBER],
        "max_df": [_SHARE, _NUMBER],
        "max_words": [_NUMBER, None],
        "min_length": [_NUMBER],
    }

    def __init__(
        self,
        *,
        stop_words: str | Collection[str] | None = "english",
        min_df: int | float = 2,
        max_df: int | float = 0.5,
        max_words: int | None = 10_000,
        min_length: int = 2,
    ) -> None:
        self.stop_words = stop_words
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
        self._learn(checked_strings(raw_documents), None)
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
        with Spool() as spool:
            found = self._learn(checked_strings(raw_documents), spool)
            index = {word: i for i, word in enumerate(self.vocabulary_)}
            places = np.array([index.get(word, -1) for word in found.words], dtype=np.int32)
            width = len(self.vocabulary_)
            return joined(spool.read(places, width=width), width=width)

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

    def word_table(self) -> WordTable:
        """Give the table that numbers the words of the vocabulary, for counting in blocks.

        Returns
        -------
        WordTable
            A new one.
        """
        check_is_fitted(self)
        return WordTable(stop_words=self.stop_words_, min_length=self.min_length, words=self.vocabulary_)

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """Give the vocabulary.

        Parameters
        ----------
        input_features : ignored
            For scikit-learn's conventions.

        Returns
        -------
        ndarray of shape (n_words,), object
            The words, in the order of the columns.
        """
        check_is_fitted(self)
        return np.array(self.vocabulary_, dtype=object)

    def to_json(self) -> dict[str, Any]:
        """Give all that is needed to rebuild the fitted encoder, as plain JSON values.

        Returns
        -------
        dict
            For `from_json`.

        Examples
        --------
        >>> encoder = TextCounts().fit(["a cat", "a dog"])
        >>> TextCounts.from_json(encoder.to_json()).vocabulary_
        ['cat', 'dog']
        """
        check_is_fitted(self)
        parameters = {
            name: value.item() if isinstance(value, np.generic) else value
            for name, value in self.get_params(deep=False).items()
        }
        if not isinstance(self.stop_words, str | None):
            parameters["stop_words"] = sorted(self.stop_words)
        return {
            "parameters": parameters,
            "vocabulary": list(self.vocabulary_),
            "stop_words": sorted(self.stop_words_),
            "dropped_limits": self.dropped_limits_,
            "n_documents": self.n_documents_,
        }

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Self:
        """Rebuild a fitted encoder.

        Parameters
        ----------
        state : dict
            As from `to_json`.

        Returns
        -------
        TextCounts
            Fitted.

        Raises
        ------
        ValueError
            The values are not those of an encoder.
        """
        try:
            encoder = cls(**state["parameters"])
            encoder._validate_params()
            encoder.stop_words_ = frozenset(map(str, state["stop_words"]))
            encoder.vocabulary_ = [str(word) for word in state["vocabulary"]]
            encoder.dropped_limits_ = bool(state["dropped_limits"])
            encoder.n_documents_ = int(state["n_documents"])
        except (KeyError, TypeError) as error:
            raise ValueError(f"These are not the values of a TextCounts: {error}.") from error
        return encoder

    def _learn(self, documents: Iterator[str | Mapping[str, int]], spool: Spool | None) -> WordCounts:
        self._validate_params()
        stop_words = stopwords.resolve(self.stop_words)
        table = WordTable(stop_words=stop_words, min_length=self.min_length)
        found = learn(documents, table, spool=spool)
        if not found.words:
            raise NoWordsError(why_no_words(found.n_documents, n_left_out=len(table)))
        self.vocabulary_, self.dropped_limits_ = choose_words(
            found, min_df=self.min_df, max_df=self.max_df, max_words=self.max_words
        )
        self.stop_words_ = stop_words
        self.n_documents_ = found.n_documents
        return found
