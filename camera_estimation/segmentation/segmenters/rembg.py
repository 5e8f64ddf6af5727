"""The segmenter of rembg's networks: U2-Net and its successors in onnxruntime, which find the main object.

rembg looks for ``MODEL.onnx`` in ``$U2NET_HOME`` and then in folders of its own. Nothing is downloaded but by
``RembgSegmenter.fetch``.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.errors import InputError, MissingWeightsError, kind_and_reason, short_reason
from camera_estimation.segmentation._numba_compilation import watch_numba
from camera_estimation.segmentation.prompts import Prompt
from camera_estimation.segmentation.segmenter import PromptedSegmenter, segmenter_registry

if TYPE_CHECKING:
    from camera_estimation.segmentation.picture import Mask, Picture, Rgb

PACKAGES = ("rembg", "onnxruntime")
# Those that run here and mark one foreground; rembg knows others that ask a service, or need prompts of their own.
MODELS = (
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
# In a box the network sees BOX_MARGIN of it more than the box, for it needs a border; the answer keeps this much.
KEPT_MARGIN = 0.05
# Parts of the answer in a box that are smaller than this share of the largest are of other things that reach into it.
LEAST_PART = 0.1
SOFT_RIM = 3  # pixels about a part whose partial coverage goes with it
# Sides of the networks' square inputs, where they are not U2-Net's.
SIDES = {"isnet": 1024, "birefnet": 1024}
U2NET_SIDE = 320
# What rembg imports is compiled by Numba when it is first imported.
WHAT, DURATION = "what rembg needs", "a minute or two"


@segmenter_registry.register("rembg")
class RembgSegmenter(PromptedSegmenter):
    """The main object of the picture, or of a box in it.

    Raises InputError with a model file that is damaged, and MissingWeightsError without one.
    """

    description = "the main object of the picture, or of a box in it"
    requirements = 'pip install "camera-estimation[segment]"; weights'
    models = MODELS
    default_model = MODELS[0]

    def __init__(self, model: str = default_model, device: str = "auto") -> None:
        super().__init__(model, device)
        self.working_size = next((side for start, side in SIDES.items() if model.startswith(start)), U2NET_SIDE)
        weights = _require_weights(model)
        with _keep_threads():
            self._session = _load_session(model, weights)

    @classmethod
    def missing(cls) -> str | None:
        lacking = [package for package in PACKAGES if find_spec(package) is None]
        if not lacking:
            return None
        return (
            f"--segmenter rembg needs {' and '.join(lacking)}, not installed here: "
            "pip install 'camera-estimation[segment]'"
        )

    @classmethod
    def fetch(cls, model: str) -> Path | None:
        present = _weights_file(model) or _file_of_rembg(model)
        if present is not None:
            return present
        try:
            with _keep_threads():
                return Path(_session_class(model).download_models())
        except Exception as error:  # requests, urllib3, pooch and the file system have errors of their own
            raise InputError(f"{model}: cannot be downloaded ({kind_and_reason(error)}); {_hint(model)}") from error

    @property
    def version(self) -> str:  # type: ignore[override]
        return f"{version('rembg')} {self.model}"

    def object_mask(self, picture: Picture, prompt: Prompt) -> Mask:
        import numpy as np

        from camera_estimation.segmentation.picture import box_window

        shape = picture.rgb.shape[:2]
        if prompt.box is None:
            return self._saliency(picture.rgb)
        window, kept = box_window(picture, prompt.box), box_window(picture, prompt.box, KEPT_MARGIN)
        seen = np.zeros(shape, dtype=np.float32)
        seen[window] = self._saliency(picture.rgb[window])
        mask = np.zeros(shape, dtype=np.float32)
        mask[kept] = seen[kept]
        return main_parts(mask)

    def _saliency(self, rgb: Rgb) -> Mask:
        import numpy as np
        from PIL import Image

        with warnings.catch_warnings(), np.errstate(all="ignore"):  # of a constant answer, which rembg divides by zero
            warnings.simplefilter("ignore")
            with _keep_threads():
                masks = self._session.predict(Image.fromarray(np.ascontiguousarray(rgb)))
        return np.asarray(masks[0], dtype=np.float32) / 255


@contextmanager
def _keep_threads() -> Iterator[None]:
    """Torch's number of threads: Numba, which rembg imports, sets that of OpenMP to all processors, for torch too."""
    import torch

    threads = torch.get_num_threads()
    try:
        yield
    finally:
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)


def main_parts(mask: Mask) -> Mask:
    """The mask without connected parts that are small beside the largest; something may hide an object's middle."""
    import numpy as np
    from scipy import ndimage

    labels, count = ndimage.label(mask >= 0.5)
    if count < 2:
        return mask
    areas = np.bincount(labels.ravel())[1:]
    small = np.isin(labels, np.flatnonzero(areas < LEAST_PART * areas.max()) + 1)
    rim = ndimage.binary_dilation(small, iterations=SOFT_RIM) & (mask < 0.5)
    return np.where(small | rim, np.float32(0), mask)


def _require_weights(model: str) -> Path:
    path = _weights_file(model)
    if path is None:
        raise MissingWeightsError(
            f"rembg: the weights of {model} are not on this machine; fetch them with: "
            f"camera-masks --segmenter rembg:{model} --fetch_weights; {_hint(model)}"
        )
    return path


def _hint(model: str) -> str:
    """How to do without a download."""
    folder = os.environ.get("U2NET_HOME")
    return f"or put {model}.onnx into {folder}" if folder else f"or set U2NET_HOME to a folder with {model}.onnx"


def _weights_file(model: str) -> Path | None:
    """Where rembg would find the file. Its modules are not asked unless they are loaded: what they import compiles for
    a minute or two when it is first used, only to say that there is none."""
    if "rembg" in sys.modules:
        return _file_of_rembg(model)
    data = os.environ.get("XDG_DATA_HOME")
    flat = Path(os.environ.get("U2NET_HOME") or Path(data or "~") / ".u2net").expanduser()
    own = Path(os.environ.get("REMBG_HOME") or (Path(data) / "rembg" if data else "~/.rembg")).expanduser()
    home = flat if os.environ.get("U2NET_HOME") else own
    places = (home / "models" / model / f"{model}.onnx", flat / f"{model}.onnx")
    return next((place for place in places if place.is_file()), None)


def _file_of_rembg(model: str) -> Path | None:
    """Where rembg says that the file is; its older releases look in one flat folder only."""
    session = _session_class(model)
    name = f"{model}.onnx"
    if hasattr(session, "resolve_existing"):
        found = session.resolve_existing(name)
    else:
        found = os.path.join(session.u2net_home(), name)
    return Path(found) if found is not None and os.path.isfile(found) else None


def _session_class(model: str) -> Any:
    with watch_numba(WHAT, DURATION):
        from rembg.sessions import sessions_class
    found = next((session for session in sessions_class if session.name() == model), None)
    if found is None:
        raise InputError(f"rembg {version('rembg')} does not know {model}: pip install -U rembg, or choose another")
    return found


def _load_session(model: str, path: Path) -> Any:
    """rembg verifies checksums when it downloads only; a broken file shows when onnxruntime reads it."""
    _session_class(model)
    import rembg

    try:
        return rembg.new_session(model)
    except Exception as error:  # onnxruntime's errors have no common class
        raise InputError(
            f"{path}: is no model for onnxruntime ({short_reason(error)}); delete it and get it again"
        ) from error
