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


def ratings(files: list[dict], names: dict[str, str]) -> str:
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


def classification(files: list[dict], names: dict[str, str]) -> str:
    """Return accuracies where all documents have a label: a column a file."""
    return _accuracies([(_head(result, names), result, "all labels") for result in files])


def few_labels(files: list[dict], names: dict[str, str]) -> str:
    """Return accuracies where a few of each class have a label: a column a file and number of labels."""
    settings = [(result, {run["setting"] for run in result["runs"]} - {"all labels"}) for result in files]
    columns = [
        (f"{_head(result, names)}, {setting}", result, setting)
        for result, found in settings
        for setting in sorted(found, key=lambda one: int(one.split(" ", 1)[0]))
    ]
    return _accuracies(columns)


def _accuracies(columns: list[tuple[str, dict, str]]) -> str:
    columns = [one for one in columns if any(run["setting"] == one[2] for run in one[1]["runs"])]
    lines = [f"| | {' | '.join(head for head, _, _ in columns)} |", "|---" * (len(columns) + 1) + "|"]
    for model, name in MODELS.items():
        cells = [_mean(_values(result, model, setting, "accuracy")) for _, result, setting in columns]
        if set(cells) - {"-"}:
            lines.append(f"| {name} | {' | '.join(cells)} |")
    gains = [_gain(result, setting) for _, result, setting in columns]
    if set(gains) - {"-"}:
        lines.append(f"| *gain of training through the code* | {' | '.join(gains)} |")
    return "\n".join(lines) if columns else ""


def _head(result: dict, names: dict[str, str]) -> str:
    name = names.get(result["corpus"], result["corpus"])
    name = name.replace("whole posts", "stripped") if result["stripped"] else name
    longer = " and n-grams" if result.get("ngrams", 1) > 1 else ""
    return f"{name}; {result['n_words']:,} words{longer}"


def _gain(result: dict, setting: str) -> str:
    """Return what training adds, and twice its standard error.

    Over test documents the difference of a seed is (won − lost)/n; seeds share the documents, so their mean has the
    standard error of one of them: at most the mean one. Seeds that draw other labels differ by more: then their spread
    is taken where it is larger.
    """
    runs = [run for run in result["runs"] if run["setting"] == setting and "n_won" in run]
    if not runs:
        return "-"
    n = result["n_test"]
    gains = [(run["n_won"] - run["n_lost"]) / n for run in runs]
    mean = fmean(gains)
    errors = [((run["n_won"] + run["n_lost"]) / n - gain**2) ** 0.5 for run, gain in zip(runs, gains, strict=True)]
    error = fmean(errors) / n**0.5
    if len(runs) > 1:
        error = max(error, (sum((gain - mean) ** 2 for gain in gains) / (len(runs) - 1) / len(runs)) ** 0.5)
    return f"{mean:+.3f} ± {2 * error:.3f}"


def gradients(files: list[dict], names: dict[str, str]) -> str:
    """Return time, memory and error of each way to the derivative."""
    heads = ("CPU s", "MB", "error of the gradient in B", "products a document", "share of a step")
    lines = [f"| | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    for result in files:
        order = {name: n for n, name in enumerate(("forward", "implicit", "dense", "unrolled"))}
        for run in sorted(result["runs"], key=lambda run: (order[run["model"]], run["seconds"])):
            error = f"{run['error']:.1e}" if "error" in run else "-"
            more = f"{run['products']:.1f} | {run['share']:.0%}" if "share" in run else "- | -"
            name = f"{run['model']} {run['setting']}".strip()
            lines.append(f"| {name} | {run['seconds']:.2f} | {run['megabytes']:.1f} | {error} | {more} |")
    return "\n".join(lines)


SOURCES: dict[str, tuple[str, Callable[[list[dict], dict[str, str]], str]]] = {
    "ratings": ("movies_*.json", ratings),
    "classification": ("classification_*.json", classification),
    "few labels": ("classification_*.json", few_labels),
    "gradients": ("gradients_*.json", gradients),
}


def tables(results: Path, names: dict[str, str] | None = None) -> dict[str, Callable[[], str]]:
    """Return what makes each table that there are results for, by name; ``names`` are those of corpora, by file."""
    found: dict[str, Callable[[], str]] = {}
    for name, (pattern, make) in SOURCES.items():
        files = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(results.glob(pattern))]
        if files:
            found[name] = lambda files=files, make=make: make(files, names or {})
    return found
