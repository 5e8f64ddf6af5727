"""Which segmenters there are, as the command line names them. Nothing heavy is imported here."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from camera_estimation.errors import InputError

DEFAULT_SEGMENTER = "plain"
SEGMENTERS = ("plain", "grabcut", "rembg", "sam2", "sam3")
# Those that run here and mark one foreground; rembg knows others that ask a service, or need prompts of their own.
REMBG_MODELS = (
    "u2netp",
    "u2net",
    "u2net_human_seg",
    "silueta",
    "isnet-general-use",
    "isnet-anime",
    "birefnet-general",
    "birefnet-general-lite",
    "birefnet-portrait",
)
DEFAULT_MODEL = {"rembg": REMBG_MODELS[0], "sam2": "facebook/sam2.1-hiera-large", "sam3": "facebook/sam3"}


@dataclass(frozen=True)
class SegmenterName:
    """A segmenter and, where it is a network, its model: ``rembg:u2net``. A model of SAM may be a folder."""

    segmenter: str
    model: str = ""

    def __str__(self) -> str:
        return f"{self.segmenter}:{self.model}" if self.model else self.segmenter


def segmenter_name(text: str) -> SegmenterName:
    """``NAME`` or ``NAME:MODEL`` with the default model put in. Raises InputError for an unknown one."""
    segmenter, _, model = text.partition(":")
    if segmenter not in SEGMENTERS:
        near = difflib.get_close_matches(segmenter.lower(), SEGMENTERS, n=1)
        meant = f"did you mean {near[0]}? " if near else ""
        raise InputError(f"--segmenter {text}: {meant}choose one of {', '.join(SEGMENTERS)}")
    if segmenter not in DEFAULT_MODEL and model:
        raise InputError(f"--segmenter {text}: {segmenter} has no models; leave ':{model}' away")
    model = model or DEFAULT_MODEL.get(segmenter, "")
    if segmenter == "rembg" and model not in REMBG_MODELS:
        raise InputError(f"--segmenter {segmenter}:{model}: unknown model; choose one of {', '.join(REMBG_MODELS)}")
    return SegmenterName(segmenter, model)
