"""Segmenters of other packages and of a user's own code, by the ways that built-in ones go."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from camera_estimation.cli.masks import main
from camera_estimation.configuration import Configuration
from camera_estimation.errors import InputError
from camera_estimation.images import load_source_image
from camera_estimation.segmentation import (
    PromptedSegmenter,
    Segmenter,
    create_segmenter,
    fetch_segmenter_weights,
    load_segmenter,
    segmenter_name,
    segmenter_registry,
)
from tests.support.announced_plugins import announced
from tests.support.masks import speckled

MODULE = '''
from camera_estimation.segmentation import PromptedSegmenter


class LeftHalf(PromptedSegmenter):
    """What is in the left half of the picture."""

    def object_mask(self, picture, prompt):
        import numpy as np

        mask = np.zeros(picture.rgb.shape[:2], dtype=np.float32)
        mask[:, : mask.shape[1] // 2] = 1
        return mask
'''


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "images" / "photo.png"
    path.parent.mkdir()
    Image.fromarray(speckled(np.zeros((40, 60), dtype=bool))).save(path)
    return path


@pytest.fixture
def left_half(tmp_path):
    """A segmenter in a module of its own, announced as an installed package would."""
    with announced(segmenter_registry, "left_half", "LeftHalf", MODULE, tmp_path):
        yield


def test_built_in_ones():
    assert segmenter_registry.names()[:6] == ["plain", "grabcut", "rembg", "mediapipe", "sam2", "sam3"]
    for name, segmenter in segmenter_registry.classes().items():
        assert segmenter.name == name
        assert segmenter.description


@pytest.mark.usefixtures("left_half")
def test_an_announced_one_makes_masks_from_the_command_line(photo, tmp_path):
    arguments = ["--source_images_dir", photo.parent, "--output_dir", tmp_path / "masks", "--segmenter", "left_half"]
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    mask = np.asarray(Image.open(tmp_path / "masks" / "photo.png"))
    assert (mask[:, :30] == 255).all()
    assert (mask[:, 30:] == 0).all()
    assert (
        "left_half has no weights" in CliRunner().invoke(main, ["--segmenter", "left_half", "--fetch_weights"]).output
    )
    assert "did you mean left_half?" in CliRunner().invoke(main, ["--segmenter", "left_halv"]).output
    assert "left_half:x: left_half has no models" in CliRunner().invoke(main, ["--segmenter", "left_half:x"]).output


@pytest.mark.usefixtures("left_half")
def test_an_announced_one_masks_images_of_an_estimate(photo):
    segmenter = load_segmenter(Configuration(segmenter="left_half"))
    image = load_source_image(photo, segmenter=segmenter)
    assert image.mask_source == "left_half"
    assert (image.mask[0, :, :30] == 255).all()


def test_a_registered_one_has_models_and_needs_a_library(tmp_path):
    with segmenter_registry.isolate():

        @segmenter_registry.register("ours")
        class Ours(PromptedSegmenter):
            default_model = "small"
            models = ("small", "large")
            lacking = "--segmenter ours needs a library, not installed here: pip install it"

            @classmethod
            def missing(cls):
                return cls.lacking or None

            @classmethod
            def fetch(cls, model: str) -> Path:
                return tmp_path / model

        assert str(segmenter_name("ours")) == "ours:small"
        with pytest.raises(InputError, match="unknown model; choose one of small, large"):
            segmenter_name("ours:medium")
        for use in (create_segmenter, lambda text: fetch_segmenter_weights(segmenter_name(text))):
            with pytest.raises(InputError, match="needs a library"):
                use("ours")
        Ours.lacking = ""
        assert create_segmenter("ours:large").model == "large"
        assert fetch_segmenter_weights(segmenter_name("ours:large")) == tmp_path / "large"
    assert "ours" not in segmenter_registry.names()


def test_what_is_no_segmenter_is_refused():
    with segmenter_registry.isolate(), pytest.raises(TypeError, match="is not a subclass of Segmenter"):
        segmenter_registry.register("odd")(dict)
    with pytest.raises(ValueError, match="'plain' is taken"):
        segmenter_registry.register("plain")(type("Mine", (Segmenter,), {}))
