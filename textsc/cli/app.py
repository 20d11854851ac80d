"""The program: its verbs and its way in."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Annotated, Any

import typer

import textsc
from textsc.cli import errors
from textsc.cli.streams import print_lines

__all__ = ["VERBS", "application", "main"]

#: Each is a function in a module of its name, which is imported only where it is needed: all of them take as long as
#: Typer itself.
VERBS = ("demo", "fit", "encode", "topics", "evaluate", "tune", "predict", "compare", "export", "info", "corpora")


def application(verbs: Iterable[str] = VERBS) -> typer.Typer:
    """Return the program with some of its verbs.

    Examples
    --------
    >>> [command.callback.__name__ for command in application(["fit", "info"]).registered_commands]
    ['fit', 'info']
    """
    app = typer.Typer(
        name="textsc",
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback(
        epilog="Exit codes: 0 done; 2 usage, or an output exists; 3 input unreadable or output not "
        "writable; 4 model file bad or newer; 5 done, but some rows are unreadable or not converged; "
        "6 device missing; 130 interrupted."
    )(textsc_command)
    for name in verbs:
        app.command()(errors.verb(getattr(import_module(f"textsc.cli.{name}"), name)))
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        print_lines([f"textsc {textsc.__version__}"])
        raise typer.Exit


def textsc_command(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version."),
    ] = False,
) -> None:
    """Topic modelling by differentiable sparse coding.

    Raw text in, certified topic codes out. Begin with: textsc demo
    """


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    args : sequence of str, optional
        Without the name of the program; by default those of the process.

    Returns
    -------
    int
        The exit code.

    Examples
    --------
    >>> main(["--version"])  # doctest: +ELLIPSIS
    textsc ...
    0
    """
    if args is not None:
        return errors.run(_call, args)
    if not sys.warnoptions and "--debug" not in sys.argv:
        # What a user must know has a status or a sentence; the rest is for programmers.
        warnings.simplefilter("ignore")
    return errors.run(_call, sys.argv[1:])


def _call(args: Sequence[str]) -> int | None:
    name = next((arg for arg in args if not arg.startswith("-")), None)
    app = application([name] if name in VERBS else VERBS)
    if not args:
        _show_help(app, None)
        return 2
    if "--help" in args and "--" not in args:
        return _show_help(app, name)
    code = app(args=list(args), prog_name="textsc", standalone_mode=False)
    return code if isinstance(code, int) else None


def _show_help(app: typer.Typer, name: str | None) -> int | None:
    """Print help without parsing, for which Typer would load a library that takes long."""
    group: Any = typer.main.get_command(app)
    context = typer.Context(group, info_name="textsc")
    if name is None:
        print_lines([group.get_help(context)])
    elif name in group.commands:
        inner = typer.Context(group.commands[name], info_name=name, parent=context)
        print_lines([inner.get_help()])
    else:
        group.resolve_command(context, [name])
    return 0
