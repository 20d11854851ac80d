"""`textsc evaluate` of a model of sounds: what is defined is given, and what is not is null."""

import numpy as np
import pytest
from scipy.io import wavfile

pytest.importorskip("soundfile")
pytest.importorskip("soxr")


def test_sounds_have_what_is_explained_and_no_words(cli, tmp_path):
    rng = np.random.default_rng(0)
    time = np.arange(22_050) / 22_050
    for label, pitch in (("low", 220), ("high", 880)):
        (tmp_path / "sounds" / label).mkdir(parents=True)
        for n in range(2):
            sound = np.sin(2 * np.pi * (pitch + 20 * n) * time) * (1 + 0.1 * rng.normal(size=time.size))
            wavfile.write(tmp_path / "sounds" / label / f"{n}.wav", 22_050, (0.3 * sound).astype(np.float32))
    sounds, model, tuned = tmp_path / "sounds", tmp_path / "sounds.model", tmp_path / "tuned.model"
    assert cli("fit", sounds, "-o", model, "--topics", 3, "--quiet").code == 0
    done = cli("evaluate", model, sounds, "--json")
    assert done.code == 0
    assert "perplexity is of tokens under the softmax pair" in done.err
    assert done.json["perplexity"] is done.json["c_npmi"] is done.json["diversity"] is None
    assert 0.5 < done.json["explained_share"] <= 1
    assert (done.json["n_documents"], done.json["n_labelled"]) == (80, 80)
    # Snippets would find their neighbours in the same file.
    assert done.json["retrieval_precision"] is None
    assert done.json["topics"] == []
    assert cli("tune", model, sounds, "-o", tuned, "--epochs", 1, "--quiet").code == 0
    lines = cli("evaluate", tuned, sounds, "--quiet").out.splitlines()
    assert lines[0].startswith(f"{tuned}: 80 snippets (80 ok), largest gap ")
    assert [line.split()[0] for line in lines[1:]] == ["explained", "accuracy", "by", "log"]
    (tmp_path / "topics.txt").write_text("cat dog\nsun moon\n")
    done = cli("evaluate", "--topics-file", tmp_path / "topics.txt", sounds)
    assert (done.code, "topics are judged by words" in done.err) == (2, True)
    done = cli("evaluate", model, sounds, "--id-field", "x")
    assert (done.code, "--id-field is for texts" in done.err) == (2, True)
