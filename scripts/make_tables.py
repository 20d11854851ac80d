"""Write the tables of the README from the results in scripts/results, and nothing else.

python scripts/make_tables.py          # rewrites README.md
python scripts/make_tables.py --check  # fails where README.md is not what it would write
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

import music_tables
import speed_tables
import supervised_tables

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "scripts" / "results"
NAMES = {
    "20newsgroups.jsonl.gz": "20 Newsgroups by date, whole posts",
    "bbc_news_raw.jsonl.gz": "BBC news, 80/20",
    "debian_descriptions.jsonl.gz": "descriptions of Debian's packages",
    "searchsnippets.jsonl.gz": "search snippets",
    "sotu_speeches.jsonl.gz": "State of the Union, speeches",
    "googlenews.jsonl.gz": "news headlines",
    "tweet.jsonl.gz": "tweets",
    "lee": "Lee, news of a year",
}
MODELS = {
    "textsc": "textsc",
    "sklearn_lda": "LDA, scikit-learn",
    "gensim_lda": "LDA, gensim",
    "tomotopy_lda": "LDA, tomotopy",
    "nmf_kl": "NMF, KL",
    "nmf_tfidf": "NMF, TF-IDF",
}
# Heading, digits, and whether more is better, by the names in the files.
COLUMNS = {
    "perplexity": ("perplexity", 0, False),
    "npmi": ("NPMI", 3, True),
    "diversity": ("diversity", 2, True),
    "c_npmi": ("c_npmi", 3, True),
    "c_v": ("c_v", 3, True),
    "accuracy": ("accuracy", 3, True),
    "retrieval": ("retrieval", 3, True),
    "fit_s": ("fit, CPU s", 0, False),
    "encode_s": ("encode, CPU s", 1, False),
}


def results(pattern: str) -> Iterator[dict]:
    """Give the results of these files, in the order of their names."""
    for path in sorted(RESULTS.glob(pattern)):
        yield json.loads(path.read_text(encoding="utf-8"))


def means(result: dict, model: str, names: list[str]) -> dict[str, float | None]:
    """Return the mean over seeds of each figure; None where a run lacks it, or there is none."""
    runs = [run for run in result["runs"] if run["model"] == model]
    values = {name: [run.get(name) for run in runs] for name in names}
    return {name: None if None in some or not some else fmean(some) for name, some in values.items()}


def corpus_of(result: dict) -> str:
    """Say which corpus, and how much of it."""
    name = NAMES.get(result["corpus"], result["corpus"])
    n_seeds = len({run["seed"] for run in result["runs"] if run["model"] in MODELS})
    return f"{name}; {result['n_words']:,} words, K = {result['n_topics']}, {n_seeds} seed{'s' if n_seeds > 1 else ''}"


def topics() -> str:
    """Return the table of topic models: a block a corpus, the best of each column in bold."""
    heads = [head for head, _, _ in COLUMNS.values()]
    lines = [f"| | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    for result in results("topics_*.json"):
        present = {run["model"] for run in result["runs"]}
        found = {model: means(result, model, list(COLUMNS)) for model in MODELS if model in present}
        best = {name: best_of(found, name) for name in COLUMNS}
        lines.append(f"| *{corpus_of(result)}* |" + " |" * len(heads))
        for model, values in found.items():
            cells = [cell(values[name], digits, best[name]) for name, (_, digits, _) in COLUMNS.items()]
            lines.append(f"| {MODELS[model]} | {' | '.join(cells)} |")
    return "\n".join(lines)


def corpora() -> str:
    """Return what one default fit gives on corpora of other kinds, beside NMF of TF-IDF."""
    names = ("npmi", "diversity", "c_npmi")
    lines = [
        "| | documents | words | " + " | ".join(COLUMNS[name][0] for name in names) + " | the same of NMF, TF-IDF |",
        "|---|---|---|---|---|---|---|",
    ]
    for result in results("corpora_*.json"):
        ours, other = (means(result, model, list(names)) for model in ("textsc", "nmf_tfidf"))
        shown = [f"{ours[name]:.{COLUMNS[name][1]}f}" for name in names]
        beside = ", ".join(f"{other[name]:.{COLUMNS[name][1]}f}" for name in names)
        name = NAMES.get(result["corpus"], result["corpus"].split(".")[0])
        lines.append(f"| {name} | {result['n_train']:,} | {result['n_words']:,} | {' | '.join(shown)} | {beside} |")
    return "\n".join(lines) if len(lines) > 2 else ""


def best_of(found: dict[str, dict[str, float | None]], name: str) -> str | None:
    """Return the best value of a column, as it is shown; None where there is only one."""
    _, digits, higher = COLUMNS[name]
    values = [value for values in found.values() if (value := values[name]) is not None]
    return f"{(max if higher else min)(values):.{digits}f}" if len(values) > 1 else None


def cell(value: float | None, digits: int, best: str | None) -> str:
    """Return a value with its digits, in bold where it is the best."""
    if value is None:
        return "-"
    shown = f"{value:.{digits}f}"
    return f"**{shown}**" if shown == best else shown


def encode() -> str:
    """Return the table of documents coded in a second."""
    return speed_tables.encode(results("encode_*.json"), MODELS)


def growth() -> str:
    """Return the table of how our time grows."""
    return speed_tables.growth(results("encode_*.json"))


def linear() -> str:
    """Return the table of frames coded in a second."""
    return speed_tables.linear(results("linear_*.json"))


def fit() -> str:
    """Return the table of the time to predict as well as the best peer."""
    return speed_tables.fit(results("fit_*.json"), MODELS)


TABLES = {
    "topics": topics,
    "corpora": corpora,
    "encode": encode,
    "growth": growth,
    "linear": linear,
    "fit": fit,
}


def filled(text: str) -> str:
    """Return the README with each table made anew; one of which there are no results needs no place."""
    found = {**TABLES, **supervised_tables.tables(RESULTS, NAMES), **music_tables.tables(RESULTS)}
    for name, make in found.items():
        table = make()
        if not table and f"<!-- {name}:" not in text:
            continue
        pattern = rf"(<!-- {name}:[^\n]*-->\n).*?(<!-- end -->)"
        text, n_places = re.subn(pattern, lambda m, table=table: f"{m[1]}{table}\n{m[2]}", text, flags=re.DOTALL)
        if n_places != 1:
            raise SystemExit(f"README.md must hold the place of the table '{name}' once, found {n_places}")
    return text


def main() -> None:
    readme = ROOT / "README.md"
    now = readme.read_text(encoding="utf-8")
    made = filled(now)
    if "--check" in sys.argv[1:]:
        raise SystemExit(0 if made == now else "README.md: a table is not what scripts/make_tables.py makes; run it")
    readme.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
