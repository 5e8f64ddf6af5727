from __future__ import annotations

import warnings
from abc import ABC
from dataclasses import dataclass

import pytest

from camera_estimation.deprecation import RenamedAttribute, adopt_old_names


class Shape(ABC):  # noqa: B024 - its metaclass is between the class statement and the warning
    color = "grey"
    colour = RenamedAttribute("color")
    grey_scale = RenamedAttribute("gray_scale")

    def __init_subclass__(cls) -> None:
        adopt_old_names(cls)

    def gray_scale(self, factor: float) -> str:
        return f"{factor} {self.color}"


@dataclass(frozen=True)
class Disc:
    center: float
    centre = RenamedAttribute("center")


def test_old_names_read_the_new_ones_with_a_warning():
    with pytest.warns(DeprecationWarning, match=r"^Shape\.colour is deprecated: use color$") as caught:
        assert Shape.colour == Shape().colour == "grey"
    assert {warning.filename for warning in caught} == {__file__}
    with pytest.warns(DeprecationWarning, match=r"Shape\.grey_scale is deprecated: use gray_scale"):
        assert Shape().grey_scale(0.5) == "0.5 grey"
    with pytest.warns(DeprecationWarning, match=r"Disc\.centre is deprecated"):
        assert Disc(2.0).centre == 2.0


def test_old_names_set_the_new_ones():
    shape = Shape()
    with pytest.warns(DeprecationWarning, match=r"Shape\.colour"):
        shape.colour = "red"
    assert shape.color == "red"


def test_what_a_subclass_defines_under_an_old_name_counts_under_the_new_one():
    with pytest.warns(DeprecationWarning, match=r"^Ball\.colour is deprecated: use color$") as caught:

        class Ball(Shape):
            colour = "blue"

    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Ball.color == Ball().color == "blue"
        assert Ball().gray_scale(1) == "1 blue"
        assert Shape.color == "grey"
    with pytest.warns(DeprecationWarning, match=r"Ball\.colour"):
        assert Ball.colour == "blue"


def test_of_both_names_the_new_one_counts():
    with pytest.warns(DeprecationWarning, match=r"Ball\.colour"):

        class Ball(Shape):
            colour = "blue"
            color = "red"

    assert Ball.color == "red"


def test_new_names_do_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        class Ball(Shape):
            color = "red"

        assert (Ball.color, Disc(1.0).center) == ("red", 1.0)
        assert repr(Disc(1.0)) == "Disc(center=1.0)"
