"""Labels of sounds from a table: which file a row is of, and what is said where they do not fit together."""

import pytest

from textsc.corpus.readers import open_corpus
from textsc.corpus.records import CorpusError, ReadingOptionError


@pytest.fixture
def sounds(tmp_path):
    folder = tmp_path / "set" / "audio"
    for name in ("a.wav", "b.wav", "deep/c.ogg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def labels_of(folder, **options):
    reader = open_corpus(folder, **options)
    return {record.id: record.label for record in reader}, reader.notes


TABLE = "file,label,take\naudio/a.wav,wren,1\naudio/deep/c.ogg, robin ,2\n"


def test_a_table_in_the_folder_is_used(sounds):
    table = sounds.parent / "labels.csv"
    table.write_text(TABLE)
    found, notes = labels_of(sounds.parent)
    assert found == {"audio/a.wav": "wren", "audio/b.wav": None, "audio/deep/c.ogg": "robin"}
    assert notes == [f"{table}: 2 of 3 files have a label."]
    assert labels_of(sounds.parent, label_field="take")[0]["audio/deep/c.ogg"] == "2"


def test_a_table_beside_the_folder_is_used(sounds):
    (sounds.parent / "labels.csv").write_text(TABLE)
    assert labels_of(sounds)[0] == {"a.wav": "wren", "b.wav": None, "deep/c.ogg": "robin"}


@pytest.mark.parametrize("content", ["file,label\nother/x.wav,wren\n", "name,kind\n", "", "file,label\n"])
def test_a_table_that_is_not_of_these_sounds_is_passed_over(sounds, content):
    (sounds / "labels.csv").write_text(content)
    (sounds.parent / "labels.csv").write_text(content)
    found, notes = labels_of(sounds)
    assert found == {"a.wav": None, "b.wav": None, "deep/c.ogg": "deep"}
    (note,) = notes  # what lies beside the folder may be of anything
    assert note.startswith(f"{sounds / 'labels.csv'} is passed over: The labels ")


@pytest.mark.parametrize("place", [".", "deep/.."])
def test_a_table_of_these_sounds_that_is_wrong_is_not_passed_over(sounds, place):
    """Beside the folder or in it: sub-folders would be other labels than those that were meant."""
    table = sounds.parent / place / "labels.csv" if place == "." else sounds / place / "labels.csv"
    table.write_text("file,label\na.wav,wren\na.wav,robin\n")
    with pytest.raises(CorpusError, match=r"line 3: a.wav has the label 'robin', and 'wren' in a row before"):
        open_corpus(sounds)


def test_a_missing_folder_is_said_before_its_labels(tmp_path):
    with pytest.raises(CorpusError, match="There is no file or folder"):
        open_corpus(tmp_path / "missing", labels=tmp_path / "labels.csv")


def test_a_table_may_lie_anywhere_and_name_files_from_the_folder(sounds, tmp_path):
    (tmp_path / "t.csv").write_text("\ufeffpath;label\nb.wav;wren\ndeep\\c.ogg;robin\ngone.wav;wren\n", "utf-8")
    (sounds / "labels.csv").write_text("file,label\na.wav,owl\n")
    found, notes = labels_of(sounds, labels=tmp_path / "t.csv")
    assert found == {"a.wav": None, "b.wav": "wren", "deep/c.ogg": "robin"}
    said = "2 of 3 files have a label; 1 of its 3 rows is of no file here, the first of gone.wav."
    assert notes == [f"{tmp_path / 't.csv'}: {said}"]
    assert labels_of(sounds / "a.wav", labels=sounds / "labels.csv")[0] == {"a.wav": "owl"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("file,kind\na.wav,x\n", "have no column label; theirs are file, kind"),
        ("sound,label\na.wav,x\n", "have no column file or filename or path or id; theirs are sound, label"),
        ("", "theirs are none"),
        ("file,label\na.wav,x\nb.wav,y\na.wav,z\n", "line 4: a.wav has the label 'z', and 'x' in a row before"),
        ("file,label\na.wav\n", "line 2: 1 fields, and the header has 2"),
        ("file,label\n,x\n", "line 2: 2 fields, and the header has 2; or no file is named"),
        ("file,label\nc.wav,x\n", "give none of the 3 files of .* a label; its first row names c.wav"),
        (b"file,label\n\xff.wav,x\n", "are not UTF-8 .byte 11."),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_a_table_that_was_asked_for_must_be_one(sounds, tmp_path, content, said):
    if content is not None:
        (tmp_path / "t.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CorpusError, match=said):
        open_corpus(sounds, labels=tmp_path / "t.csv")


def test_a_repeated_row_and_an_empty_label_are_no_trouble(sounds):
    (sounds / "labels.csv").write_text("file,label\na.wav,x\na.wav,x\n\nb.wav,\n")
    assert labels_of(sounds)[0] == {"a.wav": "x", "b.wav": None, "deep/c.ogg": None}


def test_a_column_of_labels_needs_a_table_and_a_table_sounds(sounds, tmp_path):
    with pytest.raises(ReadingOptionError, match=r"genre is to be a column of labels, and there is no labels\.csv in"):
        open_corpus(sounds, label_field="genre")
    (tmp_path / "t.csv").write_text(TABLE)
    (tmp_path / "a.txt").write_text("a cat\n")
    for text in (tmp_path / "a.txt", "lee", "-"):
        with pytest.raises(ReadingOptionError, match="holds no sounds, so a table of labels"):
            open_corpus(text, labels=tmp_path / "t.csv")
