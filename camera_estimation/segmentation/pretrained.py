"""Networks of the library transformers, loaded from this machine only; what is missing is told in one line."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from camera_estimation.configuration import resolve_device
from camera_estimation.errors import InputError, MissingWeightsError
from camera_estimation.weights import quiet_loading

GATED = ("facebook/sam3",)  # to be had after their licence was accepted
FETCHED = ("*.json", "*.txt", "*.safetensors")
UPDATE = "pip install -U 'camera-estimation[sam]'"


@dataclass(frozen=True)
class Network:
    """A network and what prepares its inputs, on ``device``."""

    model: Any
    processor: Any
    device: Any


def load_network(segmenter: str, name: str, device: str) -> Network:
    """``Sam2Model`` and ``Sam2Processor`` for "sam2", and so on. ``name`` is that of the hub, or a folder.

    Raises InputError without transformers, MissingWeightsError without the files.
    """
    classes = _classes(segmenter)
    folder = name if Path(name).is_dir() else _located(segmenter, name)
    place = resolve_device(device)
    try:
        with quiet_loading():
            model, processor = (kind.from_pretrained(folder, local_files_only=True) for kind in classes)
    except Exception as error:  # safetensors, huggingface_hub and transformers raise what they like on broken files
        reason = " ".join(f"{error}".split())[:120]
        raise InputError(f"{segmenter}: {folder}: cannot be loaded ({reason}); fetch it again") from error
    return Network(model.to(place).eval(), processor, place)


def fetch_network(segmenter: str, name: str) -> Path:
    """The folder of the files, downloaded if they are not here. Raises InputError."""
    from huggingface_hub import snapshot_download

    _classes(segmenter)
    if Path(name).is_dir():
        return Path(name)
    try:
        return Path(snapshot_download(name, allow_patterns=list(FETCHED)))
    except Exception as error:  # of huggingface_hub, its HTTP library, and the file system
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:160]
        raise InputError(f"{name}: cannot be downloaded ({reason}); {_access(name)}{_by_hand(segmenter)}") from error


def network_version(name: str) -> str:
    return f"transformers {version('transformers')} {name}"


def _classes(segmenter: str) -> tuple[Any, Any]:
    """The classes of the model and of its processor."""
    if find_spec("transformers") is None:
        raise InputError(
            f"--segmenter {segmenter} needs transformers, not installed here: pip install 'camera-estimation[sam]'"
        )
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    names = (f"{segmenter.capitalize()}Model", f"{segmenter.capitalize()}Processor")
    try:
        return getattr(transformers, names[0]), getattr(transformers, names[1])
    except (AttributeError, ImportError) as error:
        raise InputError(
            f"--segmenter {segmenter}: transformers {transformers.__version__} has no {names[0]}: {UPDATE}"
        ) from error


def _located(segmenter: str, name: str) -> str:
    """The folder of the hub's cache. Raises MissingWeightsError."""
    from huggingface_hub import snapshot_download

    try:
        return snapshot_download(name, allow_patterns=list(FETCHED), local_files_only=True)
    except Exception as error:  # a name that is none, too
        raise MissingWeightsError(
            f"{segmenter}: the weights {name} are not on this machine; fetch them with: "
            f"camera-masks --segmenter {segmenter}:{name} --fetch_weights; {_access(name)}{_by_hand(segmenter)}"
        ) from error


def _access(name: str) -> str:
    page = f"https://huggingface.co/{name}"
    return (
        f"they are gated: accept the licence on {page} and log in with `hf auth login` first; " if name in GATED else ""
    )


def _by_hand(segmenter: str) -> str:
    return f"or name a folder that has them: --segmenter {segmenter}:FOLDER"
