"""What ``--check-shapes`` finds, and what it leaves as it is."""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import torch
from jaxtyping import Float
from jaxtyping._decorator import jaxtyped
from torch import Tensor

from tests.support import shape_checks

if TYPE_CHECKING:
    from somewhere import Unknown

check = functools.partial(shape_checks.check, jaxtyped)


@check
def add_up(one: Float[Tensor, "B 3"], other: Float[Tensor, "B 3"]) -> Float[Tensor, " B"]:
    return (one + other).sum(-1)


@check
def count(number: float, unknown: Unknown | None = None) -> int:
    return number  # type: ignore[return-value]


def shift(by: int):
    @check
    def shifted(value: int) -> int:
        return value + by

    return shifted


@check
def rows_of(values: Float[Tensor, "H W"]):
    yield from values


@check
def sum_of_rows(wide: Float[Tensor, "H W"], high: Float[Tensor, "W H"]) -> float:
    return sum(float(row.sum()) for part in (wide, high) for row in rows_of(part))


@check
@dataclass
class Length:
    value: float


@check
@dataclass
class Name:
    value: str


def test_sizes_agree_among_all_that_a_call_has():
    assert add_up(torch.ones(2, 3), torch.ones(2, 3)).tolist() == [6, 6]
    with pytest.raises(TypeError):
        add_up(torch.ones(2, 3), torch.ones(4, 3))
    with pytest.raises(TypeError):
        add_up(torch.ones(2, 4), torch.ones(2, 4))


def test_types_of_arguments_and_results_are_checked():
    assert count(3, object()) == 3  # an int for a float, and a name that type checkers alone know
    for wrong in ("three", 3.5):
        with pytest.raises(TypeError):
            count(wrong)


def test_generators_have_sizes_of_their_own():
    assert sum_of_rows(torch.ones(2, 3), torch.ones(3, 2)) == 12
    with pytest.raises(TypeError):
        rows_of(torch.ones(3))  # before the first value is asked for


def test_functions_inside_of_others_keep_what_they_close_over():
    by_one, by_two = shift(1), shift(2)
    assert (by_one(1), by_two(1)) == (2, 3)
    for shifted in (by_one, by_two):
        with pytest.raises(TypeError):
            shifted("1")


def test_dataclasses_of_equal_code_have_their_own_types():
    assert (Length(2).value, Name("a").value) == (2, "a")
    for kind, wrong in ((Length, "a"), (Name, 2)):
        with pytest.raises(TypeError):
            kind(wrong)


def test_programs_read_the_same_signatures():
    assert str(inspect.signature(count)) == "(number: 'float', unknown: 'Unknown | None' = None) -> 'int'"
    assert count.__annotations__["unknown"] == "Unknown | None"
    assert (count.__name__, count.__module__) == ("count", __name__)
