"""Movie-review scale data, on small folders in the layout of the original."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textsc.corpus.known.movies import MoviesReader
from textsc.corpus.records import CorpusError


@pytest.fixture
def folder(tmp_path):
    for author, n in [("Dennis+Schwartz", 2), ("James+Berardinelli", 1)]:
        lines = {
            "subj": [f"extract {k} of {author}" for k in range(n)],
            "id": [str(29420 + k) for k in range(n)],
            "rating": [f"0.{k + 1}" for k in range(n)],
            "label.3class": [str(k) for k in range(n)],
            "label.4class": [str(k + 1) for k in range(n)],
        }
        (tmp_path / author).mkdir()
        for name, content in lines.items():
            (tmp_path / author / f"{name}.{author}").write_text("".join(line + "\n" for line in content))
    (tmp_path / "scaledata.README.1.0.txt").write_text("not a review")
    return tmp_path


def test_lines_of_the_files_belong_together(folder):
    records = list(MoviesReader(folder, name="movies"))
    assert [r.id for r in records] == ["Dennis+Schwartz/29420", "Dennis+Schwartz/29421", "James+Berardinelli/29420"]
    assert [r.label for r in records] == ["0", "1", "0"]
    assert records[1].text == "extract 1 of Dennis+Schwartz"
    assert records[1].where == "movies/Dennis+Schwartz/subj.Dennis+Schwartz, line 2"


def test_another_file_gives_the_labels(folder):
    assert [r.label for r in MoviesReader(folder, name="movies", label="rating")] == ["0.1", "0.2", "0.1"]


@pytest.mark.parametrize(("name", "row"), [("subj", "29421"), ("label.3class", "29421"), ("id", "2")])
def test_a_file_that_is_too_short_makes_unreadable_rows(folder, name, row):
    path = folder / "Dennis+Schwartz" / f"{name}.Dennis+Schwartz"
    path.write_text(path.read_text().splitlines()[0] + "\n")
    records = list(MoviesReader(folder, name="movies"))
    assert [r.text is None for r in records] == [False, True, False]
    assert records[1].id == f"Dennis+Schwartz/{row}"
    assert records[1].problem == f"{name}.Dennis+Schwartz has no line 2"


def test_missing_files_are_refused(folder, tmp_path):
    (folder / "Dennis+Schwartz" / "rating.Dennis+Schwartz").unlink()
    assert len(list(MoviesReader(folder, name="movies"))) == 3
    with pytest.raises(CorpusError, match=r"movies/Dennis\+Schwartz/rating\.Dennis\+Schwartz is not a regular file"):
        MoviesReader(folder, name="movies", label="rating")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match=r"no file AUTHOR/subj\.AUTHOR in the folder of the corpus movies"):
        MoviesReader(tmp_path / "empty", name="movies")


def test_nul_bytes_and_other_encodings(folder):
    path = folder / "Dennis+Schwartz" / "subj.Dennis+Schwartz"
    path.write_bytes(b"a \0 b\ncaf\xe9\n")
    reader = MoviesReader(folder, name="movies")
    broken, repaired, _ = reader
    assert "NUL" in broken.problem
    assert (repaired.text, "windows-1252" in repaired.note) == ("café", True)
    assert reader.fraction == 1.0


extracts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\n\r"), max_size=30)


@given(st.lists(st.tuples(extracts, st.integers(0, 99999), st.floats(0, 1)), min_size=1, max_size=5))
def test_reviews_come_back_as_they_were_written(reviews):
    with tempfile.TemporaryDirectory() as folder:
        author = Path(folder) / "A+B"
        author.mkdir()
        for name, column in zip(("subj", "id", "rating"), zip(*reviews, strict=True), strict=True):
            (author / f"{name}.A+B").write_bytes("".join(f"{value}\n" for value in column).encode())
        found = [(r.id, r.text, r.label) for r in MoviesReader(Path(folder), name="movies", label="rating")]
    assert found == [(f"A+B/{number}", text, str(rating)) for text, number, rating in reviews]
