"""Work that puts another mesh into a photograph, or into all frames of a sequence."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.errors import InputError
from camera_estimation.studio.jobs._insertion_values import place_values, values_of_inserted
from camera_estimation.studio.shelf import PlacementWish, ShownInsertion, check_wish, insertion_command, round_wish

if TYPE_CHECKING:
    from camera_estimation.commands.insert import InsertedSample, Inserter
    from camera_estimation.configuration import LightConfig
    from camera_estimation.export import PosedImage
    from camera_estimation.lighting.insertion import Placement
    from camera_estimation.mesh import TexturedMesh
    from camera_estimation.studio.jobs.job import Job
    from camera_estimation.studio.jobs.workplace import Workplace
    from camera_estimation.studio.shelf import Subject

INSERTIONS = "insert"  # folder of what was made
MOST_PIXELS_INSERTED = 24_000_000  # of a photograph: some 100 bytes of memory each


@dataclass(frozen=True)
class InsertionWish:
    """What is to be put in.

    Args:
        object_path: The file of the mesh.
        placement: Where it stands.
        light: The settings of the light.
    """

    object_path: Path
    placement: PlacementWish
    light: LightConfig


def propose_place(place: Workplace, subject: Subject, object_path: Path, wish: PlacementWish) -> dict[str, Any]:
    """Where an object stands in a sample, as the page draws it.

    Args:
        place: Where it is done.
        subject: The sample.
        object_path: The file of the mesh that is put in.
        wish: What is asked for.

    Raises:
        InputError: The sample has no result, a file cannot be read, or there is no such place.
    """
    inserted = place.estimators.mesh(object_path)
    placement, source = _place_in(place, subject, inserted, wish)
    return place_values(placement, source, inserted, place.estimators.mesh(subject.sample.mesh_path), wish)


def insert_into_subject(job: Job, place: Workplace, subject: Subject, wish: InsertionWish) -> None:
    """The object in one photograph. Raises InputError."""
    image, remarks = place.image(subject), _Remarks(job)
    _check_size(image)
    inserter = _make_inserter(job, place, wish, wish.placement, remarks, "")
    inserter.begin([image])
    made = inserter.insert(image)
    job.check()
    command = insertion_command([subject], wish.object_path, wish.placement, wish.light)
    _keep_insertion(subject, image, made, wish.placement, command, remarks.take())
    job.tell("inserted", number=subject.number)


def insert_into_frames(
    job: Job, place: Workplace, frames: Sequence[Subject], current: Subject, wish: InsertionWish
) -> Path:
    """The object at one place in all frames of a sequence, under one light.

    Args:
        job: Tells of every frame.
        place: Where it is done.
        frames: The sequence in its order; those without a result are left out.
        current: The frame that the place is told of.
        wish: What is put in.

    Returns:
        The video, or a ZIP archive of the pictures where none can be written.

    Raises:
        InputError: No frame has a result, or it fails in all.
    """
    from camera_estimation.commands.insert import insert_into_group
    from camera_estimation.io import missing_for_videos

    finished = {frame.sample.name: frame for frame in frames if frame.run is not None and frame.run == current.run}
    images = _sequence_of([place.image(frame) for frame in finished.values()], current.sample.name)
    for image in images:
        _check_size(image)
    inserted = place.estimators.mesh(wish.object_path)
    first = _wish_from(place, images[0], _place_in(place, current, inserted, wish.placement)[0], wish.placement)
    remarks = _Remarks(job)
    inserter = _make_inserter(job, place, wish, first, remarks, f"frame {{}} of {len(images)}: ")
    group = [finished[image.name] for image in images]
    command = insertion_command(group, wish.object_path, first, wish.light)

    def finish(image: PosedImage, made: InsertedSample) -> None:
        subject = finished[image.name]
        own = _wish_from(place, image, made.placement, wish.placement)
        _keep_insertion(subject, image, made, own, command, remarks.take())
        job.tell("inserted", number=subject.number)

    outcome = insert_into_group(inserter, images, 1, finish, lambda name, text: job.remark(f"{name}: {text}"))
    if not outcome.count:
        raise InputError(outcome.failures[0][1])
    if outcome.video is not None:
        return outcome.video
    if lacking := missing_for_videos():
        job.remark(f"the pictures come as a ZIP archive, and no video: {lacking}")
    return _zip_pictures([frame.insertion for frame in group], inserter.plan.output_dir)


def _sequence_of(images: Sequence[PosedImage], name: str) -> list[PosedImage]:
    """Those that ``camera-insert`` takes for one sequence with the sample of that name. Raises InputError if there are
    fewer than two."""
    from camera_estimation.commands.insert import group_images

    for group in group_images(images):
        if len(group) > 1 and name in [image.name for image in group]:
            return group
    raise InputError(f"{name}: follows no frame and none follows it; track onwards from a frame that is right first")


def _place_in(place: Workplace, subject: Subject, inserted: TexturedMesh, wish: PlacementWish) -> tuple[Placement, str]:
    from camera_estimation.lighting.insertion import place_object

    image = place.image(subject)
    _check_size(image)
    scene = place.scenes.open(image)
    check_wish(wish, scene.renderer.mesh, inserted)
    return place_object(wish.request(_own_axis(subject)), scene.photograph, scene.renderer, inserted)


def _wish_from(place: Workplace, image: PosedImage, placement: Placement, wish: PlacementWish) -> PlacementWish:
    """The wish that gives a placement in another frame, whose camera it is turned to."""
    from msgspec.structs import replace as change

    from camera_estimation.lighting.insertion import heading_turn

    turn = heading_turn(placement.axes, image.camera, placement.base)
    x, y, z = placement.base.tolist()
    return round_wish(change(wish, point=(x, y, z), scale=placement.scale, turn_deg=math.degrees(turn)))


def _make_inserter(
    job: Job, place: Workplace, wish: InsertionWish, placement: PlacementWish, remarks: _Remarks, prefix: str
) -> Inserter:
    from camera_estimation.commands.insert import Inserter, InsertPlan

    inserted = place.estimators.mesh(wish.object_path)
    count = 0

    def step(stage: str) -> None:
        nonlocal count
        count += stage == "light"
        job.report(f"{prefix.format(count)}{stage}", None)

    plan = InsertPlan(
        groups=[],
        inserted=replace(inserted.to(place.scenes.device), path=wish.object_path),
        placement=placement.request("+y"),
        object_up=placement.object_up,
        config=wish.light,
        light=None,
        light_sample=None,
        output_dir=place.session.options.output_dir / INSERTIONS,
        frames_per_second=None,
        device=place.scenes.device,
        quiet=True,
    )
    return Inserter(plan, remarks, place.scenes, step)


class _Remarks:
    """Lines that are told, and kept for the sample that they are of, without what only the command has."""

    def __init__(self, job: Job) -> None:
        self._job, self._lines = job, list[str]()

    def __call__(self, line: str) -> None:
        short = line.partition("; --")[0]
        self._lines.append(short)
        self._job.remark(short)

    def take(self) -> list[str]:
        lines, self._lines = self._lines, []
        return lines


def _keep_insertion(
    subject: Subject,
    image: PosedImage,
    made: InsertedSample,
    wish: PlacementWish,
    command: str,
    remarks: Sequence[str],
) -> None:
    from camera_estimation.commands.insert import INSERTED_NAME, INSERTION_NAME

    values = values_of_inserted(made, image.camera, wish)
    files = made.folder / INSERTED_NAME, made.folder / INSERTION_NAME
    subject.insertion = ShownInsertion(*files, {**values, "command": command, "remarks": list(remarks)})


def _own_axis(subject: Subject) -> str:
    from camera_estimation.commands.insert import DEFAULT_UP

    return DEFAULT_UP if subject.settings is None else subject.settings.model.up_axis


def _check_size(image: PosedImage) -> None:
    pixels = image.camera.width * image.camera.height
    if pixels > MOST_PIXELS_INSERTED:
        raise InputError(
            f"{image.name}: has {pixels / 1e6:.0f} million pixels, more than the {MOST_PIXELS_INSERTED // 1_000_000} "
            "that the page puts objects into; give its run to camera-insert"
        )


def _zip_pictures(insertions: Sequence[ShownInsertion | None], folder: Path) -> Path:
    archive = folder / "inserted.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
        for made in insertions:
            if made is not None:
                packed.write(made.picture, f"{made.picture.parent.name}.png")
    return archive
