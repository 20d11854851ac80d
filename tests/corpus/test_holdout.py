"""A corpus in two parts: who goes where, and which words are learned."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textsc.corpus import CorpusError, TextCounts, open_corpus
from textsc.corpus.holdout import SelectedRows, draw_test, read_holdout
from textsc.corpus.records import ReadingOptionError


def written(path, rows):
    path.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def corpus(tmp_path):
    """Twenty texts, a word of its own in each, with a class, a part and one line that is not JSON."""
    rows = [
        {"text": f"dog own{chr(97 + n)} cat", "label": "xy"[n % 2], "part": ("train", "test", "other")[n % 3]}
        for n in range(20)
    ]
    return written(tmp_path / "c.jsonl", [*rows[:7], "not json\n", *rows[7:]])


@given(
    labels=st.lists(st.sampled_from(["a", "b", "c", None]), min_size=2, max_size=60),
    share=st.floats(0.01, 0.99),
    seed=st.integers(0, 9),
)
@settings(deadline=None, max_examples=150)
def test_each_class_gives_its_share(labels, share, seed):
    drawn = draw_test(labels, share=share, seed=seed)
    n = len(labels)
    np.testing.assert_array_equal(drawn, draw_test(labels, share=share, seed=seed))
    assert drawn.sum() == min(max(round(share * n), 1), n - 1)
    for label in set(labels):
        of_class = np.array([one == label for one in labels])
        assert abs(drawn[of_class].sum() - of_class.sum() * drawn.sum() / n) < 1 + 1e-9


def test_another_seed_draws_other_rows():
    draws = [tuple(draw_test(["a"] * 50, seed=seed)) for seed in range(5)]
    assert len(set(draws)) == 5


@pytest.mark.parametrize("n", [0, 1])
def test_one_document_cannot_be_split(n):
    with pytest.raises(CorpusError, match=f"there is {n} readable"):
        draw_test(["a"] * n)


def test_words_are_those_of_the_training_part(corpus):
    held = read_holdout(open_corpus(corpus), encoder=TextCounts(min_df=1, max_df=1.0), seed=3)
    assert (len(held.train.ids), len(held.test.ids), held.n_left_out) == (17, 4, 0)
    assert sorted([*held.train.ids, *held.test.ids], key=int) == [str(n) for n in range(21)]
    assert held.train.status.count("unreadable") == 1
    assert len(held.train.problems) == 1
    assert held.test.feature_names == held.train.feature_names
    # Each document has a word of its own: those of the test part are not known.
    assert len(held.train.feature_names) == 2 + 16
    assert held.test.X.sum() == 2 * 4
    assert sorted(held.test.y) == ["x", "x", "y", "y"]
    texts = list(held.token_lists())
    assert len(texts) == 16
    assert texts == list(held.token_lists())
    assert texts[0][0] == "dog"


def test_a_field_can_say_who_goes_where(corpus):
    held = read_holdout(
        open_corpus(corpus), encoder=TextCounts(min_df=1), split=open_corpus(corpus, label_field="part")
    )
    assert [int(i) for i in held.test.ids] == [n if n < 7 else n + 1 for n in range(20) if n % 3 == 1]
    assert held.n_left_out == 6
    assert held.train.y[:2] == ["x", "y"]
    assert len(list(held.token_lists())) == 7


def test_a_field_that_splits_nothing_is_refused(corpus):
    with pytest.raises(ReadingOptionError, match=r"--split-field\) must say train.*it says 'x' 10 times, 'y' 10 times"):
        read_holdout(open_corpus(corpus), split=open_corpus(corpus, label_field="label"))
    with pytest.raises(ReadingOptionError, match="it says nothing"):
        read_holdout(open_corpus(corpus), split=open_corpus(corpus, label_field="none"))


def test_bags_keep_all_words_and_have_no_texts(tmp_path):
    path = tmp_path / "b.mtx"
    path.write_text("%%MatrixMarket matrix coordinate integer general\n4 2 5\n1 1 2\n2 2 1\n3 1 1\n4 1 1\n4 2 3\n")
    held = read_holdout(open_corpus(path), share=0.25)
    assert not held.has_texts
    assert sorted(held.train.feature_names) == ["word_0", "word_1"]
    assert held.train.X.shape == (3, 2)
    with pytest.raises(ReadingOptionError, match="no order"):
        next(read_holdout(open_corpus(path), share=0.25).train.encoder.token_lists([{"a": 1}]))


def test_selected_rows_are_a_reader_like_any_other(corpus):
    reader = SelectedRows(open_corpus(corpus), [n in (0, 7, 20) for n in range(21)])
    assert [record.id for record in reader] == ["0", "7", "20"]
    assert [record.problem is None for record in reader] == [True, False, True]
    assert reader.fraction == 1
    assert reader.notes == []
    with pytest.raises(ValueError, match="shorter"):
        list(SelectedRows(open_corpus(corpus), [True]))
