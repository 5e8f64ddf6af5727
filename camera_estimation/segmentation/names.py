"""A segmenter and its model as the command line names them. Nothing heavy is imported here."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from camera_estimation.errors import InputError
from camera_estimation.segmentation.segmenter import segmenter_registry

DEFAULT_SEGMENTER = "plain"


@dataclass(frozen=True)
class SegmenterName:
    """A segmenter and, where it is a network, its model: ``rembg:u2net``. A model of SAM may be a folder."""

    segmenter: str
    model: str = ""

    def __str__(self) -> str:
        return f"{self.segmenter}:{self.model}" if self.model else self.segmenter


def segmenter_name(text: str) -> SegmenterName:
    """``NAME`` or ``NAME:MODEL`` with the default model put in. Raises InputError for an unknown one."""
    name, _, model = text.partition(":")
    segmenters = segmenter_registry.classes()
    if name not in segmenters:
        near = difflib.get_close_matches(name.lower(), segmenters, n=1)
        meant = f"did you mean {near[0]}? " if near else ""
        raise InputError(f"--segmenter {text}: {meant}choose one of {', '.join(segmenters)}")
    segmenter = segmenters[name]
    if model and not segmenter.default_model:
        raise InputError(f"--segmenter {text}: {name} has no models; leave ':{model}' away")
    model = model or segmenter.default_model
    if segmenter.models and model not in segmenter.models:
        raise InputError(f"--segmenter {name}:{model}: unknown model; choose one of {', '.join(segmenter.models)}")
    return SegmenterName(name, model)
