"""Segmenters that run a network of the library transformers, loaded from this machine only.

What is missing is told in one line. Nothing heavy is imported here.
"""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from camera_estimation.errors import InputError, MissingWeightsError, kind_and_reason, short_reason
from camera_estimation.segmentation.segmenter import Segmenter

FETCHED = ("*.json", "*.txt", "*.safetensors")
UPDATE = "pip install -U 'camera-estimation[sam]'"


class PretrainedSegmenter(Segmenter):
    """A network and what prepares its inputs. A model is a name of the hub, or a folder. A subclass

    - sets ``architecture``: the classes are ``Sam2Model`` and ``Sam2Processor`` where it is "Sam2";
    - sets ``gated`` to the models that are to be had only after their licence was accepted.
    """

    architecture: str
    gated: tuple[str, ...] = ()
    uses_device = True

    def __init__(self, model: str = "", device: str = "auto") -> None:
        from camera_estimation.configuration import resolve_device
        from camera_estimation.weights import quiet_loading

        super().__init__(model or self.default_model, device)
        folder = self.model if Path(self.model).is_dir() else self._hub_folder()
        self._device = resolve_device(device)
        try:
            with quiet_loading():
                model_class, processor_class = self._classes()
                # Other files of weights are pickles, which may run programs.
                network = model_class.from_pretrained(folder, local_files_only=True, use_safetensors=True)
                self._processor = processor_class.from_pretrained(folder, local_files_only=True)
        except Exception as error:  # safetensors, huggingface_hub and transformers raise what they like on broken files
            raise InputError(
                f"{self.name}: {folder}: cannot be loaded ({short_reason(error)}); fetch it again"
            ) from error
        self._network = network.to(self._device).eval()
        self.working_size = int(self._processor.target_size)

    @classmethod
    def missing(cls) -> str | None:
        if find_spec("transformers") is None:
            return (
                f"--segmenter {cls.name} needs transformers, not installed here: pip install 'camera-estimation[sam]'"
            )
        try:
            cls._classes()
        except (AttributeError, ImportError):
            installed = version("transformers")
            return f"--segmenter {cls.name}: transformers {installed} has no {cls.architecture}Model: {UPDATE}"
        return None

    @classmethod
    def fetch(cls, model: str) -> Path | None:
        from huggingface_hub import snapshot_download

        if Path(model).is_dir():
            return Path(model)
        try:
            return Path(snapshot_download(model, allow_patterns=list(FETCHED)))
        except Exception as error:  # of huggingface_hub, its HTTP library, and the file system
            raise InputError(f"{model}: cannot be downloaded ({kind_and_reason(error)}); {cls._hint(model)}") from error

    @property
    def version(self) -> str:  # type: ignore[override]
        return f"transformers {version('transformers')} {self.model}"

    @classmethod
    def _classes(cls) -> tuple[Any, Any]:
        """The classes of the model and of its processor."""
        import transformers

        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        return getattr(transformers, f"{cls.architecture}Model"), getattr(transformers, f"{cls.architecture}Processor")

    def _hub_folder(self) -> str:
        """The folder of the hub's cache. Raises MissingWeightsError."""
        from huggingface_hub import snapshot_download

        try:
            return snapshot_download(self.model, allow_patterns=list(FETCHED), local_files_only=True)
        except Exception as error:  # a name that is none, too
            raise MissingWeightsError(
                f"{self.name}: the weights {self.model} are not on this machine; fetch them with: "
                f"camera-masks --segmenter {self.name}:{self.model} --fetch_weights; {self._hint(self.model)}"
            ) from error

    @classmethod
    def _hint(cls, model: str) -> str:
        """How to come by the weights otherwise."""
        page = f"https://huggingface.co/{model}"
        licence = f"they are gated: accept the licence on {page} and log in with `hf auth login` first; "
        return f"{licence if model in cls.gated else ''}or name a folder that has them: --segmenter {cls.name}:FOLDER"
