"""Tables of speed for the README, from what the benchmarks have stored."""

from collections.abc import Iterable

OURS = "textsc"


def table(heads: list[str], rows: Iterable[list[str]]) -> str:
    """Return a table; nothing where there are no rows."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([f"| {' | '.join(['', *heads])} |", "|---" * (len(heads) + 1) + "|", *lines]) if lines else ""


def encode(results: Iterable[dict], names: dict[str, str]) -> str:
    """Return documents a second of all: a row a case and number of threads."""
    runs = sorted((run for result in results for run in result["runs"]), key=_size)
    peers = [name for name in names if name != OURS and any(name in run["encoders"] for run in runs)]
    heads = ["textsc", *(names[name] for name in peers), "times the fastest", "passes, mean / 99 %", "of the roofline"]
    return table([*heads, "GEMM / exp / rest", "peak memory"], (_encode_row(run, peers) for run in runs))


def _size(run: dict) -> tuple[int, int]:
    return run["n_words"], run["n_topics"]


def _encode_row(run: dict, peers: list[str]) -> list[str]:
    threads = run["setting"]["threads"]
    rates = [run["encoders"].get(name) for name in (OURS, *peers)]
    passes, shares, memory = run["passes"], run.get("shares_one_thread"), run.get("memory")
    part = f", every {run['every']}th document" if run.get("every", 1) > 1 else ""
    return [
        f"V = {run['n_words']:,}, K = {run['n_topics']}, {threads} thread{'s' if threads > 1 else ''}{part}",
        *("-" if rate is None else f"{rate['documents_per_s']:,.0f}" for rate in rates),
        _times(run["times_fastest_peer"]),
        f"{passes['mean']:.1f} / {passes['p99']:.0f}",
        f"{run['roofline']['share_of_roofline']:.0%}",
        "-" if shares is None else " / ".join(f"{100 * shares[name]:.0f}" for name in ("gemm", "exp", "rest")) + " %",
        "-" if memory is None else f"{memory['peak_bytes'] / 1e6:,.0f} MB",
    ]


def growth(results: Iterable[dict]) -> str:
    """Return seconds by documents, and the cost of a pass by V K: a row a case on one thread."""
    runs = [run for result in results for run in result["runs"] if run["setting"]["threads"] == 1]
    rows = []
    for run in sorted(runs, key=_size):
        size = run["n_words"] * run["n_topics"]
        cells = [f"{one['s']:.2f} s for {one['n_documents']:,}" for one in run["growth"]]
        last = run["growth"][-1]
        rows.append([f"V K = {size:,}", *cells, f"{1e9 * last['s'] / last['n_passes'] / size:.3f} ns"])
    return table(["a quarter", "half", "all documents", "a pass, by V K"], rows)


def linear(results: Iterable[dict]) -> str:
    """Return frames a second at each λ, and how many times the peers are slower."""
    rows = []
    for result in results:
        for run in result["runs"]:
            at = {(point["encoder"], point["strength"]): point for point in run["points"]}
            title = f"*{result['corpus']}, {run['setting']['threads']} thread(s)*"
            rows.append([title, *[""] * 8])
            rows += [_linear_row(row, at) for row in run["ratios"]]
    heads = ["textsc", "error", "passes, mean / 99 %", "lasso_cd", "error", "lasso_lars", "error"]
    return table([*heads, "times the faster, same λ / same error"], rows)


def _linear_row(row: dict, at: dict[tuple[str, float], dict]) -> list[str]:
    lam = row["lam"]
    ours = at[OURS, lam]
    cells = [f"λ = {lam}", f"{ours['frames_per_s']:,.0f}", f"{ours['error']:.3f}"]
    cells.append(f"{ours['passes']['mean']:.1f} / {ours['passes']['p99']:.0f}")
    for name in ("lasso_cd", "lasso_lars"):
        cells += [f"{at[name, lam]['frames_per_s']:,.0f}", f"{at[name, lam]['error']:.3f}"]
    both = (row["times_fastest_l1_equal_strength"], row["times_fastest_l1_equal_error"])
    return [*cells, " / ".join(map(_times, both))]


def fit(results: Iterable[dict], names: dict[str, str]) -> str:
    """Return seconds and perplexity of the peers' fits, and of ours that is as good as the best of them."""
    rows = []
    for result in results:
        for run in result["runs"]:
            rows += [
                [names[one["name"]], f"{one['fit_s']:.1f}", f"{one['perplexity']:.0f}", ""] for one in run["peers"]
            ]
            last = run["textsc"][-1]
            title = f"textsc, {last['epochs']} epoch{'s' if last['epochs'] > 1 else ''}"
            times = "-" if run["times_less"] is None else f"1/{run['times_less']:.1f} of {names[run['best_peer']]}"
            rows.append([title, f"{last['fit_s']:.1f}", f"{last['perplexity']:.0f}", times])
    return table(["fit, CPU s", "perplexity", "time"], rows)


def _times(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
