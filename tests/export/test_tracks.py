"""Which images are moments of one camera."""

from __future__ import annotations

from pathlib import Path

import pytest

from camera_estimation.export import PosedImage
from camera_estimation.export._tracks import camera_tracks
from tests.support.exported_scenes import odd_camera


def image(name: str, *, folder: str = "", size: int = 64, **entry) -> PosedImage:
    return PosedImage(
        name, Path(folder, f"{name}.png"), Path("m.glb"), odd_camera(size, size), lambda: None, entry=entry
    )


def names(images) -> list[list[str]]:
    return [[image.name for image in track.images] for track in camera_tracks(images)]


def test_numbered_pictures_that_were_followed_are_one_camera():
    frames = [image("a_10", start="neighbour"), image("a_9", start="search"), image("b", start="search")]
    assert names(frames) == [["a_9", "a_10"], ["b"]]
    track, other = camera_tracks(frames)
    assert (track.name, other.name) == ("a", "b")
    assert track.is_animated
    assert not other.is_animated
    assert track.times == (0.0, pytest.approx(1 / 24))
    assert track.frames_per_second == pytest.approx(24)


def test_numbered_pictures_that_were_not_followed_are_cameras_of_their_own():
    assert names([image("a_1", start="search"), image("a_2", start="search")]) == [["a_1"], ["a_2"]]


def test_pictures_of_two_sizes_folders_or_objects_are_not_one_sequence():
    first = image("a_1", start="neighbour")
    assert names([first, image("a_2", start="neighbour", size=32)]) == [["a_1"], ["a_2"]]
    assert names([first, image("a_2", start="neighbour", folder="other")]) == [["a_1"], ["a_2"]]
    assert names([first, image("a_2", start="neighbour", object={"instance": 2})]) == [["a_1"], ["a_2"]]


def test_frames_of_a_video_have_its_times(tmp_path):
    (tmp_path / "clip.mp4").touch()
    frames = [
        PosedImage(
            f"clip_{number:06d}",
            tmp_path / "clip.mp4" / f"clip_{number:06d}",
            Path("m.glb"),
            odd_camera(),
            lambda: None,
            entry={"frame": number, "time_s": number / 10},
        )
        for number in (15, 5, 10)
    ]
    (track,) = camera_tracks(frames)
    assert track.name == "clip"
    assert [image.entry["frame"] for image in track.images] == [5, 10, 15]
    assert track.times == pytest.approx((0.0, 0.5, 1.0))
    assert track.frames_per_second == pytest.approx(2)
