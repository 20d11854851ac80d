import json
import pickle
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.pipeline import Pipeline

from textsc import modelfile, store
from textsc.checkpoint import OutputExists
from textsc.modelfile import ModelFileError
from textsc.store import load_model, read_header, save_model


class Fake:
    """The least that a model file can hold."""

    def __init__(self, *, weights, settings):
        self.weights = weights
        self.settings = settings

    @property
    def n_features_in_(self):
        return self.weights.shape[1]

    def to_state(self):
        return {"weights": self.weights}, self.settings

    @classmethod
    def from_state(cls, arrays, settings):
        if arrays["weights"].ndim != 2:
            raise ValueError("weights must be a matrix")
        return cls(weights=arrays["weights"], settings=settings)

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X


class FakeEncoder:
    def __init__(self, *, words):
        self.words = words

    def get_feature_names_out(self):
        return np.asarray(self.words, dtype=object)

    def to_json(self):
        return {"vocabulary": self.words, "lowercase": True}

    @classmethod
    def from_json(cls, state):
        assert state["lowercase"] is True
        return cls(words=state["vocabulary"])

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X


@pytest.fixture(autouse=True)
def known_classes(monkeypatch):
    monkeypatch.setitem(store.KINDS, "Fake", f"{__name__}:Fake")
    monkeypatch.setitem(store.ENCODERS, "FakeEncoder", f"{__name__}:FakeEncoder")


@pytest.fixture
def fake():
    weights = np.arange(6, dtype=np.float32).reshape(2, 3)
    return Fake(weights=weights, settings={"lam": np.float64(0.1), "init": "nmf", "steps": None})


@pytest.fixture
def saved(tmp_path, fake):
    path = tmp_path / "fake.model"
    save_model(fake, path, encoder=FakeEncoder(words=["naïve", "≤", "a"]))
    return path


def test_a_model_comes_back_whole(saved, fake):
    again = load_model(saved)
    assert type(again) is Fake
    np.testing.assert_array_equal(again.weights, fake.weights)
    assert again.weights.dtype == np.float32
    assert again.weights.flags.writeable
    assert again.settings == fake.settings
    assert again.encoder_.words == ["naïve", "≤", "a"]


def test_a_model_without_an_encoder_has_none(tmp_path, fake):
    save_model(fake, tmp_path / "m")
    assert not hasattr(load_model(tmp_path / "m"), "encoder_")


def test_the_encoder_of_a_loaded_model_travels_on(tmp_path, saved):
    save_model(load_model(saved), tmp_path / "again.model")
    assert (tmp_path / "again.model").read_bytes() == saved.read_bytes()


def test_a_pipeline_comes_back_as_a_pipeline(tmp_path, fake):
    pipeline = Pipeline([("counts", FakeEncoder(words=["a", "b", "c"])), ("codes", fake)])
    save_model(pipeline, tmp_path / "p.model")
    again = load_model(tmp_path / "p.model")
    assert type(again) is Pipeline
    assert [name for name, _ in again.steps] == ["counts", "codes"]
    assert again["counts"].words == ["a", "b", "c"]
    np.testing.assert_array_equal(again["codes"].weights, fake.weights)


def test_a_pipeline_of_other_steps_is_refused(tmp_path, fake):
    with pytest.raises(TypeError, match="must have two steps"):
        save_model(Pipeline([("codes", fake)]), tmp_path / "p.model")
    assert not (tmp_path / "p.model").exists()


def test_a_list_of_names_is_no_part_of_the_header(tmp_path, fake):
    fake.settings |= {"feature_names": ["naïve", "b", "c"], "other": None}
    save_model(fake, tmp_path / "m")
    header = read_header(tmp_path / "m")
    assert "feature_names" not in header["settings"]
    assert header["arrays"]["settings.feature_names"]["dtype"] == "uint8"
    assert load_model(tmp_path / "m").settings == fake.settings


WRONG = "its vocabulary has 2 words, but the model has 3 columns"


def test_the_encoder_of_another_model_is_not_saved(tmp_path, fake):
    encoder = FakeEncoder(words=["a", "b"])
    for model in (fake, Pipeline([("counts", encoder), ("codes", fake)])):
        with pytest.raises(ValueError, match=WRONG):
            save_model(model, tmp_path / "m", encoder=encoder)
    assert list(tmp_path.iterdir()) == []


def test_the_encoder_of_another_model_is_not_loaded(tmp_path, fake):
    words = np.frombuffer(b'["a","b"]', dtype=np.uint8)
    encoder = {"kind": "FakeEncoder", "state": {"lowercase": True}}
    header = {"kind": "Fake", "pipeline": None, "settings": {}, "encoder": encoder}
    modelfile.write_file(tmp_path / "m", {"weights": fake.weights, "encoder.vocabulary": words}, header)
    with pytest.raises(ModelFileError, match=WRONG):
        load_model(tmp_path / "m")


class Other(Fake):
    pass


def test_a_class_that_could_not_be_loaded_is_not_saved(tmp_path):
    other = Other(weights=np.zeros((1, 1)), settings={})
    with pytest.raises(TypeError, match="not Other"):
        save_model(other, tmp_path / "m")
    other.__class__.__name__ = "Fake"
    with pytest.raises(TypeError, match="not Fake"):
        save_model(other, tmp_path / "m")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), lambda: None])
def test_a_setting_that_json_cannot_say_is_refused(tmp_path, value):
    with pytest.raises((TypeError, ValueError)):
        save_model(Fake(weights=np.zeros((1, 1)), settings={"x": value}), tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


def test_the_same_model_gives_the_same_bytes(tmp_path, fake):
    save_model(fake, tmp_path / "a")
    turned = Fake(weights=np.asfortranarray(fake.weights), settings=dict(fake.settings))
    save_model(turned, tmp_path / "b")
    big = Fake(weights=fake.weights.astype(">f4"), settings=fake.settings)
    save_model(big, tmp_path / "c")
    a = (tmp_path / "a").read_bytes()
    assert a == (tmp_path / "b").read_bytes()
    assert a == (tmp_path / "c").read_bytes()


def test_an_existing_file_needs_force(saved, fake):
    before = saved.read_bytes()
    with pytest.raises(OutputExists):
        save_model(fake, saved)
    assert saved.read_bytes() == before
    save_model(fake, saved, force=True)
    assert saved.read_bytes() != before


def test_the_file_is_plain_safetensors_with_one_key(saved):
    content = saved.read_bytes()
    (size,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + size])
    assert list(header["__metadata__"]) == ["textsc"]
    inner = header["__metadata__"]["textsc"]
    assert inner == json.dumps(json.loads(inner), sort_keys=True, separators=(",", ":"))
    assert "naïve" not in inner


def test_any_changed_byte_is_found(saved):
    content = saved.read_bytes()
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1
        saved.write_bytes(changed)
        with pytest.raises(ModelFileError):
            load_model(saved)


@given(place=st.integers(0, 10**6), value=st.integers(1, 255))
def test_any_changed_bits_are_found(tmp_path_factory, place, value):
    path = tmp_path_factory.getbasetemp() / "tampered.model"
    weights = np.zeros((2, 3))
    modelfile.write_file(path, {"weights": weights}, {"kind": "Fake"}, force=True)
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= value
    path.write_bytes(content)
    with pytest.raises(ModelFileError):
        load_model(path)


def test_any_cut_and_any_addition_is_found(saved):
    content = saved.read_bytes()
    for size in range(len(content)):
        saved.write_bytes(content[:size])
        with pytest.raises(ModelFileError):
            load_model(saved)
    saved.write_bytes(content + b"\0")
    with pytest.raises(ModelFileError, match="damaged"):
        load_model(saved)


class Bomb:
    def __reduce__(self):
        return (open, ("bomb-went-off", "w"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"plain text of some length, and not a model\n",
        pickle.dumps(Bomb()),
        b"\xff" * 100,
        struct.pack("<Q", 2) + b"{}",
        struct.pack("<Q", 40) + b'{"__metadata__":{"textsc":"[1,2,3]"}}    ',
        struct.pack("<Q", 60_000) + b'{"textsc":' + b"[" * 59_990,
        b"PK\x03\x04" + b"\0" * 60,
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.model").write_bytes(content)
    with pytest.raises(ModelFileError, match="is not a textsc model file"):
        load_model("x.model")
    assert not (tmp_path / "bomb-went-off").exists()


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(ModelFileError, match="No such file"):
        load_model(tmp_path / "none.model")
    with pytest.raises(ModelFileError, match="Is a directory"):
        load_model(tmp_path)


def test_a_newer_format_says_so(tmp_path, fake, monkeypatch):
    monkeypatch.setattr(modelfile, "FORMAT", 2)
    save_model(fake, tmp_path / "m")
    monkeypatch.setattr(modelfile, "FORMAT", 1)
    with pytest.raises(ModelFileError, match=r"format 2, newer than 1.*upgrade"):
        load_model(tmp_path / "m")


@pytest.mark.parametrize(
    ("arrays", "header", "words"),
    [
        ({"weights": np.zeros(3)}, {"kind": "Fake"}, "weights must be a matrix"),
        ({}, {"kind": "Fake"}, "weights"),
        ({}, {"kind": "Unheard"}, "unknown"),
        ({}, {"kind": "Fake", "encoder": {"kind": "Unheard", "state": {}}}, "weights"),
    ],
)
def test_an_intact_file_with_an_impossible_model_is_refused(tmp_path, arrays, header, words):
    full = {"encoder": None, "pipeline": None, "settings": {}, **header}
    modelfile.write_file(tmp_path / "m", arrays, full)
    with pytest.raises(ModelFileError, match=words):
        load_model(tmp_path / "m")


def test_the_header_can_be_read_alone(saved):
    header = read_header(saved)
    assert header["kind"] == "Fake"
    assert header["format"] == 1
    assert header["settings"] == {"init": "nmf", "lam": 0.1, "steps": None}
    assert header["arrays"]["weights"] == {"dtype": "float32", "shape": [2, 3]}
    assert header["n_bytes"] == saved.stat().st_size
    json.dumps(header)
    saved.write_bytes(saved.read_bytes()[:-1])
    with pytest.raises(ModelFileError):
        read_header(saved)
