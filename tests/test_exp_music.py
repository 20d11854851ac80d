"""The experiments on sound: splits, choices that see no test clip, figures, tables and pictures from files alone."""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
N_FREQUENCIES, N_EACH = 24, 12
NAMES = ("music_data", "music_models", "exp_music", "exp_stability", "music_tables", "fig_music")


@pytest.fixture(scope="module")
def scripts():
    """The modules of scripts/, which import each other by their names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SCRIPTS))
        yield {name: importlib.import_module(name) for name in NAMES}


@pytest.fixture
def small(scripts, monkeypatch):
    """The same experiment with few components and snippets."""
    for name in ("music_models", "exp_stability"):
        monkeypatch.setattr(scripts[name], "N_COMPONENTS", 4)
    monkeypatch.setattr(scripts["music_models"], "STRENGTHS", {30: (0.1, 1.0)})
    for name, value in {"STRENGTHS": {30: (0.1, 1.0)}, "N_FOLDS": {30: 2}, "N_TEST": 4, "N_HELD": 2}.items():
        monkeypatch.setattr(scripts["exp_music"], name, value)
    monkeypatch.setattr(scripts["music_models"], "CHOICES", {"pca": (2, 3), "l1": (0.03,), "kl": (0.02,), "raw": (0,)})
    for name in ("exp_music", "exp_stability"):
        monkeypatch.setattr(scripts[name], "N_SNIPPETS", {"labelled": 5, "unlabelled": 5})
    return scripts


def some_clips(scripts, *, n_snippets=5, seed=0):
    """Two classes of twelve clips; of the first the tracks have two clips each, of the second one."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(["a", "b"], N_EACH)
    tracks = np.array([f"a/{n // 2}" for n in range(N_EACH)] + [f"b/{n}" for n in range(N_EACH)])
    clip = np.repeat(np.arange(2 * N_EACH), n_snippets)
    shape = np.where(labels[clip] == "a", 1, -1)[:, None] * np.linspace(-1, 1, N_FREQUENCIES)
    X = np.log1p(10 * rng.gamma(1.0, size=(len(clip), N_FREQUENCIES)) * np.exp(0.5 * shape)).astype(np.float32)
    return scripts["music_data"].Clips(X, clip, labels, tracks)


@pytest.mark.parametrize("seed", range(5))
def test_a_track_is_on_one_side(scripts, seed):
    clips = some_clips(scripts)
    test = scripts["music_data"].split_clips(clips, 4, np.random.default_rng(seed))
    assert [int(test[clips.labels == label].sum()) for label in "ab"] == [4, 4]
    assert not set(clips.tracks[test]) & set(clips.tracks[~test])


def test_by_clip_a_track_may_be_on_both_sides(scripts):
    clips, split = some_clips(scripts), scripts["music_data"].split_clips
    tests = [split(clips, 4, np.random.default_rng(seed), by="clip") for seed in range(5)]
    assert any(set(clips.tracks[test]) & set(clips.tracks[~test]) for test in tests)
    # Three of the first class cannot be whole tracks of two clips.
    assert [split(clips, 3, np.random.default_rng(0), by=by)[:N_EACH].sum() for by in ("track", "clip")] == [2, 3]


def test_snippets_are_drawn_evenly_over_clips_and_few_are_among_many(scripts):
    clips, drawn = some_clips(scripts), scripts["music_data"].drawn_rows
    among = np.arange(2 * N_EACH) < 10
    few, many = (drawn(clips, among, n, np.random.default_rng(0)) for n in (20, 35))
    assert set(few) < set(many)
    assert np.bincount(clips.clip[few]).tolist() == [2] * 10
    assert sorted(set(np.bincount(clips.clip[many]))) == [3, 4]


def test_the_other_inputs_are_made_from_the_logarithm(scripts):
    data, clips = scripts["music_data"], some_clips(scripts)
    magnitudes = clips.as_input("magnitude").X
    np.testing.assert_allclose(np.log1p(10 * magnitudes), clips.X, rtol=1e-5)
    filters = data.mel_filters(N_FREQUENCIES, 22_050, 6)
    assert np.all((filters >= 0) & (filters <= 1))
    assert np.all(filters.sum(axis=0)[1:-1] > 0)
    peaks = filters.argmax(axis=1)
    assert np.all(np.diff(peaks) >= 0)
    assert peaks[-1] - peaks[-2] > peaks[1] - peaks[0]
    mel = clips.as_input("mel").X
    assert mel.shape == (len(clips.X), data.N_BANDS)
    power = magnitudes.astype(float) ** 2 @ data.mel_filters(N_FREQUENCIES, 22_050).T
    np.testing.assert_allclose(mel, np.log1p(10 * np.sqrt(power)), rtol=1e-4, atol=1e-5)


def test_a_clip_is_answered_by_its_summed_log_probabilities(scripts):
    clips = some_clips(scripts)
    told = np.isin(np.arange(2 * N_EACH), (0, N_EACH))
    sure, other = [0.999, 0.001], [0.4, 0.6]
    P = np.array([sure, other, other, other, other] + [[0.5, 0.5]] * 5)  # one sure snippet outvotes four
    found = scripts["exp_music"].scores(P, clips, told, 0)
    assert found["accuracy"] == pytest.approx(0.1)  # argmax of a tie is the first class
    assert found["clip_accuracy"] == 0.5
    assert (found["accuracy_low"], found["accuracy_high"]) == (0.0, 0.2)


def test_maxent_is_scikit_learns(scripts):
    clips = some_clips(scripts)
    tells = list(scripts["music_models"].maxent(clips.X, clips.y, (0.01, 1.0), tol=1e-6))
    scaled = StandardScaler().fit_transform(clips.X)
    for tell, C in zip(tells, (0.01, 1.0), strict=True):
        expected = LogisticRegression(C=C, max_iter=1000, tol=1e-6).fit(scaled, clips.y).predict_proba(scaled)
        np.testing.assert_allclose(tell(clips.X), expected, atol=2e-3)


def drawn(small, clips, seed=1):
    codes = small["music_models"].Codes(some_clips(small, seed=1), clips, seed=0, cache=None, name="")
    return small["exp_music"].Draw(codes, clips, seed=seed, by="track")


@pytest.mark.parametrize("method", ["pca", "l1", "kl", "raw", "network", "through"])
def test_no_test_clip_chooses_a_setting(small, method):
    """What is chosen is the same, whatever the test clips hold; only what is told of them changes."""
    clips = some_clips(small)
    one = drawn(small, clips)
    X = clips.X.copy()
    X[one.test[clips.clip]] = 0.0
    other = drawn(small, small["music_data"].Clips(X, clips.clip, clips.labels, clips.tracks))
    before, after = one.run(method, 30), other.run(method, 30)
    assert before["chosen"] == after["chosen"]
    assert before["accuracy"] > 0.6
    assert after["accuracy"] == 0.5


def test_codes_are_kept_and_of_one_basis(small, tmp_path):
    clips, make = some_clips(small), small["music_models"].Codes
    codes = make(some_clips(small, seed=1), clips, seed=0, cache=tmp_path, name="x")
    kl, l1 = codes.of("kl", 0.02), codes.of("l1", 0.03)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x_kl_0.02_0.npy", "x_l1_0.03_0.npy"]
    model = codes.with_lam(0.03).set_params(prior="l1", tol=1e-6)
    model._used = model._settings()
    np.testing.assert_allclose(l1, model.transform(clips.X), atol=2e-3)
    np.testing.assert_allclose(kl, codes.with_lam(0.02).transform(clips.X), rtol=1e-6)
    np.testing.assert_array_equal(make(clips, clips, seed=0, cache=tmp_path, name="x").of("kl", 0.02), kl)


@pytest.fixture
def folders(tmp_path):
    """Two folders of sounds: tones of two pitches with noise, one of them with labels.csv."""
    soundfile = pytest.importorskip("soundfile")
    rng = np.random.default_rng(0)
    for folder in ("unlabelled", "labelled"):
        rows = ["file,label,track"]
        for label, pitch in (("deep", 200), ("high", 3000)):
            (tmp_path / folder / label).mkdir(parents=True)
            for n in range(8):
                wave = np.sin(2 * np.pi * pitch * (1 + n / 50) * np.arange(11_025) / 22_050)
                sound = 0.2 * wave + 0.02 * rng.normal(size=11_025)
                soundfile.write(tmp_path / folder / label / f"{n}.wav", sound, 22_050)
                rows.append(f"{label}/{n}.wav,{label},{n // 2}")
        if folder == "labelled":
            (tmp_path / folder / "labels.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


def run(scripts, monkeypatch, name, folders, *args):
    command = [name, "--unlabelled", folders / "unlabelled", "--labelled", folders / "labelled"]
    command += ["--out", folders / "result.json", *args]
    monkeypatch.setattr("sys.argv", [str(part) for part in command])
    scripts[name].main()
    return json.loads((folders / "result.json").read_text())


def test_the_experiment_from_folders_to_table_and_picture(small, monkeypatch, folders):
    args = ("--sizes", 30, "--draws", 3, 4, "--methods", "kl", "l1", "--splits", "track", "clip")
    found = run(small, monkeypatch, "exp_music", folders, *args)
    assert (found["n_classes"], found["n_clips"], found["labelled"]) == (2, 16, "labelled")
    assert len(found["runs"]) == 8
    assert all(one["accuracy"] > 0.9 for one in found["runs"])
    before = (folders / "result.json").read_bytes()
    run(small, monkeypatch, "exp_music", folders, *args)
    assert (folders / "result.json").read_bytes() == before
    for module in ("music_tables", "fig_music"):
        monkeypatch.setattr(small[module], "SIZES", (30,))
    monkeypatch.setattr(small["music_tables"], "PAPER", {"kl": (33,)})
    table = small["music_tables"].tables(folders)
    assert table == {}
    (folders / "result.json").rename(folders / "music.json")
    lines = small["music_tables"].tables(folders)["music"]().splitlines()
    assert {line.count("|") for line in lines} == {3}
    assert "a track on one side, 2 draws" in lines[4]
    assert "split by clip, 2 draws" in lines[9]
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(small["fig_music"], "PAPER", {"kl": (33,)})
    pictures = [folders / "a.svg", folders / "b.svg"]
    for picture in pictures:
        small["fig_music"].draw(found, picture)
    assert pictures[0].read_bytes() == pictures[1].read_bytes()


def test_intervals_over_draws_are_students(scripts):
    values = [0.012, 0.03, -0.004, 0.021]
    low, high = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    shown = scripts["music_tables"].interval(values, sign=True)
    assert shown == f"{50 * (low + high):+.1f} ± {50 * (high - low):.1f}"


def test_noise_is_one_percent_and_leaves_spectra_at_zero_or_above(scripts):
    rows = np.random.default_rng(0).gamma(5.0, size=(4, 500))
    moved = scripts["exp_stability"].with_noise(rows, np.random.default_rng(1))
    np.testing.assert_allclose(scripts["exp_stability"].change(rows, moved), 0.01, rtol=1e-3)
    assert scripts["exp_stability"].with_noise(np.eye(3), np.random.default_rng(0)).min() == 0


def test_stability_of_codes(small, monkeypatch, folders):
    monkeypatch.setattr(small["exp_stability"], "LAMS", (0.02, 0.1))
    found = run(small, monkeypatch, "exp_stability", folders, "--snippets", 40, "--columns", 2)
    of = {(run["model"], run["setting"]["lam"]): run for run in found["runs"]}
    kl, apart, l1 = (of[name, 0.02] for name in ("kl", small["exp_stability"].NOT_SHARED, "l1"))
    assert l1["error"] == pytest.approx(kl["error"], rel=0.05)
    assert kl["share_mean"] == pytest.approx(0.5, abs=1e-4)
    assert kl["share_sd"] < 1e-3 < l1["share_sd"]
    assert abs(kl["sum_grows"]) < 1e-3 < 0.01 < apart["sum_grows"]
    assert kl["rest_moves"] < 1e-3
    assert kl["order_moves"] < 1e-3 < l1["order_moves"]
    assert of["kl", 0.1]["sound_median"] < kl["sound_median"]
    (folders / "result.json").rename(folders / "stability.json")
    lines = small["music_tables"].tables(folders)["stability"]().splitlines()
    assert len(lines) == 8
    assert {line.count("|") for line in lines} == {9}
