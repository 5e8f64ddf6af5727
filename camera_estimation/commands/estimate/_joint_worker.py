"""From the samples of one mesh, estimated together, to their entries and files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from camera_estimation.commands.estimate._worker import LoadedSample, SampleOutcome, SampleWorker
from camera_estimation.dataset import Sample

if TYPE_CHECKING:
    from camera_estimation.estimation import JointSolution, PoseHypotheses, SolvedImages

FEWEST = 2  # images that have anything in common
Alone = dict[Sample, "tuple[LoadedSample, PoseHypotheses]"]


class JointWorker:
    """Turns the samples of one mesh into entries, files and the mesh's part of joint.json.

    Args:
        single: Loads and writes samples, and estimates those that have nothing to be estimated together with.
        keep: Takes what joint.json is to say of a mesh; None: it is written.
    """

    def __init__(self, single: SampleWorker, keep: Callable[[dict[str, Any]], None] | None = None) -> None:
        self.single, self.plan, self.progress = single, single.plan, single.progress
        self._keep = keep

    def process(self, samples: Sequence[Sample]) -> Iterator[SampleOutcome]:
        """How each of the samples, all of one mesh, ended. One that fails does not stop the others."""
        alone: Alone = {}
        failed: list[Sample] = []
        for sample in self._members(samples):
            self.progress.start(sample.name)
            found = self.single.attempt(sample, partial(self._propose, sample))
            if isinstance(found, SampleOutcome):
                failed.append(sample)
                yield found
            else:
                alone[sample] = found
        left = [sample for sample in samples if sample not in failed]
        if len(alone) < FEWEST:
            yield from self.single.process(left)
            return
        solved = self.single.attempt(left[0], partial(self._solve, alone))
        if isinstance(solved, SampleOutcome):
            yield from (self.single.fail(sample, solved.entry["error"], solved.details) for sample in left)
            return
        self._tell(left, list(alone), solved.solution)
        for sample in left:
            self.progress.start(sample.name)
            yield self.single.attempt(sample, partial(self._decide, sample, alone, solved))

    def _members(self, samples: Sequence[Sample]) -> list[Sample]:
        """Those that tell what is shared."""
        from camera_estimation.estimation import spread

        return [samples[place] for place in spread(len(samples), self.plan.config.joint.images)]

    def _propose(self, sample: Sample) -> tuple[LoadedSample, PoseHypotheses]:
        from camera_estimation.estimation import JointEstimator

        loaded = self.single.load(sample)
        joint = JointEstimator(loaded.estimator)
        return loaded, joint.propose(loaded.image, loaded.intrinsics, self.progress.stage)

    def _solve(self, alone: Alone) -> SolvedImages:
        from camera_estimation.estimation import JointEstimator

        self.progress.stage("joint", None)
        members = list(alone.values())
        joint = JointEstimator(members[0][0].estimator)
        return joint.solve([poses for _, poses in members], [loaded.intrinsics for loaded, _ in members])

    def _decide(self, sample: Sample, alone: Alone, solved: SolvedImages) -> SampleOutcome:
        from camera_estimation.tracking import JOINT, LocatedEstimate

        if sample in alone:
            loaded, _ = alone[sample]
            estimate = solved.decide(list(alone).index(sample))
        else:
            loaded = self.single.load(sample)
            estimate = solved.estimate(loaded.image, loaded.intrinsics, self.progress.stage)
        return self.single.prepare(loaded, LocatedEstimate(estimate, JOINT))

    def _tell(self, samples: Sequence[Sample], members: Sequence[Sample], solution: JointSolution) -> None:
        """Of what is shared, in joint.json and on the terminal."""
        from camera_estimation.results import JointFile, joint_group

        keep = self._keep or JointFile(self.plan.output_dir).put
        keep(joint_group(samples, members, solution))
        for sample, took_part in zip(members, solution.took_part, strict=True):
            if not took_part:
                self.progress.remark(f"{sample.name}: did not count for what the images share, as it fits far worse")
        mesh, counted = samples[0].mesh_path.name, f"{sum(solution.took_part)} of {len(samples)} images"
        bent = solution.coefficients is not None
        shape = f"is bent by {solution.deformation:.3f} of its radius" if bent else "is not bent"
        self.progress.remark(f"{mesh}: {shape} in {counted} together")
