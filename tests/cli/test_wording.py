"""What versions of the parser say of a value becomes one kind of sentence."""

from types import SimpleNamespace

import pytest

from textsc.cli.wording import parser_sentence


def failed(message, *options):
    param = SimpleNamespace(opts=list(options))
    return SimpleNamespace(message=message, param=param, format_message=lambda: f"Invalid value: {message}")


@pytest.mark.parametrize(
    ("message", "rule"),
    [
        ("Input should be a valid integer, unable to parse string as an integer", "a whole number"),
        ("'five' is not a valid integer.", "a whole number"),
        ("'five' is not a valid integer range.", "a whole number"),
        ("'five' is not a valid float.", "a number"),
        ("Input should be a valid number, unable to parse string as a number", "a number"),
        ("Input should be greater than or equal to 1", "at least 1"),
        ("Input should be less than or equal to 100000", "at most 100000"),
        ("0 is not in the range 1<=x<=100000.", "from 1 to 100000"),
        ("0 is not in the range x>=1.", "at least 1"),
        ("Value error, 'svd' is not one of 'nmf', 'kmeans'", "one of nmf, kmeans"),
        ("'svd' is not one of 'nmf', 'kmeans'.", "one of nmf, kmeans"),
    ],
)
def test_the_rule_and_the_value_are_said(message, rule):
    error = failed(message, "-k", "--topics")
    assert parser_sentence(error, ["fit", "--topics", "five"]) == f"--topics must be {rule}, got 'five'"
    assert parser_sentence(error, ["fit", "--topics=1", "--topics=five"]).endswith("got 'five'")
    assert parser_sentence(error, ["fit", "-k", "five"]).endswith("got 'five'")


def test_what_is_not_known_is_passed_on():
    assert parser_sentence(failed("odd.", "--topics"), ["--topics", "5"]) == "Invalid value: odd"
    assert parser_sentence(failed("not a valid integer.", "words"), ["5"]) == "Invalid value: not a valid integer"
