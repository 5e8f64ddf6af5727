"""What a segmenter is: a picture and categories in, soft masks out. Nothing heavy is imported here."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from camera_estimation.errors import InputError
from camera_estimation.plugins import Registry
from camera_estimation.segmentation.categories import FOREGROUND, Category
from camera_estimation.segmentation.prompts import ImagePrompts, Prompt

if TYPE_CHECKING:
    from camera_estimation.segmentation.picture import Instances, Mask, Picture


class Segmenter:
    """Finds regions in pictures. Loaded when it is made, so that what is missing is told before any work.

    A subclass registers itself with ``segmenter_registry``, and with nothing else; its module imports what is heavy
    inside of functions, for the command line asks every segmenter for the attributes below. It must

    - set ``name`` through its registration, and ``description``;
    - set ``default_model`` if there are networks to choose from with NAME:MODEL, and ``models`` if these are all known;
    - set ``uses_device`` if it runs in PyTorch;
    - say in ``missing`` which libraries it lacks here, and get its weights in ``fetch``;
    - say in ``can_find`` what it can look for, and look for it in ``segment``;
    - change its ``version`` whenever its masks do.

    Args:
        model: The network to load; "" for a segmenter that has none.
        device: "auto", "cpu", "cuda" or "cuda:N", for one that runs in PyTorch.

    Raises:
        InputError: A library is missing, or the network cannot be loaded.
        MissingWeightsError: The network's weights are not on this machine.
    """

    name: str
    description = ""  # what it finds, in one phrase
    requirements = "nothing"  # as ``missing`` finds them, in one phrase
    models: tuple[str, ...] = ()  # the only names that a model can have; () for any
    default_model = ""  # "" for a segmenter that has no models
    uses_device = False
    uses_points = False  # beside boxes
    working_size: int | None = None  # pixels of the longer side that it sees; None: as many as there are
    version = "1"  # what masks depend on beside the picture: library, model, their versions

    def __init__(self, model: str = "", device: str = "auto") -> None:
        self.model = model

    @classmethod
    def missing(cls) -> str | None:
        """What has to be installed to run it, in one line with the command for it; None if nothing."""
        return None

    @classmethod
    def fetch(cls, model: str) -> Path | None:
        """Where the weights of ``model`` are, downloaded if they are not here; None if it has none.

        Raises:
            InputError: They cannot be had.
        """
        return None

    @abstractmethod
    def can_find(self, category: Category, prompts: ImagePrompts) -> bool:
        """Whether it can look for ``category`` in an image with these prompts at all."""

    @abstractmethod
    def segment(self, picture: Picture, categories: Sequence[Category]) -> Instances:
        """Masks of those of ``categories`` that it can look for, float32 coverage of the picture's size.

        Returns:
            The instances of each category; what is not found has none.

        Raises:
            InputError: The picture is not for this segmenter; one line.
        """


class PromptedSegmenter(Segmenter):
    """A segmenter that marks one thing at a time: the picture's object, or what a prompt points at.

    A subclass defines ``object_mask`` alone, and sets ``uses_points`` if it understands more than boxes.
    """

    @abstractmethod
    def object_mask(self, picture: Picture, prompt: Prompt) -> Mask:
        """Coverage of what ``prompt`` points at; if it is empty, of the picture's main object. Raises InputError."""

    def can_find(self, category: Category, prompts: ImagePrompts) -> bool:
        return category.name == FOREGROUND or category.name in prompts

    def segment(self, picture: Picture, categories: Sequence[Category]) -> Instances:
        found: Instances = {}
        for category in categories:
            if self.can_find(category, picture.prompts):
                prompts = picture.prompts.get(category.name, (Prompt(),))
                found[category.name] = tuple(self._mask_at(picture, prompt) for prompt in prompts)
        return found

    def _mask_at(self, picture: Picture, prompt: Prompt) -> Mask:
        if not self.uses_points and not prompt.empty and prompt.box is None:
            raise InputError(f"{picture.path}: {self.name} does not use points; give a box, or --segmenter sam2")
        return self.object_mask(picture, prompt)


segmenter_registry: Registry[type[Segmenter]] = Registry(
    "segmenter",
    group="camera_estimation.segmenters",
    home="camera_estimation.segmentation.segmenters",
    order=("plain", "grabcut", "rembg", "mediapipe", "sam2", "sam3"),
    base=Segmenter,
)
