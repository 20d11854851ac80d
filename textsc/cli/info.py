"""``textsc info``: what is in a model file."""

from __future__ import annotations

from typing import Any

from textsc.cli.options import Debug, Device, DeviceChoice, Force, Json, Model, Quiet, Seed, Threads
from textsc.cli.streams import print_json, print_lines

__all__ = ["info"]


def info(
    model: Model,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
    force: Force = False,
    seed: Seed = 0,
    threads: Threads = None,
    device: Device = DeviceChoice.cpu,
) -> None:
    """Show what is in a model file.

    The file is verified first. --force, --seed, --threads and --device change nothing here.

    Example: textsc info news.model
    """
    from textsc.store import read_header

    found = {"model": str(model), **read_header(model)}
    if as_json:
        print_json(found)
    else:
        print_lines(_lines(found))


def _lines(found: dict[str, Any]) -> list[str]:
    encoder = found["encoder"]
    lines = [
        f"{found['model']}: {found['kind']}, {found['n_bytes']:,} bytes",
        f"format    {found['format']}, written by textsc {found['version']}",
        f"sha256    {found['sha256']}",
        f"encoder   {encoder['kind'] if encoder else 'none: it was fitted on a matrix'}",
    ]
    if encoder:
        lines += _setting_lines(encoder["state"].get("parameters", {}), depth=1)
    if found["pipeline"]:
        lines.append(f"pipeline  {' -> '.join(found['pipeline'])}")
    lines.append("arrays")
    for name, array in found["arrays"].items():
        shape = " x ".join(f"{size:,}" for size in array["shape"])
        lines.append(f"  {name:24} {shape} {array['dtype']}")
    lines.append("settings")
    return lines + _setting_lines(found["settings"], depth=1)


def _setting_lines(settings: dict[str, Any], *, depth: int) -> list[str]:
    lines: list[str] = []
    for name, value in sorted(settings.items()):
        inner = isinstance(value, dict)
        shown = "" if inner else f"{len(value):,} values" if isinstance(value, list) else value
        lines.append(("  " * depth + f"{name:24} {shown}").rstrip())
        lines += _setting_lines(value, depth=depth + 1) if inner else []
    return lines
