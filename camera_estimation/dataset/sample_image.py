"""A sample's picture as its estimate sees it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from camera_estimation.configuration import Configuration
from camera_estimation.dataset.image_sources import ImageSources
from camera_estimation.dataset.known_intrinsics import Intrinsics, KnownCamera, KnownIntrinsics
from camera_estimation.dataset.pairing import Sample

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import UInt8
    from torch import Tensor

    from camera_estimation.images import SourceImage


@dataclass(frozen=True)
class SampleImage:
    """A picture with what is known of its camera.

    Args:
        source: As its file has it.
        image: What is estimated: the source or, if its lens distorts, what a pinhole shows of it.
        intrinsics: Of ``image``; None: they are not known.
        remarks: Lines about what was assumed.
    """

    source: SourceImage
    image: SourceImage
    intrinsics: Intrinsics | None
    remarks: tuple[str, ...] = ()


def load_sample_image(
    sample: Sample,
    images: ImageSources,
    intrinsics: KnownIntrinsics,
    config: Configuration,
    known: UInt8[np.ndarray, "H W"] | None = None,
) -> SampleImage:
    """The picture of a sample, with its object's mask and all that is known of it.

    Args:
        sample: What is asked for.
        images: Where files that belong to images are.
        intrinsics: Cameras by the names of images; those that came with the sample are believed before them.
        config: Says how masks are made, and how evidence is read.
        known: 0 where the picture is known to show something in front of the object, and else 255; None: nothing is.

    Raises:
        InputError: A file cannot be used, or the intrinsics are of pictures of another form; one line.
    """
    return _through_lens(sample, images.load(sample, config), intrinsics, config, known)


def load_followed_image(
    sample: Sample,
    images: ImageSources,
    intrinsics: KnownIntrinsics,
    config: Configuration,
    plain_background: bool,
) -> SampleImage:
    """The picture of a frame that is followed from the one before; arguments and errors are those of
    ``load_sample_image`` and ``ImageSources.load_followed``."""
    return _through_lens(sample, images.load_followed(sample, config, plain_background), intrinsics, config, None)


def _through_lens(
    sample: Sample,
    source: SourceImage,
    intrinsics: KnownIntrinsics,
    config: Configuration,
    known: UInt8[np.ndarray, "H W"] | None,
) -> SampleImage:
    if known is not None:
        source = replace(source, known=_as_tensor(known))
    given = intrinsics.of(sample.image_path) if sample.intrinsics is None else KnownCamera(sample.intrinsics)
    if given is None:
        return SampleImage(source, source, None)
    camera = given.scale_to(source.width, source.height)
    remarks = []
    if given.size is not None and camera is not given:
        remarks.append(
            f"intrinsics of {given.size[0]} x {given.size[1]} pixels are scaled to {source.width} x {source.height}"
        )
    lens = camera.lens(source.width, source.height)
    if lens is None:
        return SampleImage(source, source, camera.intrinsics, tuple(remarks))
    from camera_estimation.images import undistort_image

    if config.camera.optimize_fov == "on":
        remarks.append("its lens distorts, so that its focal length is taken as it is given")
    image = undistort_image(source, lens)
    assert image.window is not None
    if not image.window.complete:
        remarks.append("its lens sees more than is looked at: what is more than 60 degrees aside is left out")
    return SampleImage(source, image, image.window.intrinsics, tuple(remarks))


def _as_tensor(known: UInt8[np.ndarray, "H W"]) -> UInt8[Tensor, "1 H W"]:
    import torch

    return torch.from_numpy(known)[None]
