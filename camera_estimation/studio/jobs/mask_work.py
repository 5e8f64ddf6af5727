"""Work that proposes the mask of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from camera_estimation.errors import InputError
from camera_estimation.segmentation import FEWEST_OBJECT_PIXELS, FOREGROUND, Prompt

if TYPE_CHECKING:
    from camera_estimation.studio.jobs.job import Job
    from camera_estimation.studio.jobs.workplace import Workplace
    from camera_estimation.studio.shelf import Subject

PROPOSAL_NAME = "proposal.png"


def propose_mask(job: Job, place: Workplace, subject: Subject, segmenter: str, prompt: Prompt) -> None:
    """Write what a segmenter takes for the object, to be looked at and painted on.

    Args:
        job: Tells when it is there.
        place: Where it is done.
        subject: The sample.
        segmenter: Of the registry, with its default model.
        prompt: Where the object is; an empty one: anywhere.

    Raises:
        InputError: The segmenter cannot be used here, or finds nothing.
    """
    from PIL import Image

    from camera_estimation.images import read_upright
    from camera_estimation.io import write_image
    from camera_estimation.segmentation import (
        Picture,
        create_segmenter,
        foreground_levels,
        has_lossy_format,
        object_mask,
        segmenter_registry,
    )

    segmenter_registry.get(segmenter)  # a name alone: what follows a colon could be a folder of this machine
    job.report(segmenter, None)
    made = create_segmenter(segmenter, place.session.options.device)
    path = subject.sample.image_path
    rgb = np.ascontiguousarray(read_upright(path)[..., :3])
    prompts = {} if prompt.empty else {FOREGROUND: (prompt,)}
    job.check()
    mask = object_mask(Picture(path, rgb, has_lossy_format(path), prompts), made)
    job.check()
    if np.count_nonzero(mask >= 0.5) < FEWEST_OBJECT_PIXELS:
        raise InputError(f"{path.name}: {segmenter} finds no object; draw a box around it, or paint it")
    write_image(subject.folder / PROPOSAL_NAME, Image.fromarray(foreground_levels(mask)))
    job.tell("proposal", number=subject.number)
