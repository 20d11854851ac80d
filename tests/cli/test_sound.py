"""Sounds from files to codes, by the command line and by Python."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.io import wavfile
from sklearn.linear_model import LogisticRegression

import textsc
from textsc.cli.pooling import pool_clips
from textsc.tables import CodeRows

pytest.importorskip("soundfile")
pytest.importorskip("soxr")

RATE = 22_050
N_TOPICS = 16


def instrument(rng, partials, *, seconds=2.0, rate=RATE):
    """Play random notes of 0.25 s on harmonics of given strengths."""
    time = np.arange(int(0.25 * rate)) / rate
    notes = []
    for _ in range(int(seconds / 0.25)):
        pitch = rng.choice([220, 247, 262, 294, 330, 349, 392])
        parts = (
            strength * np.sin(2 * np.pi * pitch * number * time + rng.uniform(0, 6))
            for number, strength in enumerate(partials, start=1)
        )
        notes.append(rng.uniform(0.1, 0.3) * sum(parts) * np.exp(-3 * time))
    return np.concatenate(notes) + 1e-3 * rng.normal(size=len(notes) * len(time))


FLUTE, CLARINET = (1.0, 0.3, 0.05, 0.0, 0.0), (0.6, 0.0, 0.5, 0.0, 0.4)


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    """Four clips of each of two instruments; some stereo, some of another rate."""
    folder = tmp_path_factory.mktemp("sounds")
    rng = np.random.default_rng(0)
    for name, partials in (("flute", FLUTE), ("clarinet", CLARINET)):
        (folder / name).mkdir()
        for number in range(4):
            rate = 44_100 if number == 1 else RATE
            samples = instrument(rng, partials, rate=rate).astype(np.float32)
            samples = np.stack([samples, samples], axis=1) if number == 2 else samples
            wavfile.write(folder / name / f"{number}.wav", rate, samples)
    return folder


@pytest.fixture(scope="module")
def music(tmp_path_factory, sounds):
    path = tmp_path_factory.mktemp("music") / "music.model"
    assert textsc.cli.main(["fit", str(sounds), "-o", str(path), "--topics", str(N_TOPICS), "--quiet"]) == 0
    return path


def codes_of(table):
    names = [name for name in table.column_names if name.startswith("topic_")]
    return np.stack([table[name].to_numpy() for name in names], axis=1)


# --- the whole job -------------------------------------------------------------------------------


def test_codes_tell_two_instruments_apart(cli, tmp_path, sounds, music):
    done = cli("encode", music, sounds, "-o", tmp_path / "c.parquet")
    assert done.code == 0
    assert done.out.startswith(f"{tmp_path / 'c.parquet'}: 320 snippets of 8 files (320 ok), largest gap ")
    assert "tokens" not in done.out + done.err
    table = pq.read_table(tmp_path / "c.parquet")
    ids = table["id"].to_pylist()
    assert ids[:3] == ["clarinet/0.wav#0", "clarinet/0.wav#50", "clarinet/0.wav#100"]
    assert table["n_tokens"].null_count == table["oov_rate"].null_count == len(ids)
    assert max(table["gap"].to_pylist()) <= 1e-4
    W, y = codes_of(table), [name.startswith("flute") for name in ids]
    held_out = np.array(["/3.wav" in name for name in ids])
    found = LogisticRegression().fit(W[~held_out], np.array(y)[~held_out])
    assert found.score(W[held_out], np.array(y)[held_out]) > 0.9


def test_the_model_is_linear_and_says_how_sounds_are_read(cli, sounds, music):
    model = textsc.load_model(music)
    assert (model.pair, model.init, model.encoder_) == ("linear", "random", textsc.SoundSpectra())
    data = textsc.read_corpus(sounds, encoder=model.encoder_)
    assert model.unit_ == pytest.approx(np.sqrt((data.X.astype(float) ** 2).sum(axis=1).mean()), rel=1e-6)
    told = cli("info", music).out
    assert "encoder   SoundSpectra" in told
    assert "sample_rate              22050" in told
    assert cli("info", music, "--json").json["encoder"]["state"]["parameters"]["snippet_ms"] == 50


def test_topics_are_the_peaks_of_their_spectra(cli, music):
    found = cli("topics", music, "--json", "--words", "3").json["topics"]
    model = textsc.load_model(music)
    names = model.encoder_.get_feature_names_out().tolist()
    for topic in found:
        assert 1 <= len(topic["words"]) <= 3
        row = model.components_[topic["id"]]
        assert topic["words"][0] == names[row.argmax()]
        assert topic["scores"] == sorted(topic["scores"], reverse=True)
        for word in topic["words"]:
            column = names.index(word)
            assert row[column] >= row[max(0, column - 1) : column + 2].max()
    lines = cli("topics", music).out.splitlines()
    assert lines[0] == "topic   share  highest peaks"
    assert " Hz, " in lines[1]


def test_the_summary_of_fit_counts_snippets_and_files(cli, tmp_path, sounds):
    told = cli("fit", sounds, "-o", tmp_path / "m", "--topics", "3").out
    assert told.startswith(f"{tmp_path / 'm'}: 320 snippets of 8 files (320 ok), 552 frequencies, 3 topics\n")
    found = cli("fit", sounds, "-o", tmp_path / "n", "--topics", "3", "--json", "--quiet").json
    assert (found["n_documents"], found["n_files"], found["n_frequencies"]) == (320, 8, 552)
    assert len(found["topics"]) == 3


def test_any_number_of_threads_gives_the_same_bytes(cli, tmp_path, sounds, music):
    for threads in ("1", "2"):
        assert (
            cli(
                "fit", sounds, "-o", tmp_path / f"{threads}.model", "--topics", str(N_TOPICS), "--threads", threads
            ).code
            == 0
        )
        for out in ("parquet", "npz", "csv"):
            assert cli("encode", music, sounds, "-o", tmp_path / f"{threads}.{out}", "--threads", threads).code == 0
    for name in ("model", "parquet", "npz", "csv"):
        assert (tmp_path / f"1.{name}").read_bytes() == (tmp_path / f"2.{name}").read_bytes()
    assert (tmp_path / "1.model").read_bytes() == music.read_bytes()


def test_every_format_leaves_tokens_empty(cli, tmp_path, sounds, music):
    for suffix in ("csv", "jsonl", "npz"):
        assert cli("encode", music, sounds / "flute", "-o", tmp_path / f"c.{suffix}").code == 0
    head, first = (tmp_path / "c.csv").read_text().splitlines()[:2]
    assert head.startswith("id,status,gap,n_tokens,oov_rate,topic_0")
    assert first.split(",")[3:5] == ["", ""]
    row = json.loads((tmp_path / "c.jsonl").read_text().splitlines()[0])
    assert row["n_tokens"] is row["oov_rate"] is None
    with np.load(tmp_path / "c.npz") as data:
        assert data["n_tokens"].dtype == np.int64
        assert not data["n_tokens"].any()
        assert np.isnan(data["oov_rate"]).all()
        assert np.isfinite(data["codes"]).all()


def test_python_does_what_the_command_line_does(sounds, music):
    data = textsc.read_corpus(sounds)
    model = textsc.SparseCoding(N_TOPICS, pair="linear", init="random", random_state=0).fit(data.X[data.trainable])
    assert (model.components_ == textsc.load_model(music).components_).all()
    assert data.y == ["clarinet"] * 160 + ["flute"] * 160


# --- clips ---------------------------------------------------------------------------------------


def test_a_row_for_each_clip_is_the_mean_of_its_snippets(cli, tmp_path, sounds, music):
    assert cli("encode", music, sounds, "-o", tmp_path / "s.parquet").code == 0
    done = cli("encode", music, sounds, "-o", tmp_path / "c.parquet", "--per", "clip")
    assert done.out.startswith(f"{tmp_path / 'c.parquet'}: 8 files (8 ok), largest gap ")
    snippets, clips = pq.read_table(tmp_path / "s.parquet"), pq.read_table(tmp_path / "c.parquet")
    assert clips["id"].to_pylist() == [f"{name}/{n}.wav" for name in ("clarinet", "flute") for n in range(4)]
    W = codes_of(snippets).astype(np.float64).reshape(8, 40, N_TOPICS)
    np.testing.assert_allclose(codes_of(clips), W.mean(axis=1), rtol=1e-6)
    assert clips["gap"].to_pylist() == np.reshape(snippets["gap"].to_numpy(), (8, 40)).max(axis=1).tolist()
    assert cli("encode", music, sounds, "-o", tmp_path / "n.npz", "--per", "clip", "--shares").code == 0
    with np.load(tmp_path / "n.npz") as data:
        np.testing.assert_allclose(data["codes"].sum(axis=1), 1, atol=1e-6)


def test_clips_do_not_depend_on_the_blocks():
    rng = np.random.default_rng(0)
    files = [f"{n}" for n in range(30) for _ in range(rng.integers(1, 9))]
    W = rng.random((len(files), 3)).astype(np.float32)
    rows = CodeRows(files, ["ok"] * len(files), rng.random(len(files)), None, None, W)

    def pooled(size):
        blocks = []
        for start in range(0, len(files), size):
            part = slice(start, start + size)
            blocks.append((CodeRows(files[part], rows.status[part], rows.gap[part], None, None, W[part]), files[part]))
        return list(pool_clips(blocks))

    (whole,) = pooled(len(files))
    for size in (1, 4, 50):
        (again,) = pooled(size)
        assert again.ids == whole.ids
        assert (again.codes == whole.codes).all()
        assert (again.gap == whole.gap).all()


# --- sounds that are none ------------------------------------------------------------------------


@pytest.fixture
def hostile(tmp_path):
    """Good clips, and one of each kind of trouble."""
    folder = tmp_path / "hostile"
    folder.mkdir()
    rng = np.random.default_rng(1)
    good = instrument(rng, FLUTE).astype(np.float32)
    for name in ("a", "b"):
        wavfile.write(folder / f"{name}.wav", RATE, good)
    wavfile.write(folder / "clipped.wav", RATE, np.sign(good))
    wavfile.write(folder / "cut.wav", RATE, good)
    (folder / "cut.wav").write_bytes((folder / "cut.wav").read_bytes()[:100_000])
    wavfile.write(folder / "eight.wav", RATE, (good * 127 + 128).astype(np.uint8))
    wavfile.write(folder / "fast.wav", 4_000_000, good)
    wavfile.write(folder / "nan.wav", RATE, np.where(np.arange(len(good)) == 11_100, np.nan, good).astype(np.float32))
    wavfile.write(folder / "one.wav", RATE, good[:1])
    wavfile.write(folder / "silent.wav", RATE, np.zeros(RATE, dtype=np.int16))
    (folder / "text.wav").write_text("RIFF, said the text, is not what makes a sound.")
    (folder / "zero.wav").touch()
    return folder


def test_trouble_has_its_rows_and_the_rest_goes_on(cli, tmp_path, hostile):
    done = cli("fit", hostile, "-o", tmp_path / "m.model", "--topics", "4")
    assert done.code == 5
    assert "5 unreadable, 40 clipped, 20 silent, 1 too short" in done.out
    assert textsc.load_model(tmp_path / "m.model").n_documents_ == 4 * 40 + 22 + 10  # neither silence nor what is lost
    done = cli("encode", tmp_path / "m.model", hostile, "-o", tmp_path / "c.parquet")
    assert done.code == 5
    assert "text.wav: it cannot be decoded as sound" in done.err
    table = pq.read_table(tmp_path / "c.parquet")
    status = dict(zip(table["id"].to_pylist(), table["status"].to_pylist(), strict=True))
    lost = ("cut.wav#1100", "fast.wav", "nan.wav#500", "text.wav", "zero.wav")
    assert [name for name, said in status.items() if said == "unreadable"] == list(lost)
    assert status["one.wav"] == "too_short"
    assert {said for name, said in status.items() if name.startswith("silent")} == {"silent"}
    without = [said in ("unreadable", "too_short") for said in status.values()]
    assert [code is None for code in table["topic_0"].to_pylist()] == without
    assert [gap is None for gap in table["gap"].to_pylist()] == without


def test_clips_of_trouble_have_their_status(cli, tmp_path, hostile, music):
    assert cli("encode", music, hostile, "-o", tmp_path / "c.jsonl", "--per", "clip").code == 5
    rows = [json.loads(line) for line in (tmp_path / "c.jsonl").read_text().splitlines()]
    expected = {
        **dict.fromkeys(("cut", "fast", "nan", "text", "zero"), "unreadable"),
        "clipped": "clipped",
        "one": "too_short",
        "silent": "silent",
    }
    assert len(rows) == 11
    for row in rows:
        assert row["status"] == expected.get(row["id"].removesuffix(".wav"), "ok")
        assert (row["topic_0"] is None) == (row["status"] in ("unreadable", "too_short"))


def test_nothing_to_hear_or_to_learn_from_is_refused(cli, tmp_path, music):
    folder = tmp_path / "s"
    folder.mkdir()
    (folder / "a.wav").write_text("no sound")
    for verb in (("fit", folder), ("encode", music, folder)):
        done = cli(*verb, "-o", tmp_path / "out.csv")
        assert (done.code, "Nothing is readable in" in done.err) == (3, True)
    wavfile.write(folder / "b.wav", RATE, np.zeros(RATE, dtype=np.int16))
    done = cli("fit", folder, "-o", tmp_path / "out.csv", check=False)
    assert done.code == 3
    assert "There is no sound to learn from: of 21 rows 1 unreadable, 20 silent" in done.err
    assert not (tmp_path / "out.csv").exists()


# --- usage ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "option",
    [
        ("--stop-words", "none"),
        ("--min-df", "2"),
        ("--max-df", "0.5"),
        ("--max-words", "10"),
        ("--weighting", "type"),
        ("--text-field", "text"),
    ],
)
def test_an_option_for_texts_is_refused_with_sounds(cli, tmp_path, sounds, option):
    done = cli("fit", sounds, "-o", tmp_path / "m", *option)
    assert done.code == 2
    assert f"{option[0]} is for texts, but {sounds} holds sounds; leave it out" in done.err


def test_an_option_for_sounds_is_refused_with_texts(cli, tmp_path, model, news, sounds, music):
    done = cli("encode", model, news, "-o", tmp_path / "c.csv", "--per", "clip")
    assert (done.code, "--per is for sounds" in done.err) == (2, True)
    done = cli("encode", music, sounds, "-o", tmp_path / "c.csv", "--id-field", "name")
    assert (done.code, "--id-field is for texts" in done.err) == (2, True)


def test_a_model_of_the_other_kind_is_refused(cli, tmp_path, model, news, sounds, music):
    for args, said in (
        ((model, sounds), "holds sounds, but the model is one of texts (TextCounts)"),
        ((music, news), "holds texts, but the model is one of sounds (SoundSpectra)"),
    ):
        done = cli("encode", *args, "-o", tmp_path / "c.csv")
        assert (done.code, said in done.err) == (2, True)
        assert not (tmp_path / "c.csv").exists()


def test_texts_may_still_have_the_linear_pair(cli, tmp_path, news):
    assert cli("fit", news, "-o", tmp_path / "m", "--topics", "3", "--pair", "linear").code == 0
    assert textsc.load_model(tmp_path / "m").pair == "linear"
    assert "nats" not in cli("encode", tmp_path / "m", news, "-o", tmp_path / "c.csv").out
