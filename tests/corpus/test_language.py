"""Languages: stop words, spelling, scripts without spaces."""

# Letters of other scripts are what is tested.
# ruff: noqa: RUF001

import pytest

from textsc.corpus import languages, read_corpus
from textsc.corpus.text import TextCounts
from textsc.corpus.words.language import LANGUAGES, find_language
from textsc.corpus.words.stopwords import english, of_language
from textsc.corpus.words.tokens import normalise, raw_tokens
from textsc.corpus.words.vocabulary import UNSEGMENTED


def vocabulary(language, *texts, **parameters):
    return TextCounts(language=language, min_df=1, max_df=1.0, **parameters).fit(texts).vocabulary_


# --- stop words ----------------------------------------------------------------------------------


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_each_list_is_lower_cased_and_applied(code):
    words = of_language(code)
    assert len(words) >= 25
    for word in words:
        assert word == normalise(word) == word.strip()
        assert raw_tokens(word) == [word]
    # Where texts are cut, so are words; those that stay whole are left out.
    split = LANGUAGES[code].splitter(broken=False)
    whole = sorted(word for word in words if split(word) == [word])
    assert len(whole) >= 25 or code == "ja"
    assert vocabulary(code, " ".join(whole).upper() if code == "de" else " ".join(whole), "qwrtp") == ["qwrtp"]


@pytest.mark.parametrize(
    ("code", "text", "left"),
    [
        ("de", "Der Mensch und das Recht, daß sie dass müssen", "mensch recht"),
        ("fr", "C'est le sein de la mine, mais où sont-ils ?", "mine sein"),
        ("es", "El trabajo y el estado, pero también con ella", "estado trabajo"),
        ("it", "Gli uomini della città sono anche nella vita", "città uomini vita"),
        ("ru", "Война и мир: это было ещё у них", "война мир"),
        ("ar", "هَذَا لقاء الذي كان في المدرسة", "المدرسة لقاء"),
        ("el", "Η Ελλάδα είναι από εδώ, αλλά όμως δεν ήταν", "ελλάδα"),
        ("ro", "Aceştia şi oraşul, până după ce ţara", "orașul țara"),
        ("fa", "این كتاب كه", "کتاب"),
    ],
)
def test_grammar_goes_and_content_stays(code, text, left):
    assert sorted(vocabulary(code, text)) == sorted(left.split())


def test_english_is_the_default_and_its_list_is_the_old_one():
    assert of_language("en") == english()
    texts = ["The dog and a Hund", "der Hund und die Katze"]
    assert vocabulary("english", *texts) == TextCounts(stop_words="english").fit(texts).vocabulary_
    assert TextCounts().fit(texts).vocabulary_ == vocabulary("en", *texts, stop_words="auto")
    assert "der" in vocabulary("EN", *texts)
    assert "der" not in vocabulary("english", *texts, stop_words="de")
    assert "the" in vocabulary("german", *texts)
    assert "der" in vocabulary("german", *texts, stop_words=None)


def test_all_languages_are_listed_and_found():
    found = languages()
    assert list(found) == list(LANGUAGES)
    for code, name in found.items():
        assert find_language(code) is find_language(name) is find_language(f" {name.upper()} ")
    # Its list counts the words of business news.
    assert "ms" not in found


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"language": "germn"}, r"'germn' is not known; close to it: german\. .*languages\(\) lists all"),
        ({"language": "ger"}, "close to it: german"),
        ({"language": "klingon"}, r"'klingon' is not known\. "),
        ({"language": None}, "'language' parameter"),
        ({"stop_words": "frenc"}, r"stop_words='frenc' is neither 'auto' nor a language; close to it: french\. "),
    ],
)
def test_an_unknown_language_is_one_sentence_with_what_is_close(wrong, said):
    with pytest.raises(ValueError, match=said):
        TextCounts(**wrong).fit(["some words"])


# --- spelling ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "text", "words"),
    [
        ("fr", "L’homme, l'île D'ARTAGNAN qu'il jusqu'à l'été", "artagnan homme île"),
        ("fr", "aujourd'hui quelqu'un presqu'île prud'homme", "presqu'île prud'homme"),
        ("it", "Dell'uomo, quell’anima: c'è un'idea all'alba", "alba anima idea uomo"),
        ("ca", "L'home d'Alacant", "alacant home"),
        ("en", "l'homme d'un rock'n'roll", "l'homme d'un rock'n'roll"),
        ("tr", "IŞIK ışık İzmir'de İZMİR", "izmir ışık"),
        ("ar", "كِتَابٌ كتـــاب كتاب", "كتاب"),
        ("de", "Straße STRASSE", "strasse straße"),
        ("el", "ΟΔΟΣ ὁδός", "οδος ὁδός"),
    ],
)
def test_words_are_spelled_as_the_language_spells_them(code, text, words):
    assert sorted(vocabulary(code, text)) == sorted(words.split())


def test_an_elision_is_a_word_of_its_own_for_ngrams():
    found = vocabulary("fr", "l'état d'urgence et l'homme politique", ngrams=2)
    assert sorted(found) == ["homme", "homme politique", "politique", "urgence"]


# --- scripts without spaces ----------------------------------------------------------------------


def test_chinese_is_cut_into_pairs():
    assert sorted(vocabulary("zh", "望远镜的照片,使用Python编程。大")) == sorted(
        ["望远", "远镜", "照片", "使用", "python", "编程"]
    )
    assert "望远镜" in vocabulary("english", "望远镜 照片", stop_words="zh")


def test_japanese_is_cut_by_script():
    assert sorted(vocabulary("ja", "チームの選手が天文学をコーヒーと")) == sorted(
        ["チーム", "選手", "天文", "文学", "コーヒー"]
    )


ZH = "太空望远镜在轨道上运行\n木星是太阳系里最大的行星\n球队的新教练昨天离开了\n守门员在比赛中受伤了\n"
TH = "ประเทศไทยมีประชากรมาก\nนักวิทยาศาสตร์ค้นพบดาวดวงใหม่\n"


@pytest.mark.parametrize(
    ("text", "language", "noted"),
    [
        (ZH, "english", True),
        (ZH, "zh", False),
        (TH, "thai", True),
        ("ประเทศ ไทย มี ประชากร มาก\nนัก วิทยาศาสตร์ ค้นพบ ดาว ดวง ใหม่\n", "thai", False),
        ("太空 望远镜 轨道 运行\n木星 太阳系 行星 马克思主义者\n", "english", False),
        ("One foreign line in English texts\n" * 3 + ZH.splitlines()[0], "english", False),
    ],
)
def test_runs_that_nobody_has_cut_are_noted_once(tmp_path, text, language, noted):
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    data = read_corpus(path, encoder=TextCounts(language=language))
    assert data.notes == [UNSEGMENTED] * noted
    assert data.encoder.unsegmented_ is noted
    again = TextCounts.from_json(data.encoder.to_json())
    assert read_corpus(path, encoder=again).notes == []
