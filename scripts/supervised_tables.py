"""The tables of what is learned through the code, from results alone; a table without results is not made."""

import json
from collections.abc import Callable
from pathlib import Path
from statistics import fmean

MODELS = {
    "ridge": "ridge, TF-IDF",
    "lasso": "lasso, TF-IDF",
    "logistic": "logistic regression, TF-IDF",
    "svm": "linear SVM, TF-IDF",
    "lda": "LDA codes",
    "nmf": "NMF codes",
    "frozen": "codes of topics without labels",
    "l1": "L1 codes, same basis",
    "start": "with topics of labels, not trained through the code",
    "tuned": "trained through the code",
}


def _values(result: dict, model: str, setting: str | None, name: str) -> dict[tuple[str, int], float]:
    return {
        (run["setting"], run["seed"]): run[name]
        for run in result["runs"]
        if run["model"] == model and setting in (None, run["setting"]) and name in run
    }


def _mean(values: dict) -> str:
    return f"{fmean(values.values()):.3f}" if values else "-"


def _interval(differences: list[float]) -> str:
    """Return the mean of differences and twice its standard error."""
    mean = fmean(differences)
    if len(differences) < 2:
        return f"{mean:+.3f}"
    spread = (sum((d - mean) ** 2 for d in differences) / (len(differences) - 1)) ** 0.5
    return f"{mean:+.3f} ± {2 * spread / len(differences) ** 0.5:.3f}"


def ratings(files: list[dict]) -> str:
    """Return predictive R² by model, and what training through the code adds to the same start."""
    lines = ["| | R², mean of folds | folds |", "|---|---|---|"]
    for result in files:
        for model, name in MODELS.items():
            found = _values(result, model, None, "r2")
            if found:
                lines.append(f"| {name} | {_mean(found)} | {len(found)} |")
        before, after = (_values(result, model, None, "r2") for model in ("start", "tuned"))
        pairs = [after[key] - before[key] for key in after if key in before]
        if pairs:
            lines.append(f"| *gain of training through the code, by fold* | {_interval(pairs)} | {len(pairs)} |")
    return "\n".join(lines)


def newsgroups(files: list[dict]) -> str:
    """Return accuracies: a column a file and number of labels."""
    columns = [(r, s) for r in files for s in sorted({run["setting"] for run in r["runs"]}, key=_order)]
    heads = [_head(result, setting) for result, setting in columns]
    lines = [f"| | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    for model, name in MODELS.items():
        cells = [_mean(_values(result, setting=setting, model=model, name="accuracy")) for result, setting in columns]
        if set(cells) != {"-"}:
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _order(setting: str) -> tuple[int, str]:
    first = setting.split(" ", 1)[0]
    return (int(first) if first.isdigit() else 1_000_000), setting


def _head(result: dict, setting: str) -> str:
    stripped = ", stripped" if result["stripped"] else ""
    return f"{result['n_words']:,} words{stripped}, {setting}"


def gradients(files: list[dict]) -> str:
    """Return time, memory and error of each way to the derivative."""
    lines = ["| | CPU s | MB | error of the gradient in B |", "|---|---|---|---|"]
    for result in files:
        order = {name: n for n, name in enumerate(("forward", "implicit", "dense", "unrolled"))}
        for run in sorted(result["runs"], key=lambda run: (order[run["model"]], run["seconds"])):
            error = f"{run['error']:.1e}" if "error" in run else "-"
            name = f"{run['model']} {run['setting']}".strip()
            lines.append(f"| {name} | {run['seconds']:.2f} | {run['megabytes']:.1f} | {error} |")
    return "\n".join(lines)


SOURCES: dict[str, tuple[str, Callable[[list[dict]], str]]] = {
    "ratings": ("movies_*.json", ratings),
    "newsgroups": ("newsgroups_*.json", newsgroups),
    "gradients": ("gradients_*.json", gradients),
}


def tables(results: Path) -> dict[str, Callable[[], str]]:
    """Return what makes each table that there are results for, by name."""
    found: dict[str, Callable[[], str]] = {}
    for name, (pattern, make) in SOURCES.items():
        files = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(results.glob(pattern))]
        if files:
            found[name] = lambda files=files, make=make: make(files)
    return found
