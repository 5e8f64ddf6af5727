from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from camera_estimation.dataset import videos
from camera_estimation.dataset.known_intrinsics import KnownCamera, KnownIntrinsics
from camera_estimation.dataset.pairing import Pairing, Sample, pair_by_name
from camera_estimation.dataset.videos import FrameChoice, choose_frames, expand_videos, frames_of_video
from camera_estimation.errors import InputError
from camera_estimation.io import VideoIndex, frame_path
from tests.support.videos import picture_of, write_video


def index(count: int = 10, **others) -> VideoIndex:
    values = {"announced": count, "duration": count / 10, "damaged": False, "pixel_aspect": Fraction(1), **others}
    return VideoIndex(tuple(range(0, 100 * count, 100)), (0,), Fraction(1, 1000), **values)


@pytest.fixture
def known(monkeypatch):
    """Indices by name, in the place of files."""
    indices = {"clip.mp4": index()}

    def look_up(path: Path) -> VideoIndex:
        if path.name not in indices:
            raise InputError(f"{path}: is broken")
        return indices[path.name]

    monkeypatch.setattr(videos, "index_video", look_up)
    return indices


def pairing_of(*images: str) -> Pairing:
    return Pairing(tuple(Sample(Path(image).stem, Path("m.glb"), Path(image)) for image in images))


@pytest.mark.parametrize(
    ("every", "span", "numbers"),
    [
        (None, "2:5", [2, 3, 4]),
        (3, None, [0, 3, 6, 9]),
        (2, "1:8", [1, 3, 5, 7]),
        (None, "7:", [7, 8, 9]),
        (None, ":2", [0, 1]),
        (None, "-2:", [8, 9]),
        (1, ":", list(range(10))),
        (None, "8:99", [8, 9]),
    ],
)
def test_frames_are_chosen_as_python_slices(every, span, numbers):
    choice = choose_frames(every, span)
    assert choice is not None
    assert list(choice.numbers(10)) == numbers


def test_nothing_is_chosen_without_flags():
    assert choose_frames(None, None) is None


@pytest.mark.parametrize("span", ["5", "a:b", "1:2:3", "1.5:2", "", "10-20"])
def test_other_ranges_are_one_line(span):
    with pytest.raises(InputError, match=r"--frames .*: give A:B"):
        choose_frames(None, span)


def test_a_video_becomes_its_frames(known):
    pairing = expand_videos(pairing_of("a/clip.mp4", "b.png"), FrameChoice(4))
    frames = [sample for sample in pairing.samples if sample.frame is not None]
    assert [sample.name for sample in pairing.samples] == ["clip_000000", "clip_000004", "clip_000008", "b"]
    assert [sample.image_path for sample in frames] == [frame_path(Path("a/clip.mp4"), n) for n in (0, 4, 8)]
    assert frames[1].frame is not None
    assert (frames[1].frame.number, frames[1].frame.time) == (4, pytest.approx(0.4))
    assert pairing.remarks == ("a/clip.mp4: 3 of 10 frames, 0.00 to 0.80 s",)


def test_what_a_video_lacks_is_told(known):
    known["cut.mp4"] = index(6, announced=10, duration=1.0)
    known["torn.mkv"] = index(6, announced=0, damaged=True)
    known["short.mkv"] = index(6, announced=0, duration=9.0)
    known["wide.avi"] = index(pixel_aspect=Fraction(4, 3))
    pairing = expand_videos(pairing_of("cut.mp4", "torn.mkv", "short.mkv", "wide.avi"), None)
    told = [line for line in pairing.remarks if " frames, " not in line]
    assert told == [
        "cut.mp4: is cut off or damaged after frame 5 of 10; the frames before are used",
        "short.mkv: its frames end at 0.50 s of 9.00; it may be cut off",
        "torn.mkv: is cut off or damaged after frame 5; the frames before are used",
        "wide.avi: its pixels are no squares; frames and their intrinsics are 1.33 times as wide",
    ]


def test_one_video_that_cannot_be_read_does_not_stop_the_others(known):
    pairing = expand_videos(pairing_of("clip.mp4", "broken.mp4"), FrameChoice(stop=2))
    assert [sample.image_path.name for sample in pairing.samples] == ["clip_000000", "clip_000001", "broken.mp4"]
    with pytest.raises(InputError, match=r"broken\.mp4: is broken"):
        expand_videos(pairing_of("broken.mp4"), None)


def test_choices_without_frames_are_one_line(known):
    with pytest.raises(InputError, match=r"clip\.mp4: has no frames in --frames; its frames are 0 to 9"):
        expand_videos(pairing_of("clip.mp4"), FrameChoice(start=10))
    with pytest.raises(InputError, match=r"--every and --frames choose frames of a video \(\.mp4"):
        expand_videos(pairing_of("a.png"), FrameChoice(2))
    assert expand_videos(pairing_of("a.png"), None) == pairing_of("a.png")


def test_names_that_are_taken_are_one_line(known):
    with pytest.raises(InputError, match="has the name of"):
        expand_videos(pairing_of("clip.mp4", "clip_000003.png"), None)


def test_intrinsics_of_a_video_are_those_of_its_frames(tmp_path):
    (tmp_path / "clip.mp4").touch()
    frame = frame_path(tmp_path / "clip.mp4", 3)
    of_all, of_one = KnownCamera((1.0, 1.0, 2.0, 2.0)), KnownCamera((3.0, 3.0, 4.0, 4.0))
    assert KnownIntrinsics({"clip.mp4": of_all}).of(frame) == of_all
    assert KnownIntrinsics({"clip": of_all}).of(frame) == of_all
    assert KnownIntrinsics({"clip.mp4": of_all, "clip_000003": of_one}).of(frame) == of_one
    assert KnownIntrinsics({"other.mp4": of_all}).of(frame) is None
    assert KnownIntrinsics(for_all=of_one).of(frame) == of_one


def test_videos_in_folders_are_named_and_not_used(tmp_path):
    (tmp_path / "spot.glb").touch()
    (tmp_path / "clip.mp4").touch()
    with pytest.raises(InputError, match=r"holds no image, but videos; name one: --source_images_dir .*clip\.mp4"):
        pair_by_name(tmp_path / "spot.glb", tmp_path)
    (tmp_path / "spot.png").touch()
    pairing = pair_by_name(tmp_path)
    assert len(pairing.samples) == 1
    assert pairing.remarks == (
        f"{tmp_path / 'clip.mp4'}: a video in a folder is not used; name it to estimate its frames",
    )


def test_a_clip_belongs_to_the_mesh_of_its_name(tmp_path):
    for name in ("spot.glb", "duck.glb", "duck.mp4"):
        (tmp_path / name).touch()
    (sample,) = pair_by_name(tmp_path, tmp_path / "duck.mp4").samples
    assert (sample.mesh_path.name, sample.image_path.name) == ("duck.glb", "duck.mp4")


def test_an_animation_is_a_video_only_where_it_is_named(tmp_path):
    pytest.importorskip("av")
    path = tmp_path / "turn.gif"
    frames = [Image.fromarray(picture_of(number)) for number in range(3)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100)
    assert len(expand_videos(pairing_of(str(path)), None, named=path).samples) == 3
    assert len(expand_videos(pairing_of(str(path)), None, named=tmp_path).samples) == 1


def test_frames_of_a_real_video(tmp_path):
    pytest.importorskip("av")
    path = write_video(tmp_path / "clip.mp4", [picture_of(number) for number in range(5)])
    assert frames_of_video(path, FrameChoice(2)) == [frame_path(path, number) for number in (0, 2, 4)]
