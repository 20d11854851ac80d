"""Pictures: the same bytes each time, nothing of the machine in them, and what they show is what was given."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from textsc.pages import drawing
from textsc.pages.drawing import PlotError
from textsc.pages.figures import basis_spectra, code_over_time, reconstructed_spectrogram

matplotlib = pytest.importorskip("matplotlib")

RNG = np.random.default_rng(0)
FREQUENCIES = np.arange(111) * 100.0
X = RNG.random((40, 111))
W = RNG.random((40, 9))
NAMES = [f"topic {k}" for k in range(9)]
PICTURES = {
    "basis": lambda **how: basis_spectra(X[:9], FREQUENCIES, names=NAMES, **how),
    "one": lambda **how: basis_spectra(X[:1], FREQUENCIES, names=NAMES[:1], **how),
    "spectrogram": lambda **how: reconstructed_spectrogram(X, X / 2, FREQUENCIES, hop=0.05, title="wren", **how),
    "code": lambda **how: code_over_time(W, hop=0.05, names=NAMES, **how),
}


@pytest.mark.parametrize("form", ["svg", "png"])
@pytest.mark.parametrize("name", PICTURES)
def test_the_same_arrays_give_the_same_bytes(name, form):
    found = PICTURES[name](format=form)
    assert found.startswith(b"<?xml" if form == "svg" else b"\x89PNG")
    with matplotlib.rc_context({"lines.linewidth": 9, "svg.hashsalt": "other", "font.size": 30}):
        assert PICTURES[name](format=form) == found
    for said in (b"dc:date", b"dc:creator", b"Software", matplotlib.__version__.encode()):
        assert said not in found


def test_another_process_gives_the_same_bytes():
    code = "import sys; sys.path.insert(0, sys.argv[1]); import test_figures as t; t.tell()"
    found = subprocess.run([sys.executable, "-c", code, Path(__file__).parent], capture_output=True, check=True).stdout
    assert found == PICTURES["code"](format="svg")


def tell():
    sys.stdout.buffer.write(PICTURES["code"](format="svg"))


def test_settings_of_the_caller_are_left_alone():
    before = dict(matplotlib.rcParams)
    PICTURES["code"]()
    assert dict(matplotlib.rcParams) == before


def test_a_louder_snippet_is_a_lighter_column():
    rows = np.zeros((10, 111))
    rows[5] = 1.0
    drawn = reconstructed_spectrogram(rows, 0 * rows, FREQUENCIES, hop=1, format="png")
    picture = matplotlib.image.imread(io.BytesIO(drawn))[..., :3]
    # The lightest of the colour map; letters and the colour bar have little of it.
    light = (np.abs(picture - matplotlib.colormaps["magma"](1.0)[:3]).max(axis=2) < 0.02).sum(axis=0)
    columns = np.flatnonzero(light > 0.5 * len(picture))
    assert (np.diff(columns) == 1).all()
    assert 0.03 < len(columns) / picture.shape[1] < 0.05  # a tenth of one of the two fields
    assert columns.max() < picture.shape[1] / 2


def test_without_the_extra_one_sentence_says_what_to_install(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(drawing, "import_module", missing)
    with pytest.raises(PlotError, match=r"matplotlib, which cannot be loaded .* pip install 'textsc\[plot\]'"):
        PICTURES["code"]()


def test_another_format_is_refused():
    with pytest.raises(ValueError, match="a picture is written as svg or png, not 'gif'"):
        PICTURES["code"](format="gif")
