"""Work on columns: the fast ways of NumPy beside the standard's, and independence of where a column stands."""

import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textsc import columns
from textsc.arrays import LANES


def drawn(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape)


def strict(*arrays):
    return [array_api_strict.asarray(a) for a in arrays]


@pytest.mark.parametrize("function", [columns.column_dots, columns.stacked_dots, columns.combine_rows])
def test_sums_are_those_of_the_standard(function):
    shapes = {"column_dots": ((7, 5), (7, 5)), "stacked_dots": ((3, 7, 5), (7, 5)), "combine_rows": ((3, 7, 5), (3, 5))}
    left, right = (drawn(nth, *shape) for nth, shape in enumerate(shapes[function.__name__]))
    np.testing.assert_allclose(function(left, right), np.asarray(function(*strict(left, right))), rtol=1e-12)


@pytest.mark.parametrize("function", [columns.column_dots, columns.stacked_dots, columns.combine_rows])
def test_a_column_does_not_depend_on_where_it_stands(function):
    many = {"column_dots": drawn(0, 50, 4 * LANES), "stacked_dots": drawn(0, 6, 50, 4 * LANES)}.get(
        function.__name__, drawn(0, 6, 50, 4 * LANES)
    )
    other = drawn(1, 6 if function is columns.combine_rows else 50, 4 * LANES)
    many, other = many.astype(np.float32), other.astype(np.float32)
    order = np.random.default_rng(2).permutation(4 * LANES)
    whole = function(many, other)
    np.testing.assert_array_equal(
        function(np.take(many, order, axis=-1), np.take(other, order, axis=-1)), whole[..., order]
    )
    few = order[:LANES]
    np.testing.assert_array_equal(function(np.take(many, few, axis=-1), np.take(other, few, axis=-1)), whole[..., few])


@given(st.lists(st.booleans(), min_size=1, max_size=9), st.booleans())
def test_kept_columns_are_the_old_ones(kept, flat):
    kept = np.array(kept)
    shape = (len(kept),) if flat else (3, len(kept))
    new, old = drawn(0, *shape), drawn(1, *shape)
    expected = np.where(kept, old, new)
    np.testing.assert_array_equal(np.asarray(columns.keep_columns(*strict(new, old, kept))), expected)
    np.testing.assert_array_equal(columns.keep_columns(new.copy(), old, kept), expected)


@given(st.integers(1, 9), st.integers(0, 9), st.booleans())
def test_replaced_columns_are_the_new_ones_and_the_old_array_is_left_alone(n_columns, n_replaced, flat):
    index = np.random.default_rng(n_replaced).permutation(n_columns)[:n_replaced]
    shape = () if flat else (3,)
    old, values = drawn(0, *shape, n_columns), drawn(1, *shape, len(index) + 2)
    before, expected = old.copy(), old.copy()
    expected[..., index] = values[..., : len(index)]
    np.testing.assert_array_equal(columns.replace_columns(old, index, values), expected)
    np.testing.assert_array_equal(old, before)
    if len(index):
        np.testing.assert_array_equal(np.asarray(columns.replace_columns(*strict(old, index, values))), expected)
