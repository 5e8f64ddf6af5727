from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from camera_estimation.errors import InputError
from camera_estimation.images.upright import read_upright
from camera_estimation.io import file_sha256, video_file
from camera_estimation.io.video_file import index_video, read_frame
from camera_estimation.io.video_paths import frame_path, is_video, split_frame_path
from tests.support.videos import TURNS, picture_of, write_video

pytest.importorskip("av")
COUNT = 24
PICTURES = [picture_of(number) for number in range(COUNT)]
SAME = 4.0  # mean levels that compression changes; frames differ by more from their neighbors


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write_video(tmp_path_factory.mktemp("video") / "clip.mp4", PICTURES, faststart=True)


def difference(path: Path, number: int, expected: np.ndarray | None = None) -> float:
    read = read_frame(frame_path(path, number))
    shown = picture_of(number) if expected is None else expected
    assert read.shape == (*shown.shape[:2], 4)
    assert read[..., 3].min() == 255
    return float(np.abs(read[..., :3].astype(int) - shown).mean())


def test_neighbors_can_be_told_apart():
    assert min(np.abs(PICTURES[0].astype(int) - other).mean() for other in PICTURES[1:]) > 1.5 * SAME


@pytest.mark.parametrize(
    ("suffix", "codec", "options"),
    [
        ("mp4", "libx264", {"crf": "12"}),
        ("mov", "libx264", {"crf": "12"}),
        ("mkv", "libx264", {"crf": "12"}),
        ("m4v", "libx264", {"crf": "12", "bf": "0"}),
        ("webm", "libvpx-vp9", {"crf": "10", "b": "0", "cpu-used": "8"}),
        ("avi", "mpeg4", {"b": "9000000", "bf": "2"}),
    ],
)
def test_frames_in_and_out_of_order(tmp_path, suffix, codec, options):
    path = write_video(tmp_path / f"clip.{suffix}", PICTURES, codec=codec, options=options)
    assert len(index_video(path).stamps) == COUNT
    for number in (0, 1, 2, 3, 9, 10, 23, 5, 4, 22, 23, 23, 11):
        assert difference(path, number) < SAME, number
    assert index_video(path).time_of(6) == pytest.approx(0.2, abs=0.002)


def test_frames_in_order_are_decoded_once(clip, monkeypatch):
    sought = []
    video_file._reader.cache_clear()
    begin = video_file._Reader._begin
    monkeypatch.setattr(video_file._Reader, "_begin", lambda reader: (sought.append(1), begin(reader)))
    for number in range(0, COUNT, 3):
        assert difference(clip, number) < SAME
    assert len(sought) <= 5  # opened, sought once, and from key frame to key frame where these are nearer
    sought.clear()
    difference(clip, 0)
    assert len(sought) == 1


def test_variable_rates_keep_their_times(tmp_path):
    ticks = np.cumsum([0, *([20, 20, 90, 40] * COUNT)])[:COUNT].tolist()
    path = write_video(tmp_path / "phone.mp4", PICTURES, ticks=ticks)
    index = index_video(path)
    assert [index.time_of(number) for number in range(COUNT)] == pytest.approx([tick / 600 for tick in ticks], abs=1e-4)
    assert difference(path, 13) < SAME


@pytest.mark.parametrize("orientation", TURNS)
def test_frames_are_turned_as_players_turn_them(tmp_path, orientation):
    path = write_video(tmp_path / "turned.mp4", PICTURES[:3], orientation=orientation)
    assert difference(path, 1) < SAME


def test_pixels_that_are_no_squares_become_squares(tmp_path):
    import av

    path = tmp_path / "wide.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"crf": "8"})
        stream.width, stream.height, stream.pix_fmt = 120, 96, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)
        container.mux(stream.encode(av.VideoFrame.from_image(Image.fromarray(PICTURES[3]).resize((120, 96)))))
        container.mux(stream.encode(None))
    assert index_video(path).pixel_aspect == pytest.approx(4 / 3)
    assert difference(path, 0, PICTURES[3]) < SAME


def test_an_animated_gif_is_a_video(tmp_path):
    path = tmp_path / "turn.gif"
    frames = [Image.fromarray(picture).convert("P", palette=Image.Palette.ADAPTIVE) for picture in PICTURES[:4]]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=[100, 200, 50, 50])
    assert is_video(path)
    assert [index_video(path).time_of(number) for number in range(4)] == pytest.approx([0, 0.1, 0.3, 0.35])
    assert difference(path, 2) < 1.5 * SAME
    frames[0].save(tmp_path / "one.gif")
    assert not is_video(tmp_path / "one.gif")


def test_what_is_before_the_cut_is_read(tmp_path, clip):
    content = clip.read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(content[: int(0.7 * len(content))])
    index = index_video(path)
    assert index.damaged
    assert 8 <= len(index.stamps) < index.announced == COUNT
    assert difference(path, 0) < SAME
    assert difference(path, 7) < SAME
    with pytest.raises(InputError, match=f"has no frame {COUNT - 1}; its frames are 0 to "):
        read_frame(frame_path(path, COUNT - 1))


def test_damage_in_the_middle_ends_at_the_next_key_frame(tmp_path):
    path = write_video(tmp_path / "scratched.mp4", PICTURES, key_every=6)
    content = bytearray(path.read_bytes())
    place = content.find(b"mdat") + len(content) // 3
    content[place : place + 300] = bytes(300)
    path.write_bytes(content)
    sound = []
    for number in range(COUNT):
        try:
            sound.append(difference(path, number) < 2 * SAME)
        except InputError as error:
            assert str(error) == f"{path}: frame {number} is damaged; the others can be used"  # noqa: PT017
    assert all(sound)
    assert 8 <= len(sound) < COUNT


def test_a_frame_that_no_colors_can_be_made_of_is_one_line(clip, monkeypatch):
    """FFmpeg refuses some sizes and kinds of pixels that broken streams claim, and calls it "unavailable"."""
    av = pytest.importorskip("av")

    def refuse(*_):
        raise av.error.BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(video_file, "_upright_pixels", refuse)
    with pytest.raises(InputError, match="frame 1 is damaged; the others can be used"):
        read_frame(frame_path(clip, 1))


def test_unusable_videos_are_one_line(tmp_path, clip):
    for name, content, reason in (
        ("empty.mp4", b"", "cannot be read as a video"),
        ("text.mov", b"no video " * 99, "cannot be read as a video"),
        ("headless.mp4", clip.read_bytes()[-3000:], "cannot be read as a video"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(InputError, match=reason) as caught:
            index_video(path)
        assert str(caught.value).startswith(f"{path}: ")
        assert "\n" not in str(caught.value)
        with pytest.raises(InputError, match=reason):
            read_upright(path)
    with pytest.raises(InputError, match="No such file"):
        index_video(tmp_path / "missing.mp4")
    with pytest.raises(InputError, match=r"is a video; name one of its frames, such as .*clip_000000"):
        read_upright(clip)


def test_an_avi_file_that_cannot_tell_the_order_is_one_line_with_the_command(tmp_path):
    path = write_video(tmp_path / "old.avi", PICTURES[:6])
    with pytest.raises(InputError, match=r"h264 with B-frames.*ffmpeg -i old\.avi old\.mp4"):
        index_video(path)


def test_sound_alone_is_no_video(tmp_path):
    import av

    path = tmp_path / "song.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        sound.sample_rate = 44100
        container.mux(stream.encode(sound))
        container.mux(stream.encode(None))
    with pytest.raises(InputError, match="has no pictures"):
        index_video(path)


def test_without_pyav_it_is_one_line_with_the_command(tmp_path, monkeypatch):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"x")
    monkeypatch.setattr(video_file, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'camera-estimation\[video\]'") as caught:
        index_video(path)
    assert "\n" not in str(caught.value)


def test_paths_of_frames(tmp_path, clip):
    assert frame_path(Path("a/my.clip.mp4"), 7) == Path("a/my.clip.mp4/my_clip_000007")
    assert split_frame_path(frame_path(clip, 1234567)) == (clip, 1234567)
    assert split_frame_path(clip) is None
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "folder.mp4" / "clip_000001").touch()
    assert split_frame_path(tmp_path / "folder.mp4" / "clip_000001") is None


def test_checksums_of_frames_differ_and_follow_the_video(tmp_path, clip):
    first, second = file_sha256(frame_path(clip, 0)), file_sha256(frame_path(clip, 1))
    assert first != second
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(clip.read_bytes())
    assert file_sha256(frame_path(copy, 0)) == first
    copy.write_bytes(clip.read_bytes() + b"more")
    assert file_sha256(frame_path(copy, 0)) != first
