"""Pieces of a text: nothing of it is lost, and their words are those that the encoder counts."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textsc.corpus.text import TextCounts
from textsc.corpus.words.pieces import text_pieces

TEXTS = [
    "Storms hit the coast. The coast guard (in state-of-the-art boats) saw Mr. Smith's ship!",
    "No storm yet\n\nA new ship of J. Smith came in at 9.30 p.m. today: storms?",
]


def encoder_of(texts, **settings):
    return TextCounts(min_df=1, max_df=1.0, **settings).fit(texts)


def counted(pieces, width):
    return np.bincount([word for found in pieces.words for word in found], minlength=width)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("ngrams", [1, 2])
def test_the_words_of_all_pieces_are_those_that_are_counted(text, ngrams):
    encoder = encoder_of(TEXTS, ngrams=ngrams)
    pieces = text_pieces(text, encoder.word_table())
    assert "".join(text[slice(*span)] for span in pieces.spans) == "".join(text.split())
    expected = encoder.transform([text]).toarray()[0]
    if ngrams == 1:
        np.testing.assert_array_equal(counted(pieces, expected.size), expected)
    else:
        # A blank line between two pieces is not seen as a break.
        assert (counted(pieces, expected.size) >= expected).all()
        assert (
            counted(pieces, expected.size)[encoder.vocabulary_.index("coast guard")]
            == expected[encoder.vocabulary_.index("coast guard")]
        )


@given(st.text(st.sampled_from("aB '.!?\n\t-—。é1"), max_size=60))
@settings(deadline=None, max_examples=200)
def test_pieces_hold_all_of_a_text_but_its_spaces(text):
    pieces = text_pieces(text, encoder_of(["aa bb"]).word_table())
    assert "".join(text[slice(*span)] for span in pieces.spans) == "".join(text.split())
    assert len(pieces.spans) == len(pieces.begins) == len(pieces.words) == len(pieces.lengths)
    assert pieces.begins[:1] == [True] * bool(pieces.spans)
    assert min(pieces.lengths, default=1) >= 1


def sentences(text):
    pieces = text_pieces(text, encoder_of(["aa bb"]).word_table())
    starts = [i for i, begins in enumerate(pieces.begins) if begins] + [len(pieces.spans)]
    return [pieces.shown(first, end) for first, end in pairwise(starts)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three", ["One.", "Two!", "Three"]),
        ('He said "no." Then he left.', ['He said "no."', "Then he left."]),
        ("Mr. Smith of J. Smith Ltd. paid. Good", ["Mr. Smith of J. Smith Ltd. paid.", "Good"]),
        ("Head line\n\nBody of it\nand more", ["Head line", "Body of it and more"]),
        ("天气好。我们去！好", ["天气好。", "我们去！", "好"]),  # noqa: RUF001
        ("see www.a.b. and so on", ["see www.a.b. and so on"]),
    ],
)
def test_sentences_begin_behind_the_end_of_another(text, expected):
    assert sentences(text) == expected


def test_a_cut_sentence_says_so():
    pieces = text_pieces("Aa bb cc.\nDd ee.", encoder_of(["aa bb"]).word_table())
    assert [pieces.shown(0, 3), pieces.shown(1, 4), pieces.shown(3, 5), pieces.shown(2, 2)] == [
        "Aa bb cc.",
        "… bb cc. Dd …",
        "Dd ee.",
        "",
    ]
