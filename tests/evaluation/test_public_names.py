import subprocess
import sys

import pytest

from textsc import evaluation


def test_every_public_name_is_found_where_it_is_said_to_be():
    assert sorted(evaluation.__all__) == sorted(evaluation._HOMES)
    assert set(evaluation.__all__) <= set(dir(evaluation))
    for name in evaluation.__all__:
        assert getattr(evaluation, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'coherance'"):
        _ = evaluation.coherance


def test_importing_the_package_loads_no_numerical_library():
    code = "import sys, textsc.evaluation; print(sorted({'numpy', 'scipy', 'sklearn', 'gensim'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
