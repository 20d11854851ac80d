"""TextCounts as a transformer: scikit-learn's conventions, what it takes, how it is kept."""

import json
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_array
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from textsc.corpus.text import NoWordsError, TextCounts


def test_parameters_clone_and_tags():
    encoder = TextCounts(stop_words=["the"], min_df=3, max_df=0.9, max_words=7, min_length=3)
    copy = clone(encoder)
    assert copy.get_params() == encoder.get_params()
    assert copy is not encoder
    assert set(encoder.get_params()) == {
        "language",
        "ngrams",
        "stop_words",
        "min_df",
        "max_df",
        "max_words",
        "min_length",
    }
    tags = encoder.__sklearn_tags__()
    assert tags.input_tags.string
    assert not tags.input_tags.two_d_array


def test_it_is_the_first_step_of_a_pipeline():
    pipeline = make_pipeline(TextCounts(min_df=1, max_df=1.0), TfidfTransformer())
    assert pipeline.fit_transform(np.array(["cat dog", "cow dog", "ape"])).shape == (3, 4)
    assert pipeline.get_feature_names_out().tolist() == ["dog", "ape", "cat", "cow"]


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("min_df", -1), ("min_df", 1.5), ("max_df", 0), ("max_words", 0), ("min_length", 0)],
)
def test_parameters_are_checked(parameter, value):
    with pytest.raises(ValueError, match=parameter):
        TextCounts(**{parameter: value}).fit(["some words"])


def test_what_is_no_list_of_strings_is_refused():
    encoder = TextCounts().fit(["cat dog"])
    for method in (encoder.fit, encoder.fit_transform, encoder.transform, encoder.count):
        with pytest.raises(ValueError, match="got a single str"):
            method("cat dog")
        with pytest.raises(ValueError, match=r"document 1 is of type bytes.*Decode it"):
            method(["cat", b"dog"])
        with pytest.raises(ValueError, match=r"document 1 is of type int\. Give"):
            method(["cat", 7])


@pytest.mark.parametrize("missing", [None, float("nan"), np.float32("nan"), pd.NA, pd.NaT])
def test_a_document_without_text_is_named_by_its_position(missing):
    with pytest.raises(ValueError, match=r"document 1 holds no text .*Leave it out, or put an empty string"):
        TextCounts().fit(["cat", missing])


frame = pd.DataFrame({"text": ["cat dog", "dog cow"], "label": ["a", "b"]})


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        (frame, r"got a DataFrame with 2 columns.*Give one column"),
        (frame[["text"]], r"got a DataFrame with 1 column\b.*Give one column"),
        (pl.DataFrame({"text": ["cat"]}), r"got a DataFrame with 1 column\b"),
        (frame.to_numpy(), r"got a ndarray of 2 dimensions"),
        (np.array("cat dog"), r"got a ndarray of 0 dimensions"),
        ({"a": "cat dog"}, r"got a dict.*order"),
        ({"cat dog", "dog cow"}, r"got a set.*order"),
        (frozenset({"cat dog"}), r"got a frozenset.*order"),
        (7, r"got a single int"),
    ],
)
def test_what_is_no_sequence_of_documents_is_refused(documents, message):
    encoder = TextCounts().fit(["cat dog"])
    for method in (encoder.fit, encoder.fit_transform, encoder.transform, encoder.count):
        with pytest.raises(ValueError, match=message):
            method(documents)


def test_columns_of_tables_and_arrays_are_documents():
    for documents in (frame["text"], pl.Series(["cat dog", "dog cow"]), frame["text"].to_numpy(), iter(frame["text"])):
        assert TextCounts().fit_transform(documents).shape == (2, 3)


@pytest.mark.parametrize("output", ["pandas", "polars", "default"])
def test_the_output_of_a_pipeline_can_be_set_and_counts_stay_sparse(output):
    pipeline = make_pipeline(TextCounts(), FunctionTransformer(lambda X: X.toarray(), feature_names_out="one-to-one"))
    pipeline.set_output(transform=output)
    found = pipeline.fit_transform(["cat dog", "cat cow"])
    assert hasattr(found, "columns") is (output != "default")
    with config_context(transform_output=output):
        assert isinstance(TextCounts().fit_transform(["cat dog"]), csr_array)
    with pytest.raises(ValueError, match="transform"):
        TextCounts().set_output(transform="parquet")


@pytest.mark.parametrize("method", ["transform", "count"])
def test_unfitted_use_is_refused(method):
    with pytest.raises(NotFittedError):
        getattr(TextCounts(), method)(["cat"])
    for name in ("get_feature_names_out", "to_json", "word_table"):
        with pytest.raises(NotFittedError):
            getattr(TextCounts(), name)()


def test_a_failed_fit_leaves_no_half_of_a_model():
    encoder = TextCounts()
    with pytest.raises(NoWordsError):
        encoder.fit([""])
    with pytest.raises(NotFittedError):
        encoder.transform(["cat"])


@pytest.mark.parametrize("stop_words", ["english", None, {"dog", "Cat"}])
def test_json_and_pickle_round_trip(stop_words):
    encoder = TextCounts(stop_words=stop_words, min_df=np.int64(1), max_df=1.0)
    texts = ["the cat and the dog", "no Zebra, don't"]
    X = encoder.fit_transform(texts)
    state = json.loads(json.dumps(encoder.to_json()))
    for other in (TextCounts.from_json(state), pickle.loads(pickle.dumps(encoder))):
        assert (other.transform(texts) != X).nnz == 0
        assert other.vocabulary_ == encoder.vocabulary_
        assert other.stop_words_ == encoder.stop_words_
        assert json.dumps(other.to_json()) == json.dumps(encoder.to_json())


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"parameters": {"colour": 1}},
        {"parameters": {"min_df": -3}, "stop_words": [], "vocabulary": []},
        {"parameters": {}, "stop_words": None, "vocabulary": []},
    ],
)
def test_values_of_something_else_are_refused(state):
    with pytest.raises(ValueError, match=r"not the values of a TextCounts|min_df"):
        TextCounts.from_json(state)


# Made by the version that had neither languages nor n-grams; the stop words are a few of those it kept.
OLD_STATES = """[
{"parameters": {"max_df": 1.0, "max_words": 10000, "min_df": 1, "min_length": 2, "stop_words": "english"},
 "vocabulary": ["dog", "art", "bone", "cat", "cut", "state"], "stop_words": ["and", "don't", "of", "the"],
 "dropped_limits": false, "n_documents": 2},
{"parameters": {"max_df": 1.0, "max_words": 10000, "min_df": 1, "min_length": 2, "stop_words": ["The", "and"]},
 "vocabulary": ["dog", "art", "bone", "cat", "cut", "don't", "of", "state"], "stop_words": ["and", "the"],
 "dropped_limits": false, "n_documents": 2}]"""


def test_states_of_the_first_version_still_count():
    english, given = map(TextCounts.from_json, json.loads(OLD_STATES))
    texts = ["The cat and a dog", "don't cut the dog's state-of-the-art bone"]
    assert english.transform(texts).toarray().tolist() == [[1, 0, 0, 1, 0, 0], [1, 1, 1, 0, 1, 1]]
    assert given.transform(texts).toarray().tolist() == [[1, 0, 0, 1, 0, 0, 0, 0], [1, 1, 1, 0, 1, 1, 1, 1]]
    assert given.count(texts).n_counted.tolist() == [2, 7]
    assert english.get_params()["stop_words"] == "english"
    assert clone(english).fit(texts).vocabulary_ == english.vocabulary_
