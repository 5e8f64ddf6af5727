"""``camera-masks`` through its real command line, and ``camera-estimate`` with what it makes."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from safetensors import safe_open

from camera_estimation.batch.example import EXAMPLE_INTRINSICS, EXAMPLE_SAMPLE, example_rotation_error_deg
from camera_estimation.cli.estimate import main as estimate
from camera_estimation.cli.masks import main
from camera_estimation.images.loading import load_source_image
from camera_estimation.results.pose_file import read_poses
from camera_estimation.segmentation.mask_cache import load_category_masks
from tests.support.masks import disc, overlap, save, speckled, write_brightness_network
from tests.support.orbits import SETTINGS

SUMMARY = "ok, {} failed, {} skipped"


def on_white(mask: np.ndarray) -> np.ndarray:
    return np.where(mask[..., None], (200, 80, 30), 255).astype(np.uint8)


@pytest.fixture
def images(tmp_path):
    """Two pictures on white, and one before a ground that is not plain."""
    save(tmp_path / "images" / "1.png", on_white(disc()))
    save(tmp_path / "images" / "2.png", on_white(disc(center=(60, 40))))
    save(tmp_path / "images" / "10.png", speckled(disc()))
    return tmp_path / "images"


def run(images, *flags):
    arguments = ["--source_images_dir", images, "--output_dir", images.parent / "masks", *flags]
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def lines_of(result):
    return [line for line in result.output.splitlines() if line]


def metadata_of(path):
    with safe_open(path, framework="np") as file:
        return file.metadata()


def test_help_needs_nothing_heavy():
    code = (
        "import sys\n"
        "sys.argv = ['camera-masks', '--help']\n"
        "from camera_estimation.cli.masks import main\n"
        "try: main()\n"
        "except SystemExit as ended: assert ended.code == 0\n"
        "print('heavy:', *{'torch', 'numpy', 'cv2', 'PIL', 'rembg', 'transformers', 'safetensors'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.endswith("heavy:\n")


def test_version():
    assert CliRunner().invoke(main, ["--version"]).output.startswith("camera-masks ")


def test_makes_masks_and_goes_on_after_a_failure(images):
    result = run(images)
    assert result.exit_code == 1
    assert result.stdout.startswith("2 ok, 1 failed, 0 skipped; masks in ")
    (failed,) = [line for line in lines_of(result) if line.startswith("FAILED")]
    assert failed.startswith(f"FAILED 10.png: {images / '10.png'}: has no plain background; give another --segmenter")
    folder = images.parent / "masks"
    names = {path.name for path in folder.iterdir()}
    assert names == {f"{stem}{end}" for stem in "12" for end in (".png", "_masks.png", "_masks.safetensors")}
    assert overlap(np.asarray(Image.open(folder / "1.png")) / 255.0, disc()) > 0.99
    assert "face" not in result.output


def test_masks_are_what_camera_estimate_takes(images):
    run(images)
    source = load_source_image(images / "2.png", masks_dir=images.parent / "masks")
    assert source.mask_source == "file"
    assert overlap(source.mask[0].numpy() / 255.0, disc(center=(60, 40))) > 0.99
    masks = load_category_masks(images / "2.png", images.parent / "masks")
    assert set(masks) == {"foreground", "background", "lighting"}


def test_the_preview_shows_the_regions(images):
    run(images, "--max_samples", "1")
    preview = Image.open(images.parent / "masks" / "1_masks.png")
    assert preview.size[0] > 1200
    colors = {color for _, color in preview.getcolors(preview.width * preview.height)}
    assert {(64, 156, 255), (58, 62, 74), (255, 240, 60)} <= colors  # of the legend


def test_categories_in_words_or_with_commas(images):
    for flags in (("--categories", "background", "hair"), ("--categories", "background,hair", "--overwrite")):
        result = run(images, "--max_samples", "1", *flags)
        assert result.exit_code == 0, result.output
        told = [line for line in lines_of(result) if "cannot find" in line]
        assert len(told) == 1
        assert told[0].startswith("plain cannot find hair: it knows foreground, background and lighting")
    metadata = metadata_of(images.parent / "masks" / "1_masks.safetensors")
    assert json.loads(metadata["categories_found"]) == ["foreground", "background"]
    assert json.loads(metadata["categories_missing"]) == ["hair"]


def test_nothing_is_made_twice(images):
    (images / "10.png").unlink()
    first = run(images)
    assert first.stdout.startswith("2 ok, 0 failed, 0 skipped")
    cache = images.parent / "masks" / "1_masks.safetensors"
    written = cache.stat().st_mtime_ns
    again = run(images)
    assert again.exit_code == 0
    assert again.stdout.startswith("0 ok, 0 failed, 2 skipped")
    assert cache.stat().st_mtime_ns == written
    assert run(images, "--overwrite").stdout.startswith("2 ok, 0 failed, 0 skipped")


def test_a_changed_image_is_made_again(images):
    (images / "10.png").unlink()
    run(images)
    save(images / "1.png", on_white(disc(center=(50, 36))))
    assert run(images).stdout.startswith("1 ok, 0 failed, 1 skipped")
    assert overlap(load_category_masks(images / "1.png", images.parent / "masks")["foreground"].numpy(), disc()) < 0.8


def test_changed_settings_are_made_again(images):
    (images / "10.png").unlink()
    run(images)
    assert run(images, "--segmenter", "grabcut").stdout.startswith("2 ok")
    assert run(images, "--segmenter", "grabcut", "--categories", "lighting").stdout.startswith("2 ok")
    (images.parent / "boxes.json").write_text('{"1.png": [15, 12, 66, 60]}')
    boxed = run(images, "--segmenter", "grabcut", "--categories", "lighting", "--boxes", images.parent / "boxes.json")
    assert boxed.stdout.startswith("1 ok, 0 failed, 1 skipped")


def test_a_damaged_file_is_made_again_with_one_line(images):
    (images / "10.png").unlink()
    run(images)
    cache = images.parent / "masks" / "1_masks.safetensors"
    cache.write_bytes(cache.read_bytes()[:200])
    result = run(images)
    assert result.exit_code == 0
    assert result.stdout.startswith("1 ok, 0 failed, 1 skipped")
    assert lines_of(result)[0] == f"{cache}: is damaged; made again"
    assert "foreground" in load_category_masks(images / "1.png", images.parent / "masks")


@pytest.mark.slow
def test_runs_at_the_same_time(images):
    (images / "10.png").unlink()
    command = [sys.executable, "-m", "camera_estimation.cli.masks", "--source_images_dir", images]
    command += ["--output_dir", images.parent / "masks", "--overwrite"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    running = [subprocess.Popen([str(word) for word in command], **pipes) for _ in range(3)]
    ended = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], ended
    for stem in "12":
        assert "foreground" in load_category_masks(images / f"{stem}.png", images.parent / "masks")
    assert len(list((images.parent / "masks").iterdir())) == 6  # no temporary file is left


def test_own_categories_and_places(images):
    (images.parent / "own.toml").write_text(
        '[categories.wheel]\nweight = 0.4\n[[images."10.png".wheel]]\nbox = [16, 12, 64, 60]\n'
        '[images."10.png"]\nbox = [16, 12, 64, 60]\n'
    )
    result = run(images / "10.png", "--segmenter", "grabcut", "--prompts", images.parent / "own.toml")
    assert result.exit_code == 0, result.output
    masks = load_category_masks(images / "10.png", images / "masks")
    assert overlap(masks["wheel"].numpy(), disc()) > 0.95


def test_alpha_is_kept(images):
    rgba = np.dstack([speckled(disc()), np.where(disc(), 255, 0).astype(np.uint8)])
    save(images / "10.png", rgba)
    assert run(images).exit_code == 0
    assert overlap(np.asarray(Image.open(images.parent / "masks" / "10.png")) / 255.0, disc()) == 1


def test_images_of_one_name(images):
    save(images / "1.jpg", on_white(disc()))
    result = run(images)
    assert result.stdout.startswith("2 ok, 2 failed, 0 skipped")
    assert "its masks would have the names of those of 1.jpg; rename one" in result.output


def test_masks_and_previews_are_no_images(images):
    save(images / "1_mask.png", on_white(disc()))
    save(images / "1_masks.png", on_white(disc()))
    assert run(images).stdout.startswith("2 ok, 1 failed, 0 skipped")


def test_images_that_cannot_be_read(images):
    (images / "2.png").write_bytes(b"no picture")
    result = run(images)
    assert result.exit_code == 1
    assert f"FAILED 2.png: {images / '2.png'}: is not an image that can be read; save it again" in result.output
    assert "Traceback" not in result.output
    assert "Traceback" in run(images, "--verbose").output


def test_quiet_tells_errors_only(images):
    result = run(images, "--quiet")
    assert [line[:13] for line in lines_of(result)] == ["FAILED 10.png"]


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--segmenter", "rembq"), "did you mean rembg?"),
        (("--segmenter", "rembg:none"), "unknown model; choose one of u2netp"),
        (("--rembg_model", "u2net"), "add --segmenter rembg"),
        (("--categories", "hat"), "[categories.NAME]"),
        (("--prompts", "absent.toml"), "no such file"),
        (("--boxes", "absent.json"), "no such file"),
        (("--device", "tpu"), "device 'tpu' is unknown"),
    ],
)
def test_wrong_usage(images, flags, told):
    result = run(images, *flags)
    assert result.exit_code == 2
    assert len(lines_of(result)) == 1
    assert told in result.output
    assert not (images.parent / "masks").exists()


def test_wrong_places(images):
    beside = CliRunner().invoke(main, ["--source_images_dir", str(images), "--output_dir", str(images)])
    assert beside.exit_code == 2
    assert "that is where the images are" in beside.output
    assert "give --source_images_dir" in CliRunner().invoke(main, []).output
    assert "no such file or folder" in run(images / "absent").output
    (images.parent / "empty").mkdir()
    assert "holds no image" in run(images.parent / "empty").output


def test_rembg(images, monkeypatch):
    for package in ("onnx", "onnxruntime", "rembg"):
        pytest.importorskip(package)
    monkeypatch.setenv("U2NET_HOME", str(images.parent / "networks"))
    missing = run(images, "--segmenter", "rembg", "--rembg_model", "silueta")
    assert missing.exit_code == 2
    assert "--segmenter rembg:silueta --fetch_weights" in missing.output
    write_brightness_network(images.parent / "networks", "silueta")
    (images / "1.png").unlink()
    (images / "2.png").unlink()
    result = run(images, "--segmenter", "rembg", "--rembg_model", "silueta")
    assert result.exit_code == 0, result.output
    assert overlap(np.asarray(Image.open(images.parent / "masks" / "10.png")) / 255.0, disc()) > 0.9
    assert metadata_of(images.parent / "masks" / "10_masks.safetensors")["segmenter_version"].endswith("silueta")
    fetched = CliRunner().invoke(main, ["--segmenter", "rembg:silueta", "--fetch_weights"])
    assert fetched.output.startswith("rembg:silueta: ")


def test_nothing_to_fetch():
    result = CliRunner().invoke(main, ["--fetch_weights"])
    assert result.output == "plain has no weights: nothing to fetch\n"


def demo_photo(folder, **sizes):
    """The packaged example before a dark ground, and its box."""
    rgba = np.asarray(Image.open(EXAMPLE_SAMPLE.image_path).convert("RGBA")).astype(float)
    alpha = rgba[..., 3:] / 255
    ground = np.random.default_rng(0).integers(0, 50, (*alpha.shape[:2], 3)) * np.array([0.2, 0.5, 1.0])
    save(
        folder / EXAMPLE_SAMPLE.image_path.name, (alpha * rgba[..., :3] + (1 - alpha) * ground).round().astype(np.uint8)
    )
    rows, columns = np.flatnonzero((alpha[..., 0] > 0.5).any(1)), np.flatnonzero((alpha[..., 0] > 0.5).any(0))
    box = [int(columns[0]) - 5, int(rows[0]) - 5, int(columns[-1]) + 5, int(rows[-1]) + 5]
    (folder / "boxes.json").write_text(json.dumps({EXAMPLE_SAMPLE.image_path.name: box}))
    (folder / "quick.toml").write_text(SETTINGS)
    return folder / EXAMPLE_SAMPLE.image_path.name


def estimated(image, *flags):
    arguments = ["--input_dir", EXAMPLE_SAMPLE.mesh_path, "--source_images_dir", image, "--config"]
    arguments += [image.parent / "quick.toml", "--intrinsics", EXAMPLE_INTRINSICS]
    arguments += ["--output_dir", image.parent / "out", *flags]
    return CliRunner().invoke(estimate, [str(argument) for argument in arguments])


@pytest.mark.slow
def test_camera_estimate_with_a_segmenter(tmp_path):
    image = demo_photo(tmp_path)
    result = estimated(image, "--segmenter", "grabcut", "--boxes", tmp_path / "boxes.json", "--overwrite")
    assert result.exit_code == 0, result.output
    assert read_poses(tmp_path / "out")[0]["status"] == "ok"
    assert example_rotation_error_deg(tmp_path / "out") < 3


def test_camera_estimate_tells_what_a_segmenter_lacks(tmp_path):
    image = demo_photo(tmp_path)
    for flags, told in (
        (("--segmenter", "rembq"), "did you mean rembg?"),
        (("--segmenter", "grabcut", "--mask", "none"), "leave one of them away"),
    ):
        result = estimated(image, *flags)
        assert result.exit_code == 2
        assert told in result.output
