"""Names of a class's attributes that a user's file may still have from version 0.1."""

from __future__ import annotations

import warnings

import pytest

from camera_estimation.losses._term_spec import TermSpec
from camera_estimation.losses.composition import ComposedObjective
from camera_estimation.losses.objective import LossObjective
from camera_estimation.losses.registry import loss_classes
from tests.support.shape_checks import without_shape_checks


@without_shape_checks
def test_old_names_of_a_class_count_and_warn():
    with pytest.warns(DeprecationWarning, match=r"^Mine\.") as caught:

        class Mine(LossObjective):
            made_of = "edges"
            good_for = "print"
            needs = "patience"
            minimised_by_gauss_newton = True

            def compute_loss(self, *images, **kwargs):
                raise NotImplementedError

    assert sorted(str(warning.message) for warning in caught) == [
        "Mine.good_for is deprecated: use description",
        "Mine.made_of is deprecated: use formula",
        "Mine.minimised_by_gauss_newton is deprecated: use minimized_by_gauss_newton",
        "Mine.needs is deprecated: use requirements",
    ]
    assert {warning.filename for warning in caught} == {__file__}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (Mine.formula, Mine.description, Mine().requirements) == ("edges", "print", "patience")
        assert Mine.minimized_by_gauss_newton
    with pytest.warns(DeprecationWarning, match=r"Mine\.made_of"):
        assert Mine.made_of == "edges"


def test_old_names_of_packaged_classes_can_be_read():
    classes = loss_classes()
    for old, new in {"made_of": "formula", "good_for": "description", "needs": "requirements"}.items():
        for cls in classes.values():
            with pytest.warns(DeprecationWarning, match=rf"{cls.__name__}\.{old} is deprecated: use {new}"):
                assert getattr(cls, old) == getattr(cls, new)


def test_a_composition_can_say_itself_what_it_is():
    class Mine(ComposedObjective):
        composition = (TermSpec("l1"), TermSpec("lpips", 0.5))

    class Described(Mine):
        formula = "colours and texture"

    assert (Mine.formula, Mine.requirements) == ("L1 + 0.5 LPIPS", "weights of LPIPS")
    assert Described.formula == "colours and texture"
    assert Described.requirements == Mine.requirements
