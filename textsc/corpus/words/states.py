"""The state of a fitted encoder as plain values."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.utils.validation import check_is_fitted

from textsc.corpus.words.language import find_language
from textsc.corpus.words.transformer import TextTransformer

__all__ = ["KeptEncoder"]


class KeptEncoder(TextTransformer):
    """What a `TextCounts` is beside what it does: values that a model file keeps."""

    stop_words: Any
    language: str
    ngrams: int
    vocabulary_: list[str]
    dropped_limits_: bool
    stop_words_: frozenset[str]
    n_documents_: int

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

    def known_tokens(self, X: csr_array) -> NDArray[np.int64]:
        """Count the tokens that the vocabulary knows; n-grams are none.

        Parameters
        ----------
        X : csr_array of shape (n_documents, n_words)
            As from `transform`.

        Returns
        -------
        ndarray of shape (n_documents,), int64
            Sums of counts.

        Examples
        --------
        >>> from textsc.corpus.text import TextCounts
        >>> encoder = TextCounts(ngrams=2, min_df=1, max_df=1.0).fit(["new york"])
        >>> encoder.vocabulary_, encoder.known_tokens(encoder.transform(["new york, new"]))
        (['new', 'new york', 'york'], array([3]))
        """
        check_is_fitted(self)
        single = np.array([self.ngrams == 1 or " " not in entry for entry in self.vocabulary_], dtype=np.int64)
        counts: NDArray[np.int64] = X @ single
        return counts

    def to_json(self) -> dict[str, Any]:
        """Give all that is needed to rebuild the fitted encoder, as plain JSON values.

        Returns
        -------
        dict
            For `from_json`.

        Examples
        --------
        >>> from textsc.corpus.text import TextCounts
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
            As from `to_json`, also of an older version, which had fewer parameters.

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
            find_language(encoder.language)
            encoder.stop_words_ = frozenset(map(str, state["stop_words"]))
            encoder.vocabulary_ = [str(word) for word in state["vocabulary"]]
            encoder.dropped_limits_ = bool(state["dropped_limits"])
            encoder.n_documents_ = int(state["n_documents"])
        except (KeyError, TypeError) as error:
            raise ValueError(f"These are not the values of a TextCounts: {error}.") from error
        return encoder
