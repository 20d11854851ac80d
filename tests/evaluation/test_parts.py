"""What the models of a comparison see."""

import numpy as np
import pytest
import scipy.sparse as sp

from textsc.evaluation.parts import Parts

TRAIN = np.array([[1, 2, 0], [0, 0, 0], [0, 0, 3]])
TEST = np.array([[0, 1, 0], [4, 4, 4]])
WORDS = ["a", "b", "c"]


def test_short_documents_go_with_their_labels():
    parts = Parts.of(TRAIN, TEST, WORDS, train_labels=["x", "y", None], test_labels=[None, "z"], least_tokens=2)
    np.testing.assert_array_equal(parts.train.toarray(), TRAIN[[0, 2]])
    np.testing.assert_array_equal(parts.test.toarray(), TEST[[1]])
    assert (parts.train_labels, parts.test_labels, parts.words) == (("x", None), ("z",), ("a", "b", "c"))
    assert Parts.of(TRAIN, TEST, WORDS).train.shape == (2, 3)
    assert Parts.of(sp.coo_array(TRAIN), TEST, WORDS, least_tokens=0).train.shape == (3, 3)


@pytest.mark.parametrize(
    ("train_labels", "test_labels", "expected"),
    [
        (["x", "x", "y"], ["x", None], True),
        (["x", "y", "x"], ["x", "x"], False),  # the document with y has no words
        (["x", None, None], ["x", "x"], False),
        (["x", "x", "y"], [None, None], False),
        (None, ["x", "y"], False),
        (None, None, False),
    ],
)
def test_classes_need_two_to_learn_and_one_to_test(train_labels, test_labels, expected):
    labels = None if train_labels is None else train_labels * 2
    parts = Parts.of(np.vstack([TRAIN, TRAIN]), TEST, WORDS, train_labels=labels, test_labels=test_labels)
    assert parts.has_classes is expected


@pytest.mark.parametrize(("labels", "expected"), [("abcabc", True), ("abcdab", False), ("abcdef", False)])
def test_a_label_for_each_document_is_a_name_and_no_class(labels, expected):
    parts = Parts.of(np.ones((6, 3), dtype=int), TEST, WORDS, train_labels=[*labels], test_labels=["a", "b"])
    assert parts.has_classes is expected


@pytest.mark.parametrize(
    ("train", "test", "words", "options", "said"),
    [
        (TRAIN, TEST[:, :2], WORDS, {}, r"the test part has the shape \(2, 2\)"),
        (TRAIN, TEST, WORDS[:2], {}, "the training part.*2 words"),
        (TRAIN, TEST, WORDS, {"train_labels": ["x"]}, "the training part.*1 labels"),
        (TRAIN * 0, TEST, WORDS, {}, "no document of the training part has 1 or more tokens"),
        (TRAIN, TEST * 0, WORDS, {}, "no document of the test part"),
    ],
)
def test_what_does_not_go_together_is_refused(train, test, words, options, said):
    with pytest.raises(ValueError, match=said):
        Parts.of(train, test, words, **options)
