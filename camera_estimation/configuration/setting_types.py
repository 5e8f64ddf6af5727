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
# With an upper bound where more takes memory or time without end, and finds nothing more.
ViewCount: TypeAlias = Annotated[
    int, Meta(ge=1, le=100_000, description="a whole number from 1 to 100000, for each view is drawn and kept")
]
RollCount: TypeAlias = Annotated[
    int, Meta(ge=1, le=3_600, description="a whole number from 1 to 3600, a tenth of a degree each")
]
WindowPixels: TypeAlias = Annotated[
    int,
    Meta(ge=1, le=8_192, description="a whole number from 1 to 8192, for the square is drawn of each pose"),
]
PoseCount: TypeAlias = Annotated[
    int, Meta(ge=1, le=10_000, description="a whole number from 1 to 10000, for these poses are refined together")
]
PoseNumber: TypeAlias = Annotated[
    int, Meta(ge=0, le=10_000, description="a whole number from 0 to 10000, for these poses are refined together")
]
StepNumber: TypeAlias = Annotated[
    int, Meta(ge=0, le=100_000, description="a whole number from 0 to 100000, for each step draws all poses")
]
SampleCount: TypeAlias = Annotated[
    int, Meta(ge=1, le=10_000_000, description="a whole number from 1 to 10000000, for each is drawn and compared")
]
PlaceCount: TypeAlias = Annotated[
    int, Meta(ge=1, le=1_000_000, description="a whole number from 1 to 1000000, for light is looked for at each")
]
RowCount: TypeAlias = Annotated[
    int, Meta(ge=1, le=256, description="a whole number from 1 to 256, for equations have the square of all cells")
]
ModeNumber: TypeAlias = Annotated[
    int, Meta(ge=0, le=300, description="a whole number from 0 to 300, for all modes are solved for together")
]
ImageCount: TypeAlias = Annotated[
    int, Meta(ge=1, le=1_000, description="a whole number from 1 to 1000, for these images are in memory together")
]
FaceCount: TypeAlias = Annotated[
    int, Meta(ge=1, le=16_000_000, description="a whole number from 1 to 16000000, as many as a mesh may have")
]
FlightCount: TypeAlias = Annotated[
    int, Meta(ge=1, le=1_024, description="a whole number from 1 to 1024, for each image in flight has a thread")
]
WorkerNumber: TypeAlias = Annotated[
    int, Meta(ge=0, le=4_096, description="a whole number from 0 to 4096, for each worker is a process")
]
Seed: TypeAlias = Annotated[
    int,
    Meta(
        ge=0,
        le=2**32 - 1,
        description="a whole number from 0 to 4294967295, as generators of random numbers take it",
    ),
]
Blur: TypeAlias = Annotated[float, Meta(ge=0, le=100, description="a number from 0 to 100, the pixels around each one")]
Finite: TypeAlias = Annotated[float, Meta(ge=-_LARGEST, le=_LARGEST, description="a finite number")]
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
