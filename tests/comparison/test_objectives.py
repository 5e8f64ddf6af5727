from __future__ import annotations

import pytest

from camera_estimation.comparison.objectives import ComparedObjective, select_objectives, with_folders
from camera_estimation.configuration import LossConfig
from camera_estimation.errors import InputError
from camera_estimation.losses import loss_registry
from tests.support.comparisons import OBJECTIVES

COMPOSED = LossConfig(
    "four terms", terms=({"term": "l1"}, {"term": "l2", "weight": 0.5}, {"term": "ssim"}, {"term": "boundary"})
)


@pytest.fixture(autouse=True)
def own_registry():
    with loss_registry.isolate():
        yield


def labels(selection):
    return [objective.label for objective in selection.objectives]


def test_without_names_all_that_can_run_here_are_compared(tmp_path):
    (tmp_path / "own.py").write_text(OBJECTIVES)
    selection = select_objectives(LossConfig(file=str(tmp_path / "own.py")), (), {})
    assert {"silhouette_color", "l1l2", "ssim", "mask_only", "broken"} <= set(labels(selection))
    assert "absent" not in labels(selection)
    assert "absent" in selection.remarks[0]


def test_a_composed_objective_is_compared_with_the_packaged_ones():
    assert labels(select_objectives(COMPOSED, (), {}))[0] == "four terms"
    chosen = select_objectives(COMPOSED, ("ssim", "four terms", "ssim"), {}).objectives
    assert [(item.loss.name, len(item.loss.terms)) for item in chosen] == [("ssim", 0), ("four terms", 4)]


def test_options_reach_the_objectives_that_have_them():
    chosen = select_objectives(LossConfig(), ("l1l2", "mask_only"), {"l1_weight": 0.25, "blur": 1.0}).objectives
    assert [item.loss.options for item in chosen] == [{"l1_weight": 0.25, "blur": 1.0}, {"blur": 1.0}]
    with pytest.raises(InputError, match="no option 'nett'"):
        select_objectives(LossConfig(), ("l1l2", "mask_only"), {"nett": "alex"})


@pytest.mark.parametrize("label", ["../../etc", "a/b", ".", "", "con", "sources", "a\0b", "  ", "ünïcode", "x" * 30])
def test_folders_are_safe_names(label):
    first, second = with_folders([ComparedObjective(label, "", LossConfig())] * 2)
    for folder in (first.folder, second.folder):
        assert folder
        assert not set(folder) & set("/\\.:\0 ")
        assert folder not in ("con", "sources")
    assert first.folder.casefold() != second.folder.casefold()
