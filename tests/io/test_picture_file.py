from __future__ import annotations

import io
import struct
import sys
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps, PngImagePlugin

import camera_estimation.io
from camera_estimation.errors import InputError
from camera_estimation.images.upright import read_upright
from camera_estimation.io import picture_file
from camera_estimation.io.picture_file import orient, read_picture

RNG = np.random.default_rng(0)
COLORS = RNG.integers(0, 256, (37, 53, 3), dtype=np.uint8)
# Cyan to yellow, smooth: what lossy formats keep.
RAMP = np.stack(np.broadcast_arrays(np.arange(64)[:, None], 2 * np.arange(96), 255), axis=-1).astype(np.uint8)


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def profile_with_swapped_colorants() -> bytes:
    """sRGB, but what the file calls red is green, and green red."""
    content = bytearray(srgb_profile())
    count = int.from_bytes(content[128:132], "big")
    entries = {bytes(content[at : at + 4]): at for at in range(132, 132 + 12 * count, 12)}
    red, green = entries[b"rXYZ"], entries[b"gXYZ"]
    content[red : red + 4], content[green : green + 4] = b"gXYZ", b"rXYZ"
    content[84:100] = bytes(16)  # its checksum
    return bytes(content)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientations_are_those_of_pillow(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "view.png"
    Image.fromarray(COLORS).save(path, exif=exif)
    with Image.open(path) as opened:
        expected = np.asarray(ImageOps.exif_transpose(opened))
    assert np.array_equal(read_picture(path)[..., :3], expected)
    assert np.array_equal(orient(COLORS, orientation), expected)


def test_parts_make_the_whole(tmp_path, monkeypatch):
    path = tmp_path / "view.png"
    Image.fromarray(COLORS).convert("P").save(path, transparency=Image.fromarray(COLORS).convert("P").getpixel((3, 3)))
    whole = read_picture(path)
    monkeypatch.setattr(picture_file, "STRIP_PIXELS", 53 * 5)
    assert np.array_equal(read_picture(path), whole)
    assert whole[..., 3].min() == 0


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P"])
def test_the_profile_of_srgb_leaves_every_bit(tmp_path, mode):
    picture = Image.fromarray(COLORS).convert(mode)
    picture.save(tmp_path / "plain.png")
    picture.save(tmp_path / "srgb.png", icc_profile=srgb_profile())
    assert np.array_equal(read_picture(tmp_path / "srgb.png"), read_picture(tmp_path / "plain.png"))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_colors_of_another_profile_become_srgb(tmp_path, mode):
    flat = np.full((20, 30, 4), (200, 40, 90, 255), dtype=np.uint8)
    flat[:5, :, 3] = 0 if mode == "RGBA" else 255
    path = tmp_path / "view.png"
    Image.fromarray(flat).convert(mode).save(path, icc_profile=profile_with_swapped_colorants())
    read = read_picture(path).astype(int)
    stored = np.asarray(Image.open(path).convert("RGBA")).astype(int)
    assert np.abs(read[..., :3] - stored[..., [1, 0, 2]]).max() <= 2
    assert np.array_equal(read[..., 3], flat[..., 3])


def test_a_profile_that_is_broken_or_of_other_colors_is_ignored_and_noted(tmp_path, caplog):
    caplog.set_level("DEBUG", logger="camera_estimation")
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for name, profile in (("broken", b"no profile"), ("lab", lab), ("empty", b"")):
        path = tmp_path / f"{name}.png"
        Image.fromarray(COLORS).save(path, icc_profile=profile)
        assert np.array_equal(read_picture(path)[..., :3], COLORS)
    cmyk = tmp_path / "cmyk.jpg"
    Image.fromarray(RAMP).convert("CMYK").save(cmyk, quality=95, icc_profile=profile_with_swapped_colorants())
    assert np.abs(read_picture(cmyk)[..., :3].astype(int) - RAMP).mean() < 4
    noted = [record.message for record in caplog.records if "color profile is ignored" in record.message]
    assert len(noted) == 3
    assert all(f"{name}." in line for name, line in zip(("broken", "lab", "cmyk"), noted, strict=True))


@pytest.mark.parametrize("channels", [3, 4])
def test_sixteen_bits_are_rounded(tmp_path, channels):
    import cv2

    levels = RNG.integers(0, 65536, (37, 53, channels), dtype=np.uint16)
    path = tmp_path / "ünicode.png"
    path.write_bytes(cv2.imencode(".png", levels[..., [2, 1, 0, 3][:channels]])[1].tobytes())
    expected = np.round(levels / 257)
    assert np.array_equal(read_picture(path)[..., :channels], expected)


def test_sixteen_bits_of_gray_with_alpha(tmp_path):
    def chunk(kind: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")

    levels = RNG.integers(0, 65536, (7, 5, 2), dtype=np.uint16)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in levels)
    header = (5).to_bytes(4, "big") + (7).to_bytes(4, "big") + bytes([16, 4, 0, 0, 0])
    path = tmp_path / "gray.png"
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
    read = read_picture(path)
    assert np.abs(read[..., [0, 3]] - levels / 257).max() <= 1
    assert np.array_equal(read[..., 0], read[..., 2])


def test_long_texts_in_a_png_are_no_damage(tmp_path):
    texts = PngImagePlugin.PngInfo()
    texts.add_text("parameters", "x" * 3_000_000, zip=True)
    path = tmp_path / "generated.png"
    Image.fromarray(COLORS).save(path, pnginfo=texts)
    limit = PngImagePlugin.MAX_TEXT_CHUNK
    assert np.array_equal(read_picture(path)[..., :3], COLORS)
    assert limit == PngImagePlugin.MAX_TEXT_CHUNK


@pytest.mark.parametrize(("suffix", "options"), [("avif", {"quality": 90}), ("mpo", {"save_all": True}), ("jp2", {})])
def test_formats_of_cameras(tmp_path, suffix, options):
    path = tmp_path / f"view.{suffix}"
    if suffix == "mpo":
        options["append_images"] = [Image.fromarray(COLORS)]
    Image.fromarray(RAMP).save(path, **options)
    assert np.abs(read_upright(path)[..., :3].astype(int) - RAMP).mean() < 4


def test_heic_whatever_its_name_with_its_orientation(tmp_path):
    pillow_heif = pytest.importorskip("pillow_heif")
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "IMG_0001.jpg"
    pillow_heif.from_pillow(Image.fromarray(RAMP)).save(path, quality=90, exif=exif.tobytes())
    read = read_upright(path)
    expected = orient(RAMP, 6)
    assert read.shape[:2] == expected.shape[:2]
    assert np.abs(read[..., :3].astype(int) - expected).mean() < 4


def test_heic_without_its_library_is_one_line_with_the_command(tmp_path, monkeypatch):
    path = tmp_path / "IMG_0001.HEIC"
    path.write_bytes((24).to_bytes(4, "big") + b"ftypheic" + bytes(4) + b"mif1heic" + bytes(100))
    monkeypatch.setattr("camera_estimation.io._heif_file.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'camera-estimation\[heif\]'") as caught:
        read_upright(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_broken_heic_is_one_line(tmp_path):
    pytest.importorskip("pillow_heif")
    path = tmp_path / "IMG_0001.HEIC"
    path.write_bytes((24).to_bytes(4, "big") + b"ftypheic" + bytes(4) + b"mif1heic" + bytes(100))
    with pytest.raises(InputError, match="save it again as PNG"):
        read_upright(path)


def test_too_many_pixels_are_one_line(tmp_path, own_limits):
    path = tmp_path / "view.png"
    Image.fromarray(COLORS).save(path)
    own_limits(picture_megapixels=0.001)
    with pytest.raises(InputError, match=r"more than limits\.picture_megapixels = 0\.001; make it smaller, or raise"):
        read_upright(path)


def test_libraries_of_one_format_are_loaded_for_it_alone(tmp_path):
    import subprocess

    path = tmp_path / "view.png"
    Image.fromarray(COLORS).save(path)
    asked = (
        f"from pathlib import Path; from camera_estimation.io import read_picture; read_picture(Path({str(path)!r}));"
    )
    told = "import sys; print([name for name in ('cv2', 'pillow_heif', 'PIL.ImageCms') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked + told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_memory_is_not_taken_for_what_the_first_bytes_of_an_odd_format_say(tmp_path):
    """Of a brush of GIMP, with a comment of two gigabytes."""
    (tmp_path / "view.jpg").write_bytes(struct.pack(">5I", 2**31, 1, 4, 4, 1))
    tracemalloc.start()
    with pytest.raises(InputError, match="is not an image that can be read"):
        read_upright(tmp_path / "view.jpg")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**27


def test_textures_ignore_profiles():
    from camera_estimation.io import read_rgba

    stream = io.BytesIO()
    Image.fromarray(COLORS).save(stream, "PNG", icc_profile=profile_with_swapped_colorants())
    assert np.array_equal(read_rgba(io.BytesIO(stream.getvalue()))[..., :3], COLORS)


def test_a_picture_that_the_system_refuses_is_not_called_damaged(tmp_path, monkeypatch):
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(camera_estimation.io, "read_picture", refuse)
    with pytest.raises(InputError, match=r"a\.png: cannot be read \(Permission denied\); check the file"):
        read_upright(tmp_path / "a.png")


def test_a_lack_of_memory_is_not_the_pictures_fault(tmp_path, monkeypatch):
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")

    def fall_short(path):
        raise MemoryError

    monkeypatch.setattr(camera_estimation.io, "read_picture", fall_short)
    with pytest.raises(MemoryError):
        read_upright(tmp_path / "a.png")
