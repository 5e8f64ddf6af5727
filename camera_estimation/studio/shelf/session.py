"""What a studio was started with, and what came to it since."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.batch import EXAMPLE_FOLDER, EXAMPLE_INTRINSICS, EXAMPLE_SAMPLE, SampleRequest, find_inputs
from camera_estimation.configuration import Configuration
from camera_estimation.dataset import ImageSources, KnownIntrinsics, Sample, load_intrinsics
from camera_estimation.errors import InputError
from camera_estimation.losses import SEMANTIC_TERM, uses_term
from camera_estimation.results import (
    PoseFile,
    RunRecord,
    camera_of,
    failure_entry,
    pose_entry,
    sample_folder,
    write_sample,
)
from camera_estimation.studio.shelf._places import keep_within
from camera_estimation.studio.shelf._run_samples import RunSample, read_run_samples
from camera_estimation.studio.shelf.subject import Subject
from camera_estimation.studio.shelf.uploads import UploadShelf

if TYPE_CHECKING:
    from camera_estimation.dataset import SampleImage
    from camera_estimation.estimation import CameraEstimate, CameraEstimator
    from camera_estimation.evaluation import GroundTruth
    from camera_estimation.geometry import Camera

UPLOADS, MARKS, RUN = "inputs", "marks", "run"


@dataclass(frozen=True, kw_only=True)
class StudioOptions:
    """What the studio is started with: files as ``camera-estimate`` names them, and a finished run.

    Attributes:
        output_dir: Where uploads, marks and results are kept.
    """

    output_dir: Path
    input_dir: Path | None = None
    source_images_dir: Path | None = None
    masks_dir: Path | None = None
    intrinsics: Path | None = None
    ground_truth: Path | None = None
    run: Path | None = None
    device: str = "auto"


@dataclass(eq=False)
class StudioSession:
    """Everything on the page.

    Attributes:
        options: What it was started with.
        subjects: The samples by their numbers.
        uploads: Files that were dropped.
        intrinsics: Of the pictures that were given.
        remarks: Lines about what was given and is not used.
        truth: True cameras, where they were given.
    """

    options: StudioOptions
    subjects: dict[int, Subject] = field(default_factory=dict)
    intrinsics: KnownIntrinsics = field(default_factory=KnownIntrinsics)
    remarks: list[str] = field(default_factory=list)
    truth: GroundTruth | None = None

    def __post_init__(self) -> None:
        self.uploads = UploadShelf(self.options.output_dir / UPLOADS)

    @property
    def run_folder(self) -> Path:
        """Of the results, as ``camera-estimate`` writes them."""
        return self.options.output_dir / RUN

    def subject(self, number: object) -> Subject:
        """The sample of a number. Raises InputError if there is none."""
        found = self.subjects.get(number) if isinstance(number, int) else None
        if found is None:
            raise InputError(f"there is no sample {number}; reload the page")
        return found

    def add(self, sample: Sample, origin: str, sources: ImageSources | None = None) -> Subject:
        """Put a sample on the page; its name is made one of its own."""
        taken = {subject.sample.name.casefold() for subject in self.subjects.values()}
        name, number = sample.name, 1
        while name.casefold() in taken:
            number += 1
            name = f"{sample.name}_{number}"
        key = len(self.subjects) + 1
        folder = self.options.output_dir / MARKS / name
        subject = Subject(key, replace(sample, name=name), origin, folder, sources or ImageSources())
        self.subjects[key] = subject
        return subject

    def add_upload(self, mesh: object, picture: object) -> Subject:
        """A sample of two files that were dropped. Raises InputError if they were not."""
        mesh_path, image_path = self.uploads.find(mesh, "mesh"), self.uploads.find(picture, "picture")
        return self.add(Sample(image_path.stem, mesh_path, image_path), "upload")

    def object_path(self, values: Any) -> Path:
        """The file of a mesh that is put into photographs: one that was dropped, or that of a sample.

        Args:
            values: ``{"upload": NUMBER}`` or ``{"sample": NUMBER}``.

        Raises:
            InputError: There is none of that number.
        """
        if isinstance(values, dict) and "upload" in values:
            return self.uploads.find(values["upload"], "mesh")
        if isinstance(values, dict) and "sample" in values:
            return self.subject(values["sample"]).sample.mesh_path
        raise InputError("no object was chosen; choose one, or drop its mesh")

    def load(self, subject: Subject, config: Configuration) -> SampleImage:
        """The picture with its mask and all that was marked. Raises InputError."""
        from camera_estimation.dataset import load_sample_image

        intrinsics = load_intrinsics(EXAMPLE_INTRINSICS) if subject.origin == "example" else self.intrinsics
        sources = replace(subject.marked_sources, regions=uses_term(config.loss, SEMANTIC_TERM))
        return load_sample_image(subject.marked_sample, sources, intrinsics, config)

    def intrinsics_file(self, subject: Subject) -> Path | None:
        """The file with the intrinsics of its picture; None where there is none."""
        return EXAMPLE_INTRINSICS if subject.origin == "example" else self.options.intrinsics

    def true_camera(self, subject: Subject) -> Camera | None:
        """The camera that really took the picture, where that is known. Raises InputError for a damaged file."""
        if subject.origin == "example":
            tree = json.loads((EXAMPLE_FOLDER / "expected_camera.json").read_text(encoding="utf-8"))
            return camera_of(tree)
        entry = subject.entry or failure_entry(subject.sample, "")
        return None if self.truth is None else self.truth(entry)

    def record(
        self, subject: Subject, estimate: CameraEstimate, estimator: CameraEstimator, loaded: SampleImage, start: str
    ) -> list[str]:
        """Write the result of a sample into the session's run.

        Args:
            subject: The sample.
            estimate: Its result.
            estimator: Which made it.
            loaded: Its picture.
            start: Where the pose was looked for, as poses.json has it.

        Returns:
            Lines about what the files leave out.

        Raises:
            InputError: They cannot be written.
        """
        entry = pose_entry(subject.marked_sample, estimate, estimator.mesh, None, start)
        folder = sample_folder(self.run_folder, subject.sample.name)
        folder.mkdir(parents=True, exist_ok=True)
        image = estimate.apply_mask(loaded.source)
        written = write_sample(folder, entry, estimate, image, estimator.renderer)
        subject.entry, subject.estimate, subject.result_folder = entry, estimate, folder
        subject.run, subject.run_name, subject.insertion = self.run_folder, subject.sample.name, None
        self._write_poses(estimate.config, str(estimator.device))
        return list(written.remarks)

    def _write_poses(self, config: Configuration, device: str) -> None:
        entries = [subject.entry for subject in self.subjects.values() if subject.entry is not None]
        PoseFile(self.run_folder, [entry["name"] for entry in entries], entries).save()
        record = RunRecord(self.run_folder, config, device, ("camera-studio",))
        record.finish({"ok": len(entries), "failed": 0, "skipped": 0, "not_started": 0}, False)

    def sequences(self) -> list[list[int]]:
        """Numbers of samples that are consecutive pictures of something, in their order."""
        from camera_estimation.dataset import place_in_time, sequence_keys

        keys = sequence_keys([subject.sample for subject in self.subjects.values()])
        groups: dict[Any, list[Subject]] = {}
        for subject in self.subjects.values():
            groups.setdefault(keys[subject.sample.name], []).append(subject)
        ordered = [
            sorted(group, key=lambda subject: (place_in_time(subject.sample) or 0.0, subject.number))
            for group in groups.values()
            if all(place_in_time(subject.sample) is not None for subject in group)
        ]
        return [[subject.number for subject in group] for group in ordered if len(group) > 1]


def open_session(options: StudioOptions) -> StudioSession:
    """A session with the samples of what is given, and the packaged example.

    Raises:
        InputError: Something that is given cannot be used.
    """
    session = StudioSession(options)
    if options.input_dir is not None:
        _add_folder(session, options.input_dir)
    if options.run is not None:
        for found in read_run_samples(options.run):
            _add_finished(session, found)
    if options.intrinsics is not None:
        session.intrinsics = load_intrinsics(options.intrinsics)
    if options.ground_truth is not None:
        from camera_estimation.evaluation import load_ground_truth

        session.truth = load_ground_truth(options.ground_truth)
    session.add(EXAMPLE_SAMPLE, "example")
    return session


def _add_folder(session: StudioSession, input_dir: Path) -> None:
    options = session.options
    request = SampleRequest(
        config=Configuration(),
        input_dir=input_dir,
        source_images_dir=options.source_images_dir,
        masks_dir=options.masks_dir,
        intrinsics=options.intrinsics,
    )
    inputs = find_inputs(request, regions=False)
    roots = [path for path in (input_dir, options.source_images_dir, options.masks_dir) if path is not None]
    if input_dir.is_file() and options.source_images_dir is None:
        roots.append(input_dir.parent)
    samples, outside = keep_within(inputs.samples, roots)
    session.remarks += [*inputs.remarks(), *outside]
    for sample in samples:
        session.add(sample, "folder", inputs.images)


def _add_finished(session: StudioSession, found: RunSample) -> None:
    subject = session.add(found.sample, "run", ImageSources(masks_dir=session.options.masks_dir))
    subject.entry = None if found.entry is None else {**found.entry, "name": subject.sample.name}
    subject.result_folder, subject.settings = found.folder, found.settings
    subject.run, subject.run_name = None if found.entry is None else session.options.run, found.sample.name
