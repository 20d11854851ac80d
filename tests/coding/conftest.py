"""The solver runs as it does in the product: with one BLAS thread."""

from collections.abc import Iterator

import pytest

from textsc.execution import one_thread_inside


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    with one_thread_inside():
        yield
