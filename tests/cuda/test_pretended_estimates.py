"""The whole estimate on a device that is pretended: nothing mixes devices or is made on the wrong one, what is found is
what the CPU finds, and the device is waited for only where that is declared."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
import torch

from camera_estimation.estimation.estimator import CameraEstimator
from camera_estimation.estimation.result import CameraEstimate
from camera_estimation.losses import PoseScorer
from camera_estimation.refinement import _bfgs, deformation, gauss_newton, gradient_descent, levenberg_marquardt
from camera_estimation.search import frame_search
from tests.cuda.declared_waits import DESCEND, MINIMIZE, undeclared
from tests.support.pretended_cuda import pretend_cuda
from tests.support.pretended_launches import MixedDevicesError
from tests.support.small_estimates import Case, small_cases
from tests.support.waits import WaitLog

MESH, CASES = small_cases()


@dataclass
class Run:
    """An estimate on the pretended device, and what it waited for."""

    estimate: CameraEstimate
    undeclared: list[str]


def count_calls(patch: pytest.MonkeyPatch, function: Callable) -> Counter[str]:
    """Counts calls of a function of the package, wherever it was imported."""
    counted: Counter[str] = Counter()

    def call(*args, **kwargs):
        counted["calls"] += 1
        return function(*args, **kwargs)

    for name, module in list(sys.modules.items()):
        if name.startswith("camera_estimation.") and getattr(module, function.__name__, None) is function:
            patch.setattr(module, function.__name__, call)
    return counted


def estimate_on_cuda(name: str, case: Case) -> Run:
    log = WaitLog()
    with pytest.MonkeyPatch.context() as patch, pretend_cuda(log):
        steps = count_calls(patch, levenberg_marquardt.solve_damped)
        minimizations = count_calls(patch, levenberg_marquardt.minimize)
        descents = count_calls(patch, gradient_descent.descend)
        looks = count_calls(patch, deformation.linearize_with_deformation)
        tries, try_step = Counter(), _bfgs.BatchBfgs.try_step
        patch.setattr(_bfgs.BatchBfgs, "try_step", lambda *args: (tries.update(["calls"]), try_step(*args))[1])
        estimator = CameraEstimator(MESH, replace(case.config, device="cuda"))
        found = estimator.estimate(case.image, progress=lambda stage, _: setattr(log, "stage", stage))
    iterations = Counter({MINIMIZE: steps["calls"], DESCEND: tries["calls"]})
    calls = Counter({MINIMIZE: minimizations["calls"], DESCEND: descents["calls"]})
    return Run(found, undeclared(log, name, iterations, calls, looks["calls"]))


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) if n == "unmasked" else n for n in CASES])
def test_estimates(name, monkeypatch):
    for density in ("DENSE", "PLACE"):  # of the search without a mask: fewer views, to save time
        monkeypatch.setattr(frame_search, density, replace(getattr(frame_search, density), views=40, rolls=8))
    case = CASES[name]
    expected, found = CameraEstimator(MESH, case.config).estimate(case.image), estimate_on_cuda(name, case)
    assert not found.undeclared, "\n".join(found.undeclared)
    assert found.estimate.camera.rotation.device.type == "cpu"
    assert torch.equal(found.estimate.camera.world_to_camera, expected.camera.world_to_camera)
    assert found.estimate.loss == expected.loss
    assert found.estimate.occluded == expected.occluded == (name == "hidden")
    assert (found.estimate.deformation > 0) == (name == "bent")


def plant(monkeypatch, module, name: str, change: Callable) -> None:
    """Lets a function of the package do something else too, before its own work."""
    function = getattr(module, name)
    monkeypatch.setattr(module, name, lambda *args, **kwargs: (change(*args), function(*args, **kwargs))[1])


def wait_in_many_ways(residual, *_) -> None:
    cost = residual[:, 0, 0, 0].square()
    cost.sum().item()
    cost.cpu()
    cost[cost > 0]
    cost[[0]]
    torch.nonzero(cost)
    cost.new_tensor([1.0, 2.0])
    torch.tensor([0.5], device=cost.device)
    torch.linalg.inv(torch.eye(3, device=cost.device))
    if (cost > 0).all():
        cost.tolist()


WAYS = {
    *(
        "_local_scalar_dense",
        "_linalg_check_errors",
        "cpu",
        "tolist",
        "an index that is a mask",
        "an index of the host",
    ),
    *("nonzero", "new_tensor", "tensor"),
}


def test_planted_waits_are_found(monkeypatch):
    """In the loop of Levenberg and Marquardt: the lines say where, and why."""
    plant(monkeypatch, gauss_newton, "motion_equations", wait_in_many_ways)
    found = estimate_on_cuda("exact", CASES["exact"]).undeclared
    place = r"refinement/gauss_newton\.py:\d+ \(linearize_image\) waits for the device in each iteration of .*"
    assert {re.fullmatch(place + r": (.*), \d+ times", line)[1] for line in found} == WAYS


def test_one_planted_wait_is_found(monkeypatch):
    plant(monkeypatch, gauss_newton, "motion_equations", lambda residual, *_: residual[0, 0, 0, 0].item())
    (line,) = estimate_on_cuda("exact", CASES["exact"]).undeclared
    assert line.startswith("refinement/gauss_newton.py:")


def test_a_planted_wait_beside_a_declared_one_is_found(monkeypatch):
    """One more where one is declared, called from the loop itself."""
    plant(monkeypatch, levenberg_marquardt, "promised_gain", lambda current, step: bool(current.cost.isnan().any()))
    found = estimate_on_cuda("exact", CASES["exact"]).undeclared
    assert any(line.startswith("refinement/levenberg_marquardt.py:") for line in found)


def test_a_planted_wait_between_levels_is_found(monkeypatch):
    plant(monkeypatch, gauss_newton, "weigh_score", lambda look, focal: [float(look.score[0]) for _ in range(3)])
    found = estimate_on_cuda("exact", CASES["exact"]).undeclared
    assert "refinement/gauss_newton.py" in found[0]
    assert "stage 'refine'" in found[0]


@pytest.mark.parametrize(
    "constant",
    [lambda: torch.tensor([0.1, 0.2, 0.3, 0.4])[:, None, None], lambda: torch.arange(1.0)],
    ids=["tensor", "arange"],
)
def test_a_planted_constant_of_the_cpu_is_found(monkeypatch, constant):
    plant(monkeypatch, gauss_newton, "motion_equations", lambda residual, *_: residual + constant())
    with pytest.raises(MixedDevicesError, match=r"same device.*refinement/gauss_newton\.py:\d+"):
        estimate_on_cuda("exact", CASES["exact"])


def test_a_target_that_was_left_on_the_cpu_is_found(monkeypatch):
    monkeypatch.setattr(PoseScorer, "target", property(lambda self: torch.zeros(self.view.rgba.shape)))
    with pytest.raises(MixedDevicesError, match=r"losses/appearance\.py:\d+"):
        estimate_on_cuda("exact", CASES["exact"])
