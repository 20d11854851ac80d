"""Write the tables of the README from the results in scripts/results, and nothing else.

python scripts/make_tables.py          # rewrites README.md
python scripts/make_tables.py --check  # fails where README.md is not what it would write
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "scripts" / "results"
NAMES = {"20newsgroups.jsonl.gz": "20 Newsgroups, by date, whole posts", "bbc_news_raw.jsonl.gz": "BBC news, 80/20"}


def completion() -> str:
    """Return the table of document-completion perplexities."""
    lines = [
        "| corpus | words, topics | textsc | scikit-learn LDA | gensim LDA | ratio to the best LDA |",
        "|---|---|---|---|---|---|",
    ]
    for path in sorted(RESULTS.glob("completion_*.json")):
        result = json.loads(path.read_text(encoding="utf-8"))
        mean = result["mean_perplexity"]
        lines.append(
            f"| {NAMES.get(result['corpus'], result['corpus'])} | {result['n_words']:,}, {result['n_topics']} "
            f"| **{mean['textsc']:.0f}** | {mean['scikit-learn LDA']:.0f} | {mean['gensim LDA']:.0f} "
            f"| {result['ratio_to_best_lda']:.2f} |"
        )
    return "\n".join(lines)


TABLES = {"completion": completion}


def filled(text: str) -> str:
    """Return the README with each table made anew."""
    for name, make in TABLES.items():
        pattern = rf"(<!-- {name}:[^\n]*-->\n).*?(<!-- end -->)"
        text, found = re.subn(pattern, lambda m, make=make: f"{m[1]}{make()}\n{m[2]}", text, flags=re.DOTALL)
        if found != 1:
            raise SystemExit(f"README.md must hold the place of the table '{name}' once, found {found}")
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
