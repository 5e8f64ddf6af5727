"""What is still to be done of a run, in pieces, and what becomes of a piece whose worker is lost."""

from __future__ import annotations

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from camera_estimation.commands.estimate._worker import SampleOutcome
from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.commands.estimate.work import EstimateWork, WorkedSample, work_of
from camera_estimation.dataset import Sample, sequence_keys

MOST_LOSSES = 2  # workers that a sample may cost: after as many it fails
TIMEOUT_ADVICE = "allow it more by --timeout, or leave it out"


@dataclass(eq=False)
class WorkPiece:
    """Samples that one worker does, one after the other.

    Attributes:
        samples: In their order; of a sequence its finished frames too.
        mesh: Of the first.
        bound: Whether its samples depend on each other.
        left: Those, by name, of which no outcome has come yet.
        joint: Whether they are estimated together, so that all are found or none.
    """

    samples: tuple[Sample, ...]
    mesh: Path
    bound: bool
    left: dict[str, Sample]
    joint: bool = False

    @property
    def present(self) -> Sample | None:
        """The sample that is estimated now, if a worker is at the piece; of a mesh's images that are estimated together
        the first that is not through."""
        return next(iter(self.left.values()), None)

    def is_late(self, since: float, limit: float) -> bool:
        """Whether a worker has been at its sample for too long; images that are estimated together, of which none has
        come back, have the time of all.

        Args:
            since: When it was sent the piece or the last outcome came, as ``time.monotonic`` has it.
            limit: Seconds for a sample.
        """
        together = len(self.left) if self.joint else 1
        return time.monotonic() - since > limit * together


class WorkQueue:
    """The pieces of a run: frames that depend on each other in one, a mesh's images one by one or some together.

    Args:
        plan: Of the run.
        groups: All samples, those that are estimated at once together.
        names: Of the samples to estimate.
        known: The entries of samples that are finished, also of those that end meanwhile.
        fail: Gives the outcome of a sample that fails for a reason, and takes away what is left of it.
    """

    def __init__(
        self,
        plan: EstimatePlan,
        groups: Sequence[Sequence[Sample]],
        names: set[str],
        known: Mapping[str, Mapping[str, Any]],
        fail: Callable[[Sample, str], SampleOutcome],
    ) -> None:
        self.plan, self._known, self.fail = plan, known, fail
        self._losses: Counter[str] = Counter()  # by the names of samples
        self._holders: Counter[Path] = Counter()  # of meshes, by workers that are at one of their pieces
        self._waiting: OrderedDict[Path, deque[WorkPiece]] = OrderedDict()
        self._count = 0
        for samples in _bind_sequences(plan, groups):
            left = {sample.name: sample for sample in samples if sample.name in names}
            if left:
                self._put(WorkPiece(tuple(samples), samples[0].mesh_path, len(samples) > 1, left, plan.joint))

    def __len__(self) -> int:
        """Pieces that nobody has taken."""
        return self._count

    @property
    def meshes(self) -> int:
        """Of how many different meshes these are."""
        return len(self._waiting)

    def take(self, mesh: Path | None = None, most: int = 1) -> WorkPiece | None:
        """The next piece for a worker; None: there is none, for now.

        Args:
            mesh: That the worker has at hand: its pieces come first. Else those of a mesh that no other worker is at.
            most: Samples that it may have, if they are of one mesh and do not depend on each other.
        """
        if not self._waiting:
            return None
        chosen = mesh if mesh is not None and mesh in self._waiting else self._choose_mesh()
        pieces = self._waiting[chosen]
        taken = [pieces.popleft()]
        while pieces and len(taken) < most and not (taken[0].bound or pieces[0].bound):
            taken.append(pieces.popleft())
        if not pieces:
            del self._waiting[chosen]
        self._count -= len(taken)
        self._holders[chosen] += 1
        if len(taken) == 1:
            return taken[0]
        samples = tuple(sample for piece in taken for sample in piece.samples)
        return WorkPiece(samples, chosen, False, {sample.name: sample for sample in samples})

    def work(self, piece: WorkPiece) -> EstimateWork:
        """What a worker is sent."""
        if not piece.bound:
            return work_of(self.plan, list(piece.left.values()))
        if piece.joint:
            return work_of(self.plan, piece.samples)
        finished = {sample.name: self._known.get(sample.name) for sample in piece.samples}
        known = {
            name: dict(entry)
            for name, entry in finished.items()
            if name not in piece.left and entry is not None and entry["status"] == "ok"
        }
        samples = [sample for sample in piece.samples if sample.name in known or sample.name in piece.left]
        return work_of(self.plan, samples, known)

    def note(self, piece: WorkPiece, worked: WorkedSample) -> bool:
        """A sample of a piece has come back; whether it was the last one."""
        piece.left.pop(worked.outcome.sample.name, None)
        if not piece.left:
            self._release(piece)
        return not piece.left

    def give_back(self, piece: WorkPiece) -> None:
        """What is left of a piece is not begun, or can be begun again; no worker is at it any more."""
        self._release(piece)
        if piece.joint:  # what is found together is found anew
            piece.left = {sample.name: sample for sample in piece.samples}
        self._put(piece, first=True)

    def lose(self, piece: WorkPiece, reason: str, advice: str = "", *, again: bool = True) -> Sequence[WorkedSample]:
        """The worker that was at a piece is gone: the sample that it was at is tried once more, if it may, else failed;
        those after it are put back.

        Args:
            piece: Of which something is left.
            reason: What happened, as in "its worker was killed by SIGKILL".
            advice: What can be done about it.
            again: Whether the sample is tried again.

        Returns:
            The samples that failed by it.
        """
        present = piece.present
        if present is None:
            return ()
        self._losses[present.name] += 1
        if again and self._losses[present.name] < MOST_LOSSES:
            self.give_back(piece)
            return ()
        failing = list(piece.left.values()) if piece.joint else [present]
        for sample in failing:
            piece.left.pop(sample.name)
        if piece.left:
            self.give_back(piece)
        else:
            self._release(piece)
        told = f"{reason} twice" if self._losses[present.name] > 1 else reason
        told = f"{told}: {advice}" if advice else told
        return [WorkedSample(self.fail(sample, told), ()) for sample in failing]

    def time_out(self, piece: WorkPiece, limit: float) -> Sequence[WorkedSample]:
        """The worker that was at a piece took longer than ``limit`` seconds for its sample, and was ended; as ``lose``,
        but not tried again."""
        return self.lose(piece, f"took more than {limit:g} s and was ended", TIMEOUT_ADVICE, again=False)

    def _put(self, piece: WorkPiece, first: bool = False) -> None:
        pieces = self._waiting.setdefault(piece.mesh, deque())
        if first:
            pieces.appendleft(piece)
            self._waiting.move_to_end(piece.mesh, last=False)
        else:
            pieces.append(piece)
        self._count += 1

    def _release(self, piece: WorkPiece) -> None:
        self._holders[piece.mesh] -= 1
        if self._holders[piece.mesh] <= 0:
            del self._holders[piece.mesh]

    def _choose_mesh(self) -> Path:
        """The first that nobody is at, else that of which most is left for each who is."""
        free = next((mesh for mesh in self._waiting if mesh not in self._holders), None)
        if free is not None:
            return free
        return max(self._waiting, key=lambda mesh: len(self._waiting[mesh]) / (1 + self._holders[mesh]))


def _bind_sequences(plan: EstimatePlan, groups: Sequence[Sequence[Sample]]) -> Iterator[Sequence[Sample]]:
    """The groups, with frames of one sequence, of which each starts from the one before, in one."""
    keys = sequence_keys(plan.consecutive)
    sequences: dict[Hashable, list[Sample]] = {}
    for group in groups:
        if group[0].name in keys:
            sequences.setdefault(keys[group[0].name], []).extend(group)
        else:
            yield group
    yield from sequences.values()
