"""What Blender is given: a script that has the cameras in it, the mesh, and pictures where copies are needed."""

from __future__ import annotations

import shutil
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from camera_estimation.export._camera_motion import camera_motion
from camera_estimation.export._film_back import FilmBack, film_back
from camera_estimation.export._pinhole_pictures import pinhole_file
from camera_estimation.export._tracks import CameraTrack
from camera_estimation.export.pictures import PICTURE_FOLDER, path_between
from camera_estimation.geometry import Z_UP_FROM_Y_UP
from camera_estimation.io import json_text, write_error, write_image, write_through
from camera_estimation.mesh import TexturedMesh

TEMPLATE = Path(__file__).with_name("blender_scene.py")
PLACE = 'r"""{}"""'  # of the data in the template
CLIP = (1e-3, 1e2)  # of the distance from the camera to the mesh's centre
DISPLAY_SIZE = 0.2  # of the mesh's radius: how large cameras are drawn
ASPECT_DIGITS = 6  # to which pixels of one shape agree


def scene_script(tracks: Sequence[CameraTrack], mesh: TexturedMesh, mesh_file: Path, folder: Path) -> str:
    """The script that builds the scene; pictures that other programs would show otherwise are copied.

    Args:
        tracks: Cameras of one mesh.
        mesh: What they show.
        mesh_file: As a GLB file, in ``folder``.
        folder: Where the script will be.

    Raises:
        InputError: A picture cannot be read any more, or a copy cannot be written.
    """
    groups: dict[Hashable, list[CameraTrack]] = {}
    for track in tracks:
        groups.setdefault(_size_key(film_back(track.images[0].camera)), []).append(track)
    described = {
        "name": mesh.path.stem,
        "mesh": mesh_file.name,
        "folder": folder.resolve().as_posix(),
        "scenes": [_describe_scene(group, mesh, folder) for group in groups.values()],
    }
    template = TEMPLATE.read_text("utf-8")
    return template.replace(PLACE, f'r"""{json_text(described)}"""', 1)


def _size_key(film: FilmBack) -> Hashable:
    return film.width, film.height, round(film.pixel_aspect, ASPECT_DIGITS)


def _describe_scene(tracks: Sequence[CameraTrack], mesh: TexturedMesh, folder: Path) -> dict[str, Any]:
    film = film_back(tracks[0].images[0].camera)
    moving = [track.frames_per_second for track in tracks if track.is_animated]
    return {
        "name": f"{film.width} x {film.height}",
        "width": film.width,
        "height": film.height,
        "pixel_aspect": film.pixel_aspect,
        "fps": moving[0] if moving else tracks[0].frames_per_second,
        "tracks": [_describe_track(track, mesh, folder) for track in tracks],
    }


def _describe_track(track: CameraTrack, mesh: TexturedMesh, folder: Path) -> dict[str, Any]:
    motion = camera_motion(track)
    turn = np.asarray(Z_UP_FROM_Y_UP, dtype=np.float64)
    distance = float(np.linalg.norm(motion.location - mesh.center.cpu().numpy(), axis=1).max())
    films = [film_back(image.camera) for image in track.images]
    moments = [
        {
            "location": (turn @ location).tolist(),
            "quaternion": _turn_up(quaternion),
            "lens": film.lens,
            "sensor_width": film.sensor_width,
            "shift": [film.shift_x, film.shift_y],
        }
        for location, quaternion, film in zip(motion.location, motion.quaternion, films, strict=True)
    ]
    return {
        "name": track.name,
        "picture": path_between(_picture_values(track, folder), folder),
        "clip": [share * distance for share in CLIP],
        "display_size": DISPLAY_SIZE * mesh.radius,
        "zoom": [name for name in ("lens", "sensor_width", "shift_x", "shift_y") if _varies(films, name)],
        "moments": moments,
    }


def _turn_up(quaternion: np.ndarray) -> list[float]:
    """w, x, y, z in Blender's world, whose z is up, of x, y, z, w in glTF's."""
    half = np.sqrt(0.5)  # the turn of 90 degrees about x that takes y to z
    x, y, z, w = quaternion
    return [half * (w - x), half * (x + w), half * (y - z), half * (z + y)]


def _varies(films: Sequence[FilmBack], name: str) -> bool:
    values = [getattr(film, name) for film in films]
    return max(values) > min(values)


def _picture_values(track: CameraTrack, folder: Path) -> Path:
    """The picture of a camera; of one that moves the first of copies whose names are numbers, as Blender wants them."""
    if not track.is_animated:
        return pinhole_file(track.images[0], folder)
    files = [pinhole_file(image, folder) for image in track.images]
    suffixes = {file.suffix.lower() for file in files}
    suffix = suffixes.pop() if len(suffixes) == 1 else ".png"
    place = folder / PICTURE_FOLDER / track.images[0].name
    numbered = [place / f"{number:06d}{suffix}" for number in range(1, len(files) + 1)]
    for image, file, copy in zip(track.images, files, numbered, strict=True):
        _copy_picture(file, copy, move=file != image.image_path)
    return numbered[0]


def _copy_picture(file: Path, copy: Path, *, move: bool) -> None:
    """Raises InputError if it cannot be written."""
    from PIL import Image

    if file.suffix.lower() != copy.suffix:
        with Image.open(file) as opened:
            write_image(copy, opened.convert("RGBA"))
        return
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        if move:
            file.replace(copy)
        else:
            write_through(copy, lambda place: shutil.copyfile(file, place))
    except OSError as error:
        raise write_error(copy, error) from error
