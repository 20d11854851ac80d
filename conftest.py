"""What pytest leaves out: modules that cannot be imported without the extra `fast`, and doctests of its own files."""

from importlib.util import find_spec

COMPILED = ("kernels", "lanes", "registers", "turns")
collect_ignore = [] if find_spec("numba") else [f"textsc/coding/{name}.py" for name in COMPILED]
collect_ignore_glob = ["tests/conftest.py", "tests/*/conftest.py"]  # all of one name: as modules they would clash
