"""Files of an insertion: its picture, and what is needed to make it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from PIL import Image

from camera_estimation.configuration import LightConfig
from camera_estimation.errors import InputError
from camera_estimation.export import PosedImage, path_between
from camera_estimation.io import json_text, read_json, write_image, write_text
from camera_estimation.lighting import Light, light_from_dict
from camera_estimation.lighting.insertion import Insertion, Placement, placement_from_dict

INSERTED_NAME, INSERTION_NAME = "inserted.png", "insertion.json"
FORMAT, VERSION = "camera-estimation/insertion", 1


def write_insertion(
    folder: Path,
    insertion: Insertion,
    image: PosedImage,
    object_path: Path,
    placement: Placement,
    light: Light,
    config: LightConfig,
    told: Mapping[str, Any],
) -> list[Path]:
    """The picture and insertion.json.

    Args:
        folder: Of the sample.
        insertion: What was made of it.
        image: The sample.
        object_path: The file of what was put in.
        placement: Where it stands.
        light: In the mesh's world axes.
        config: That the light was estimated with.
        told: What else insertion.json says.

    Raises:
        InputError: A file cannot be written.
    """
    write_image(folder / INSERTED_NAME, Image.fromarray(insertion.picture))
    tree = {
        "format": FORMAT,
        "version": VERSION,
        "sample": image.name,
        "image": path_between(image.image_path, folder),
        "mesh": path_between(image.mesh_path, folder),
        "object": path_between(object_path, folder),
        **told,
        "placement": placement.to_dict(),
        "settings": asdict(config),
        "light": light.to_dict(),
    }
    write_text(folder / INSERTION_NAME, json_text(tree) + "\n")
    return [folder / INSERTED_NAME, folder / INSERTION_NAME]


def read_light(path: Path) -> Light:
    """The light of an insertion.json. Raises InputError if it is none."""
    return light_from_dict(_read_insertion(path)["light"], str(path))


def read_placement(path: Path) -> Placement:
    """The placement of an insertion.json. Raises InputError if it is none."""
    return placement_from_dict(_read_insertion(path)["placement"], str(path))


def _read_insertion(path: Path) -> dict[str, Any]:
    tree = read_json(path)
    if not isinstance(tree, dict) or tree.get("format") != FORMAT or tree.get("version") != VERSION:
        raise InputError(f"{path}: is not a file of {FORMAT}, version {VERSION}; give the {INSERTION_NAME} of a sample")
    return {"light": None, "placement": None, **tree}
