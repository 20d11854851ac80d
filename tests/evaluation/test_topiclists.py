import csv
import json
import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textsc.cli.errors import CODES
from textsc.cli.topics import topic_lines
from textsc.evaluation import TopicFileError, distinct_words, read_topics
from textsc.evaluation.topicfiles import topics_of_lines
from textsc.evaluation.topiclists import leading_words

TOPICS = [["cat", "dog", "cow"], ["sun", "moon"]]
NGRAMS = [["new york", "city", "mayor"], ["sun", "full moon"]]


def read(tmp_path, content, name="topics.txt"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_topics(path)


TEXTS = {
    "white space": "cat dog cow\nsun  moon",
    "blank lines and returns": "\r\ncat dog cow\r\n\r\nsun moon\r\n",
    "tabs": "cat\tdog\tcow\nsun\tmoon\n",
    "commas": "cat,dog,cow\nsun,moon\n",
    "commas and spaces": "cat, dog, cow\nsun, moon,\n",
    "quoted": '"cat","dog","cow"\n"sun","moon"\n',
    "quoted, with spaces": '"cat" "dog" "cow"\n"sun" "moon"\n',
    "a list with bullets": "- cat dog cow\n- sun moon\n",
    "a numbered list with bullets": "* Topic 1: cat, dog, cow\n* Topic 2: sun, moon\n",
    "semicolons": "cat;dog;cow\nsun;moon\n",
    "MALLET's topic keys": "0\t0.25\tcat dog cow \n1\t5.0E-1\tsun moon \n",
    "several weights": "1 0.25 10% 3e2 cat dog cow\n2 0.5 9 % 1e-5 sun moon\n",
    "MALLET's with whole weights": "0\t25%\tcat dog cow \n1\t50%\tsun moon \n",
    "numbered from 1": "1. cat dog cow\n2. sun moon\n",
    "numbered in another order": "1 cat dog cow\n0 sun moon\n",
    "headings before": "Topic #0: cat dog cow\nTopic #1: sun moon\n",
    "headings above": "Topic 0:\ncat dog cow\n\nTopic 1:\nsun moon\n",
    "gensim's formula": '0.5*"cat" + 0.25*"dog" + 0.1*"cow"\n0.5*"sun" + 0.2*"moon"\n',
    "gensim's printed pairs": '(0, \'0.5*"cat" + 0.25*"dog" + 0.1*"cow"\')\n(1, \'0.5*"sun" + 0.2*"moon"\')\n',
    "a table of words": "Topic 0,Topic 1\ncat,sun\ndog,moon\ncow,\n",
    "a table of words with numbers": ",0,1\n0,cat,sun\n1,dog,moon\n2,cow,\n",
    "a header": "topic,word1,word2,word3\n0,cat,dog,cow\n1,sun,moon\n",
    "a byte order mark": b"\xef\xbb\xbfcat dog cow\nsun moon",
    "UTF-16": "cat dog cow\nsun moon".encode("utf-16"),
    "a list": json.dumps(TOPICS),
    "an indented list": json.dumps(TOPICS, indent=2),
    "our output": json.dumps({"schema": 1, "topics": [{"id": k, "words": words} for k, words in enumerate(TOPICS)]}),
    "objects": json.dumps([{"words": words} for words in TOPICS]),
    "by name": json.dumps(dict(zip("ab", TOPICS, strict=True))),
    "pairs": json.dumps([[[word, 0.5] for word in words] for words in TOPICS]),
    "gensim's pairs": json.dumps([[k, [[word, 0.5] for word in words]] for k, words in enumerate(TOPICS)]),
    "gensim's strings": json.dumps([[k, " + ".join(f'0.5*"{w}"' for w in words)] for k, words in enumerate(TOPICS)]),
    "weights by word": json.dumps([{"dog": 2, "cat": 3.5, "cow": 1}, {"moon": 0.1, "sun": 0.2}]),
    "lines of lists": "\n".join(map(json.dumps, TOPICS)),
    "lines of objects": "\n\n".join(json.dumps({"words": words}) for words in TOPICS),
    "a matrix": "cow,moon,cat,sun,dog\n1,0,3,0,2\n0,1,0,7,0\n",
    "a matrix with tabs": "cow\tmoon\tcat\tsun\tdog\n1\t0\t3\t0\t2\n0\t1\t0\t7\t0\n",
    "a matrix with names": "topic,cow,moon,cat,sun,dog\nanimals,1,0,3,0,2\nsky,0,1,0,7,0\n",
    "a matrix with numbers": ",cow,moon,cat,sun,dog\n0,1,0,3,0,2\n1,0,1,0,7,0\n",
    "a matrix from R": '"cow","moon","cat","sun","dog"\n"a",1,0,3,0,2\n"b",0,1,0,7,0\n',
    "a matrix on its side": "word,topic_0,topic_1\ncow,1,0\nmoon,0,1\ncat,3,0\nsun,0,7\ndog,2,0\n",
}


@pytest.mark.parametrize("form", TEXTS)
def test_topics_are_told_by_content(tmp_path, form):
    assert read(tmp_path, TEXTS[form]) == TOPICS


@pytest.mark.parametrize("form", ["lines of lists", "lines of objects"])
def test_json_lines_may_be_named_so(tmp_path, form):
    assert read(tmp_path, TEXTS[form], "topics.jsonl") == TOPICS


@pytest.mark.parametrize("separator", ["\t", ", ", ";"])
def test_words_with_spaces_stay_whole(tmp_path, separator):
    assert read(tmp_path, "\n".join(separator.join(words) for words in NGRAMS)) == NGRAMS


@pytest.mark.parametrize("topics", [TOPICS, NGRAMS])
def test_the_table_that_our_topics_are_printed_as_is_read(tmp_path, topics):
    found = [{"id": k, "prevalence": 0.3 * (k + 1), "words": words} for k, words in enumerate(topics)]
    assert read(tmp_path, "\n".join(topic_lines(found))) == topics[::-1]


def test_years_and_topics_about_topics_are_words(tmp_path):
    assert read(tmp_path, "1990 war\n1945 peace\n") == [["1990", "war"], ["1945", "peace"]]
    assert read(tmp_path, "x,1990\nwar,peace\n") == [["x", "1990"], ["war", "peace"]]
    assert read(tmp_path, "topic 1 model\nwar peace\n") == [["topic", "1", "model"], ["war", "peace"]]


def test_a_matrix_of_negative_scores_keeps_zeros_and_takes_the_highest(tmp_path):
    assert read(tmp_path, "a,b,c\n-1,0,-2\n") == [["b", "a", "c"]]


def test_a_topic_of_one_word_stands_beside_others(tmp_path):
    assert read(tmp_path, "cat, dog\nsun\n") == [["cat", "dog"], ["sun"]]
    assert read(tmp_path, "cat") == [["cat"]]
    assert read(tmp_path, '[["cat"], []]') == [["cat"], []]


@settings(deadline=None)
@given(st.lists(st.lists(st.text(string.ascii_lowercase, min_size=1), min_size=2, max_size=6), min_size=1, max_size=6))
def test_lists_of_words_come_back_whatever_parts_them(topics):
    for separator in (" ", "\t", ",", "; "):
        lines = list(enumerate((separator.join(words) for words in topics), start=1))
        assert topics_of_lines(lines) == topics


WRONG = {
    "empty": (b"", "there are no topics in this file"),
    "blank": (b" \n\n", "there are no topics in this file"),
    "only separators": (b",,,\n", "there are no topics in this file"),
    "no topics": (b"[]", "there are no topics in this file"),
    "empty topics": (b"[[], []]", "there are no topics in this file"),
    "broken JSON": (b'[["a", "b"],\n ["c"', "topics.txt, line 2: this is not JSON"),
    "broken line": (b'["a", "b"]\n["c",\n', "topics.txt, line 2: this is not JSON"),
    "deep": (b"[" * 100_000, "nested too deeply"),
    "long number": (b"[" + b"1" * 5000 + b"]", "a number that is too long"),
    "numbers": (b"[[1, 2, 3]]", r"topic 0 must be a list of words, got \[1, 2, 3\]"),
    "long wrong": (b'{"a": ' + b'"b' * 100 + b'"}', "not JSON"),
    "another object": (b'{"schema": 1, "error": "no"}', "topic 0 must be a list of words, got 1"),
    "topics of another kind": (b'{"topics": 7}', "topics must be lists of words, and this holds 7"),
    "a string": (b'{"topics": "cat"}', 'this holds "cat"'),
    "bytes": (b"\x93NUMPY\x01\x00v\x00", "line 1: this is not text in UTF-8"),
    "zeros": (b"cat\ndog\0", "line 2: this is not text"),
    "latin": ("cat\nécu".encode("latin-1"), "line 2: this is not text in UTF-8"),
    "half of UTF-16": (b"\xff\xfea", "line 1: this is not text"),
    "short row": (b"a,b,c\n1,2,3\n1,2\n", "line 3: this row has 2 cells, and the first has 3"),
    "word in a matrix": (b"a,b,c\n1,2,3\n\n1,x,3\n", "line 4: a matrix holds finite numbers, and under 'b' stands 'x'"),
    "nan in a matrix": (b"a,b\n1,2\n1,nan\n", "line 3: a matrix holds finite numbers"),
    "nan in the first row": (
        b"a,b,c\n1,nan,3\n4,5,6\n",
        "line 2: a matrix holds finite numbers, and under 'b' stands 'nan'",
    ),
    "inf in the first row": (b"a,b\n1,-inf\n", "line 2: a matrix holds finite numbers"),
    "no words": (b"1,2,3\n4,5,6\n", "this matrix has no words"),
    "only numbers": (b"0.25 1e-3 7\n4 5 6\n", "there are only numbers in this file"),
    "long cell": (b"a,b\n" + b"x" * 200_000 + b",1\n", "line 2: this row cannot be read"),
}


@pytest.fixture
def usual_cells():
    """The readers of corpora raise this limit, which is one for the whole process."""
    before = csv.field_size_limit(131_072)
    yield
    csv.field_size_limit(before)


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.usefixtures("usual_cells")
def test_what_is_not_understood_is_said_in_one_sentence(tmp_path, case):
    content, sentence = WRONG[case]
    with pytest.raises(TopicFileError, match=sentence) as caught:
        read(tmp_path, content)
    assert str(tmp_path / "topics.txt") in str(caught.value)
    assert len(str(caught.value)) < 200 + len(str(tmp_path))
    assert "\n" not in str(caught.value)


@settings(deadline=None)
@given(st.binary(max_size=60) | st.text(st.sampled_from('[]{}",:;\t\n 01.ab*'), max_size=40).map(str.encode))
def test_any_bytes_are_topics_or_a_sentence(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(content)
    try:
        topics = read_topics(path)
    except TopicFileError:
        return
    assert any(topics)
    assert all(word == word.strip() != "" for topic in topics for word in topic)


def test_a_missing_file_is_the_systems_error_and_topics_that_are_none_exit_with_3(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_topics(tmp_path / "none")
    with pytest.raises(IsADirectoryError):
        read_topics(tmp_path)
    assert CODES[TopicFileError.__name__] == 3


def test_the_first_words_of_topics_of_any_kind():
    assert leading_words(np.array([["a", "b"], ["c", "d"]]), n_words=1) == [["a"], ["c"]]
    assert distinct_words([("a", "b"), ("b", "c", "d")], n_words=2) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("topics", "sentence"),
    [
        ("cat dog", "a list of lists of words is needed, got a single string"),
        (["cat dog"], "topic 0 must be a list of words, got a single string"),
        ([["cat"], [1, 2]], r"topic 1 must be a list of words, got \[1, 2\]"),
    ],
)
def test_what_is_no_topic_is_said(topics, sentence):
    with pytest.raises(ValueError, match=sentence):
        distinct_words(topics)
    with pytest.raises(ValueError, match="n_words must be at least 1, got 0"):
        distinct_words([["a"]], n_words=0)
