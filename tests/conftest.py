"""A device for the tests: a stand-in here, and the GPU itself with `pytest -m gpu`."""

import pytest
from standin import StandIn

from textsc import arrays


@pytest.fixture(params=["stand-in", pytest.param("gpu", marks=pytest.mark.gpu)])
def device(request, monkeypatch):
    """Make "cuda" a device that is there."""
    if request.param == "gpu":
        return arrays.open_device("cuda")
    found = StandIn()
    monkeypatch.setitem(arrays.DEVICES, "cuda", lambda: found)
    return found


@pytest.fixture
def stand_in(monkeypatch):
    """Make "cuda" the stand-in, whose transfers are counted."""
    found = StandIn()
    monkeypatch.setitem(arrays.DEVICES, "cuda", lambda: found)
    return found
