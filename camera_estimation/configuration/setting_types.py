"""What values a setting may have, as types: ranges and choices stand where the setting does, in ``schema``.

The description of a range is what messages say of it ("must be ...").
"""

from __future__ import annotations

import sys
from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta

DEVICE_PATTERN, DEVICE_NAMES = r"^(auto|cpu|cuda(:\d+)?)\Z", "auto, cpu, cuda or cuda:N"
_LARGEST = sys.float_info.max  # msgspec takes no infinity as a bound

Count: TypeAlias = Annotated[int, Meta(ge=1, description="a whole number from 1")]
WholeNumber: TypeAlias = Annotated[int, Meta(ge=0, description="a whole number from 0")]
# Without an upper bound, for infinity is a way to say "never" or "always".
NonNegative: TypeAlias = Annotated[float, Meta(ge=0, description="a number from 0")]
Positive: TypeAlias = Annotated[float, Meta(gt=0, description="a number above 0")]
Weight: TypeAlias = Annotated[float, Meta(ge=0, le=_LARGEST, description="a number from 0")]
Scale: TypeAlias = Annotated[float, Meta(gt=0, le=_LARGEST, description="a number above 0")]
FieldOfView: TypeAlias = Annotated[float, Meta(gt=0, lt=180, description="an angle between 0 and 180 degrees")]

# Of regions of an image, by their names.
RegionWeights: TypeAlias = dict[
    str, Annotated[float, Meta(ge=0, le=_LARGEST, description="a weight, a number from 0", examples=[0.5])]
]
LossTerms: TypeAlias = Annotated[
    tuple[dict[str, Any], ...], Meta(description="a list of tables with term or objective, weight, and options")
]
DeviceName: TypeAlias = Annotated[str, Meta(pattern=DEVICE_PATTERN, description=DEVICE_NAMES)]

Axis: TypeAlias = Literal["+x", "-x", "+y", "-y", "+z", "-z"]
# Of depth files: in the mesh's units; up to scale and shift; the inverse of depth up to scale and shift.
DepthKind: TypeAlias = Literal["metric", "relative", "inverse"]
# Of images of one size that are estimated jointly: one focal length for all, or one for each.
JointFocal: TypeAlias = Literal["shared", "own"]
Lighting: TypeAlias = Literal["auto", "none", "gain", "sh", "shading"]
MaskUse: TypeAlias = Literal["auto", "none"]
MeshQuality: TypeAlias = Literal["auto", "exact", "generated"]
Occlusion: TypeAlias = Literal["auto", "on", "off"]
OptimizeFov: TypeAlias = Literal["auto", "on", "off"]
Pictures: TypeAlias = Literal["all", "overlay", "none"]
RayInputs: TypeAlias = Literal["shipped", "shared"]
Roll: TypeAlias = Literal["free", "upright"]
# Of URLs: Amazon S3 and what speaks its language, Google Cloud, Azure, Oracle and Alibaba.
StorageScheme: TypeAlias = Literal["s3", "gs", "az", "oci", "oss"]
# How frames follow the ones before: by contour and details; by refinement; or the one for lack of masks for the other.
TrackingMethod: TypeAlias = Literal["auto", "contour", "refine"]
