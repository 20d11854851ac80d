"""How sounds are heard, how many are learned from, and what is learned of their labels."""

import csv
import json

import numpy as np
import pytest
from scipy.io import wavfile

import textsc
from textsc.cli.pooling import pool_clips
from textsc.corpus.sound.spectra import SoundSpectra
from textsc.tables import PredictionRows, ValueRows

pytest.importorskip("soundfile")
pytest.importorskip("soxr")

RATE = 8_000
FIT = ("--topics", "6", "--epochs", "1", "--sample-rate", str(RATE), "--quiet")


def note(rng, pitch, seconds=1.0):
    time = np.arange(int(seconds * RATE)) / RATE
    tone = np.sin(2 * np.pi * pitch * rng.uniform(0.97, 1.03) * time) + 0.3 * np.sin(4 * np.pi * pitch * time)
    return (0.2 * tone + 0.15 * rng.normal(size=len(time))).astype(np.float32)


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    """Six clips of each of two pitches in one folder, with a table; one row of no file, one file without a row."""
    folder = tmp_path_factory.mktemp("sounds")
    rng = np.random.default_rng(0)
    (folder / "audio").mkdir()
    rows = [("file", "label", "pitch"), ("audio/gone.wav", "low", "1")]
    for label, pitch in (("low", 300), ("high", 380)):
        for number in range(6):
            wavfile.write(folder / f"audio/{label}{number}.wav", RATE, note(rng, pitch))
            rows.append((f"audio/{label}{number}.wav", label, str(pitch)))
    wavfile.write(folder / "audio/other.wav", RATE, note(rng, 900))
    with open(folder / "labels.csv", "w", newline="") as file:
        csv.writer(file).writerows(rows)
    for part, numbers in (("train", range(4)), ("test", range(4, 6))):
        chosen = [row for row in rows[2:] if int(row[0][-5]) in numbers]
        with open(folder / f"{part}.csv", "w", newline="") as file:
            csv.writer(file).writerows([rows[0], *chosen])
    return folder


@pytest.fixture(scope="module")
def music(tmp_path_factory, sounds):
    path = tmp_path_factory.mktemp("music") / "music.model"
    assert textsc.cli.main(["fit", str(sounds), "-o", str(path), *FIT]) == 0
    return path


@pytest.fixture(scope="module")
def tuned(tmp_path_factory, music, sounds):
    path = tmp_path_factory.mktemp("tuned") / "tuned.model"
    labels = str(sounds / "train.csv")
    assert textsc.cli.main(["tune", str(music), str(sounds), "--labels", labels, "-o", str(path), "--quiet"]) == 0
    return path


# --- how sounds are heard ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "encoder"),
    [
        ((), {}),
        (("--snippet-ms", "25"), {"snippet_ms": 25, "hop_ms": 25}),
        (("--snippet-ms", "60", "--hop-ms", "20.5"), {"snippet_ms": 60, "hop_ms": 20.5}),
        (("--window", "blackman"), {"window": "blackman"}),
        (("--compression", "none"), {"compression": "none"}),
        (("--compression", "power", "--mel", "40"), {"compression": "power", "mel_bands": 40}),
    ],
)
def test_the_model_keeps_how_sounds_are_heard_and_encode_does_the_same(cli, tmp_path, sounds, music, options, encoder):
    out = tmp_path / "m"
    assert cli("fit", sounds, "-o", out, *FIT, *options).code == 0
    found = textsc.load_model(out)
    assert found.encoder_ == SoundSpectra(**{"sample_rate": RATE, **encoder})
    if options:
        assert out.read_bytes() != music.read_bytes()
    assert cli("encode", out, sounds, "-o", tmp_path / "c.npz").code == 0
    data = textsc.read_corpus(sounds, encoder=found.encoder_)
    with np.load(tmp_path / "c.npz") as table:
        assert table["id"].tolist() == data.ids
        np.testing.assert_allclose(table["codes"], found.transform(data.X), rtol=0, atol=1e-5 * table["codes"].max())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--snippet-ms", "1"), "--snippet-ms must be a number of milliseconds from 2 to 60,000, got 1"),
        (("--hop-ms", "nan"), "--hop-ms must be a number of milliseconds"),
        (("--mel", "500"), "--mel must be a whole number from 1 to 201, the number of frequencies, got 500"),
        (("--sample-rate", "10"), "--sample-rate must be a whole number from 1,000 to 768,000, got 10"),
        (("--window", "kaiser"), "--window"),
    ],
)
def test_a_value_out_of_range_is_refused(cli, tmp_path, sounds, options, said):
    done = cli("fit", sounds, "-o", tmp_path / "m", *FIT, *options)
    assert (done.code, said in done.err) == (2, True), done.err


def test_options_of_sounds_say_nothing_about_texts(cli, tmp_path, news, model, sounds):
    for option in (("--snippet-ms", "25"), ("--mel", "40"), ("--max-snippets", "9"), ("--window", "hann")):
        done = cli("fit", news, "-o", tmp_path / "m", *option)
        assert (done.code, f"{option[0]} is for sounds" in done.err) == (2, True)
    for verb in (("tune", model, news, "-o", tmp_path / "t"), ("evaluate", model, news)):
        done = cli(*verb, "--labels", sounds / "labels.csv")
        assert (done.code, "a table of labels (--labels) has no meaning for it" in done.err) == (2, True)


def test_mel_bands_are_called_so(cli, tmp_path, sounds):
    told = cli("fit", sounds, "-o", tmp_path / "m", *FIT, "--mel", "40").out
    assert told.startswith(f"{tmp_path / 'm'}: 260 snippets of 13 files (260 ok), 40 mel bands, 6 topics\n")


# --- how many are learned from -------------------------------------------------------------------


def test_so_many_snippets_are_learned_from_and_all_are_counted(cli, tmp_path, sounds):
    wanted = ("--topics", "6", "--epochs", "1", "--sample-rate", str(RATE), "--max-snippets", "50")
    done = cli("fit", sounds, "-o", tmp_path / "a", *wanted)
    assert done.out.startswith(f"{tmp_path / 'a'}: 260 snippets of 13 files (260 ok)")
    assert "learning from 50 of 260 snippets, drawn by the seed (--max-snippets)" in done.err
    assert textsc.load_model(tmp_path / "a").n_documents_ == 50
    found = cli("fit", sounds, "-o", tmp_path / "b", *wanted, "--json").json
    assert (found["n_documents"], found["n_learned"], found["statuses"]["ok"]) == (260, 50, 260)
    assert (tmp_path / "b").read_bytes() == (tmp_path / "a").read_bytes()
    assert cli("fit", sounds, "-o", tmp_path / "c", *wanted, "--seed", "1").code == 0
    assert (tmp_path / "c").read_bytes() != (tmp_path / "a").read_bytes()


# --- labels --------------------------------------------------------------------------------------


def test_clips_are_told_from_the_labels_of_a_table(cli, tmp_path, sounds, tuned):
    done = cli("evaluate", tuned, sounds, "--labels", sounds / "test.csv", "--json")
    assert (done.json["n_labelled"], done.json["n_documents"]) == (80, 260)
    assert done.json["accuracy"] > 0.8
    assert done.json["clip_accuracy"] == 1.0
    assert "test.csv: 4 of 13 files have a label." in done.err
    assert cli("evaluate", tuned, sounds, "--json").json["n_labelled"] == 240  # by the labels.csv of the folder
    assert cli("predict", tuned, sounds, "-o", tmp_path / "p.csv", "--per", "clip").code == 0
    with open(tmp_path / "p.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 13
    for row in rows:
        label = row["id"].removeprefix("audio/")[:-5]
        assert row["status"] == "ok"
        assert label not in ("low", "high") or row["prediction"] == label
        assert float(row["p_low"]) + float(row["p_high"]) == pytest.approx(1)


def test_tune_says_what_it_takes_and_what_not(cli, tmp_path, sounds, music):
    done = cli("tune", music, sounds, "-o", tmp_path / "t", "--epochs", "1", "--max-snippets", "100")
    assert "labels.csv: 12 of 13 files have a label; 1 of its 13 rows is of no file here, the first of" in done.err
    assert "learning from 100 of 240 snippets" in done.err
    assert done.out.startswith(f"{tmp_path / 't'}: 260 snippets (260 ok), 2 classes learned from 100 snippets")
    told = cli("tune", music, sounds, "-o", tmp_path / "u", "--target", "pitch", "--epochs", "0", "--json").json
    assert (told["classes"], told["n_labelled"]) == (["300", "380"], 240)
    done = cli("tune", music, sounds, "-o", tmp_path / "v", "--target", "key")
    assert (done.code, "have no column key" in done.err) == (3, True)
    for option in (("--self-taught",), ("--id-field", "x")):
        done = cli("tune", music, sounds, "-o", tmp_path / "v", *option)
        assert (done.code, f"{option[0]} is for texts" in done.err) == (2, True)
    done = cli("tune", music, sounds / "audio/low0.wav", "-o", tmp_path / "v")
    assert (done.code, "or name a table with --labels FILE" in done.err) == (2, True)


def test_unlabelled_snippets_take_part_where_it_is_asked(cli, tmp_path, sounds, music):
    folder = sounds / "train.csv"
    args = ("tune", music, sounds, "--labels", folder, "--epochs", "1", "--unsupervised-weight", "1")
    found = cli(*args, "-o", tmp_path / "a", "--json").json
    assert (found["n_documents"], found["n_labelled"]) == (260, 160)
    assert cli(*args[:-2], "-o", tmp_path / "b").code == 0  # weighs as much, of labelled snippets only
    assert (tmp_path / "a").read_bytes() != (tmp_path / "b").read_bytes()


def test_ratings_of_clips_are_the_means_of_their_snippets(cli, tmp_path, sounds, music):
    out = tmp_path / "r.model"
    assert cli("tune", music, sounds, "--target", "pitch", "--ratings", "-o", out, "--epochs", "1").code == 0
    assert cli("predict", out, sounds, "-o", tmp_path / "s.npz").code == 0
    assert cli("predict", out, sounds, "-o", tmp_path / "c.npz", "--per", "clip").code == 0
    with np.load(tmp_path / "s.npz") as snippets, np.load(tmp_path / "c.npz") as clips:
        means = snippets["prediction"].reshape(13, 20).mean(axis=1)
        np.testing.assert_allclose(clips["prediction"], means, rtol=1e-9)


def test_what_was_broken_has_no_class_and_silence_does_not_vote(cli, tmp_path, tuned):
    folder = tmp_path / "s"
    folder.mkdir()
    low = note(np.random.default_rng(5), 300)
    wavfile.write(folder / "quiet.wav", RATE, np.zeros(RATE, dtype=np.float32))
    wavfile.write(folder / "pause.wav", RATE, np.concatenate([low[: RATE // 2], np.zeros(3 * RATE, dtype=np.float32)]))
    (folder / "text.wav").write_text("no sound")
    done = cli("predict", tuned, folder, "-o", tmp_path / "p.jsonl", "--per", "clip")
    assert done.code == 5
    assert "3 files (1 unreadable, 2 silent)" in done.out
    rows = {row["id"]: row for row in map(json.loads, (tmp_path / "p.jsonl").read_text().splitlines())}
    assert rows["text.wav"]["prediction"] is None
    assert rows["quiet.wav"]["prediction"] in ("low", "high")
    assert rows["pause.wav"]["prediction"] == "low"
    assert (rows["pause.wav"]["status"], rows["quiet.wav"]["status"]) == ("silent", "silent")
    done = cli("predict", tuned, folder, "-o", tmp_path / "s.jsonl")
    heard = [json.loads(line) for line in (tmp_path / "s.jsonl").read_text().splitlines()]
    heard = [row["p_low"] for row in heard if row["id"].startswith("pause") and row["status"] == "ok"]
    odds = np.log(heard).mean() - np.log1p(-np.array(heard)).mean()
    assert rows["pause.wav"]["p_low"] == pytest.approx(1 / (1 + np.exp(-odds)), rel=1e-6)


def test_the_sum_of_log_probabilities_decides_in_any_blocks():
    rng = np.random.default_rng(0)
    files = [f"{n}" for n in range(30) for _ in range(rng.integers(1, 9))]
    probabilities = rng.dirichlet([0.3, 0.3, 0.3], len(files))
    probabilities[3] = [1, 0, 0]  # a logarithm that is not finite
    told = ["abc"[n] for n in probabilities.argmax(axis=1)]
    rows = PredictionRows(files, ["ok"] * len(files), told, probabilities)
    values = ValueRows(files, ["ok"] * len(files), rng.random(len(files)))

    def pooled(size):
        parts = [slice(start, start + size) for start in range(0, len(files), size)]
        cut = [PredictionRows(files[p], rows.status[p], told[p], probabilities[p]) for p in parts]
        (found,) = pool_clips([(part, part.ids) for part in cut], classes="abc")
        cut = [ValueRows(files[p], rows.status[p], values.prediction[p]) for p in parts]
        (numbers,) = pool_clips([(part, part.ids) for part in cut])
        return found, numbers.prediction

    found, numbers = pooled(len(files))
    for row, name in enumerate(found.ids):
        inside = [n for n, file in enumerate(files) if file == name]
        sums = np.log(np.maximum(probabilities[inside], 1e-300)).sum(axis=0)
        assert found.prediction[row] == "abc"[sums.argmax()]
        assert numbers[row] == pytest.approx(values.prediction[inside].mean())
    assert np.isfinite(found.probabilities).all()
    for size in (1, 4, 50):
        again, also = pooled(size)
        assert again.ids == found.ids
        assert (again.probabilities == found.probabilities).all()
        assert (also == numbers).all()
