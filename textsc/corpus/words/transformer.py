"""What a step of a pipeline is that takes texts and gives sparse counts."""

from __future__ import annotations

from typing import Any, Self

from sklearn.base import BaseEstimator, TransformerMixin

__all__ = ["TextTransformer"]


class TextTransformer(TransformerMixin, BaseEstimator):
    """A scikit-learn transformer from strings to a sparse matrix that no setting makes a table of.

    Examples
    --------
    >>> class Lengths(TextTransformer):
    ...     pass
    >>> Lengths().set_output(transform="pandas")
    Lengths()
    """

    def __init_subclass__(cls) -> None:
        # scikit-learn would wrap `transform` to make tables, and refuse sparse ones.
        super().__init_subclass__(auto_wrap_output_keys=None)

    def set_output(self, *, transform: str | None = None) -> Self:
        """Accept what a pipeline sets for all its steps; counts stay sparse whatever it is.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, optional
            Checked, and of no effect: a table of thousands of words would not stay sparse.

        Returns
        -------
        TextTransformer
            Itself.

        Raises
        ------
        ValueError
            It is none of these.
        """
        if transform not in (None, "default", "pandas", "polars"):
            known = '"default", "pandas" or "polars"'
            raise ValueError(f"set_output of {type(self).__name__} takes transform={known}; got {transform!r}.")
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags
