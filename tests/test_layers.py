"""Who may import whom: the table of layers, checked on the source."""

import ast
from pathlib import Path

import pytest

import textsc

PACKAGE = Path(textsc.__file__).parent

# Each module or package of textsc, and what of textsc it may import: at the top, in functions, or for types only.
# "" is textsc/__init__.py: its names are for users, not for the package.
ALLOWED: dict[str, set[str]] = {
    "": {"coding", "corpus", "estimators", "store"},  # for types only: see test_the_package_loads_its_names_lazily
    "arrays": set(),
    "columns": {"arrays"},
    "rows": {"arrays"},
    "coding": {"arrays", "columns", "rows"},
    "execution": set(),
    "learning": {"arrays", "coding"},
    "corpus": {"checkpoint"},  # for what it writes
    "topics": {"arrays"},
    "evaluation": {"arrays", "topics"},
    "pages": set(),  # arrays and names in, pictures out
    "checkpoint": set(),
    "archive": set(),
    "layout": set(),
    "formats": {"archive", "layout"},
    "tables": {"archive", "checkpoint", "formats", "layout"},
    "modelfile": {"checkpoint"},
    "store": {"arrays", "checkpoint", "modelfile"},  # a registry of strings turns arrays into estimators
    "estimators": {"arrays", "coding", "evaluation", "execution", "learning", "topics"},
}
# Single modules that may import more than their part: what compares models knows ours.
BEYOND: dict[str, set[str]] = {"evaluation/peers.py": {"estimators"}}
ABOVE_ALL = {"cli", "__main__"}  # may import everything; nothing else imports them
ONLY_IN_ARRAYS = {"cupy", "array_api_compat"}
NO_MATHEMATICS = {"sklearn", "gensim", "cupy"}  # what `coding` does without


def part_of(path: Path, package: Path) -> str:
    relative = path.relative_to(package)
    return relative.parts[0].removesuffix(".py") if relative.name != "__init__.py" or len(relative.parts) > 1 else ""


def imported_names(path: Path, package: Path) -> set[str]:
    """Return the full dotted names that a file imports; of ``from a import b`` both a and a.b."""
    names: set[str] = set()
    inside = (package.name, *path.relative_to(package).parent.parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = ".".join(inside[: len(inside) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (start, node.module) if part)
            names.add(module)
            names.update(f"{module}.{alias.name}" for alias in node.names)
    return names


def parts_imported(names: set[str], package: Path) -> set[str]:
    """Return which parts of the package are among dotted names."""
    tops = {path.stem if path.suffix else path.name for path in package.iterdir()}
    found = {name.split(".")[1] for name in names if name.startswith(f"{package.name}.")}
    return {name if name in tops else "" for name in found if not name.startswith("__")}


def violations(package: Path) -> list[str]:
    found = []
    for path in sorted(package.rglob("*.py")):
        part = part_of(path, package)
        names = imported_names(path, package)
        if part not in ABOVE_ALL:
            allowed = ALLOWED.get(part, set()) | BEYOND.get(path.relative_to(package).as_posix(), set())
            forbidden = parts_imported(names, package) - allowed - {part}
            found += [f"{path.relative_to(package)} imports {package.name}.{other}" for other in sorted(forbidden)]
        if part != "arrays":
            libraries = {name.split(".")[0] for name in names} & ONLY_IN_ARRAYS
            found += [f"{path.relative_to(package)} imports {library}" for library in sorted(libraries)]
        if part == "coding":
            libraries = {name.split(".")[0] for name in names} & NO_MATHEMATICS
            found += [f"{path.relative_to(package)} imports {library}" for library in sorted(libraries)]
    return found


def test_every_module_keeps_to_its_layer():
    assert violations(PACKAGE) == []


def test_every_part_has_its_row():
    parts = {part_of(path, PACKAGE) for path in PACKAGE.rglob("*.py")}
    assert parts - ABOVE_ALL == set(ALLOWED)


def test_nothing_below_imports_what_goes_beyond():
    """Estimators import parts of `evaluation`; none of these may be, or import, a module of the table above."""
    modules = {
        path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", "."): path for path in PACKAGE.rglob("*.py")
    }
    uses = {
        name: {found.removeprefix("textsc.") for found in imported_names(path, PACKAGE)}
        for name, path in modules.items()
    }
    reached = {name for name in modules if name.startswith("estimators")}
    while more := {used for name in reached for used in uses[name] & set(modules)} - reached:
        reached |= more
    assert reached & {name.removesuffix(".py").replace("/", ".") for name in BEYOND} == set()


def test_the_package_loads_its_names_lazily():
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    for node in tree.body:  # not what stands under `if TYPE_CHECKING`
        if isinstance(node, ast.Import | ast.ImportFrom):
            assert "textsc" not in ast.unparse(node)


def test_the_table_has_no_cycle():
    order: list[str] = []
    while len(order) < len(ALLOWED):
        ready = [part for part in ALLOWED if part not in order and ALLOWED[part] <= set(order)]
        assert ready, f"a cycle among {set(ALLOWED) - set(order)}"
        order += ready


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("coding/pairs.py", "from textsc.learning import learn_basis"),
        ("coding/pairs.py", "from textsc import estimators"),
        ("coding/pairs.py", "import textsc.corpus.readers"),
        ("coding/pairs.py", "from ..corpus import readers"),
        ("coding/pairs.py", "from .. import corpus"),
        ("coding/pairs.py", "import sklearn.decomposition"),
        ("coding/pairs.py", "def f():\n    from textsc.cli import main"),
        ("corpus/readers.py", "from textsc.arrays import Array"),
        ("estimators/classifier.py", "from textsc.cli.app import main"),
        ("estimators/classifier.py", "import cupy as cp"),
        ("coding/pairs.py", "import array_api_compat.numpy as np"),
        ("__init__.py", "import textsc.arrays"),
        ("learning/basis.py", "from textsc import SparseCoding"),
    ],
)
def test_a_breach_is_seen(tmp_path, file, line):
    package = tmp_path / "textsc"
    for part in ALLOWED:
        (package / part).mkdir(parents=True, exist_ok=True)
    (package / "cli").mkdir()
    for path in (package / "coding/pairs.py", package / "arrays.py", package / "estimators/classifier.py"):
        path.write_text("")
    (package / file).write_text(line + "\n")
    assert len(violations(package)) == 1


@pytest.mark.parametrize(
    "line", ["from textsc.coding import pairs", "from . import priors", "from textsc.arrays import Array"]
)
def test_what_is_allowed_passes(tmp_path, line):
    package = tmp_path / "textsc"
    for part in ALLOWED:
        (package / part).mkdir(parents=True, exist_ok=True)
    (package / "coding/pairs.py").write_text(line + "\n")
    assert violations(package) == []
