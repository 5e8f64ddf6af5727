from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from camera_estimation.dataset.naming import natural_order, unique_names
from camera_estimation.dataset.pairing import MESH_NAME_ENDINGS, Pairing, pair_by_name
from camera_estimation.errors import InputError

STEMS = st.text(alphabet="abcXYZ019_-. é", min_size=1, max_size=8).filter(lambda stem: stem.strip(". ") == stem)


def touch(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()
    return folder


def pairs(pairing: Pairing) -> list[tuple[str, str]]:
    return [(sample.mesh_path.name, sample.image_path.name) for sample in pairing.samples]


def pair(tmp_path: Path, meshes: str, images: str) -> Pairing:
    return pair_by_name(touch(tmp_path / "meshes", *meshes.split()), touch(tmp_path / "images", *images.split()))


def test_equal_stems_in_natural_order(tmp_path):
    pairing = pair(tmp_path, "10.glb 2.GLB 1.glb", "1.PNG 2.jpg 10.webp")
    assert pairs(pairing) == [("1.glb", "1.PNG"), ("2.GLB", "2.jpg"), ("10.glb", "10.webp")]
    assert [sample.name for sample in pairing.samples] == ["1", "2", "10"]


def touch_without_text(folder: Path, name: bytes) -> None:
    try:
        (folder / os.fsdecode(name)).touch()
    except OSError:
        pytest.skip("this file system has names of text alone")


def test_names_that_are_no_text_are_left_out_and_told(tmp_path):
    folder = touch(tmp_path, "a.glb", "a.png")
    for name in (b"b\xff.glb", b"b\xff.png", b"b\xff.txt"):
        touch_without_text(folder, name)
    pairing = pair_by_name(folder)
    assert pairs(pairing) == [("a.glb", "a.png")]
    assert pairing.remarks == tuple(
        f"{folder}/b\\udcff{suffix}: its name is no UTF-8 text, so it is not used; rename it"
        for suffix in (".glb", ".png")
    )


def test_a_folder_of_names_that_are_no_text(tmp_path):
    touch_without_text(tmp_path, b"b\xff.glb")
    with pytest.raises(InputError, match=r"b\\udcff.glb: its name is no UTF-8 text"):
        pair_by_name(tmp_path)


def test_parts_of_names_do_not_pair(tmp_path):
    pairing = pair(tmp_path, "1.glb spot.glb", "10.png spot2.png spotted.png myspot.png")
    assert pairing.samples == ()
    assert [path.name for path in pairing.meshes_without_image] == ["1.glb", "spot.glb"]
    assert [path.name for path in pairing.images_without_mesh] == ["10.png", "myspot.png", "spot2.png", "spotted.png"]


@pytest.mark.parametrize(
    ("mesh", "image"),
    [
        ("0001_texture_consistency_sample.glb", "0001.png"),
        ("0001_Textured_Mesh.glb", "0001.png"),
        ("cow_white_mesh.glb", "cow.png"),
        ("cow_sample.glb", "cow_rgba.png"),
        ("cow.glb", "cow_nobg.png"),
    ],
)
def test_generator_suffixes(tmp_path, mesh, image):
    pairing = pair(tmp_path, f"{mesh} other.glb", f"{image} unrelated.png")
    assert pairs(pairing) == [(mesh, image)]


def test_a_name_that_is_only_a_suffix_stays(tmp_path):
    assert pairs(pair(tmp_path, "_mesh.glb other.glb", "_mesh.png mesh.png")) == [("_mesh.glb", "_mesh.png")]


@pytest.mark.parametrize("image", ["cow_00.png", "cow-12.png", "cow_frame003.png", "cow.0001.png", "cow_view_7.png"])
def test_frame_numbers(tmp_path, image):
    assert pairs(pair(tmp_path, "cow_sample.glb other.glb", f"{image} x.png")) == [("cow_sample.glb", image)]


def test_exact_name_wins_and_then_the_longest(tmp_path):
    pairing = pair(
        tmp_path, "cow.glb cow_1.glb cow_frame.glb", "cow_1.png cow_1_02.png cow_2.png cow_frame_3.png cow_view_3.png"
    )
    assert pairs(pairing) == [
        ("cow_1.glb", "cow_1.png"),
        ("cow_1.glb", "cow_1_02.png"),
        ("cow.glb", "cow_2.png"),
        ("cow_frame.glb", "cow_frame_3.png"),
        ("cow.glb", "cow_view_3.png"),
    ]


def test_meshes_of_several_generators_share_an_image_under_different_names(tmp_path):
    pairing = pair(tmp_path, "cow_textured.glb cow_white_mesh.glb", "cow.png")
    assert {sample.name for sample in pairing.samples} == {"cow__cow_textured", "cow__cow_white_mesh"}


def test_one_stem_in_several_formats_is_one_mesh(tmp_path):
    touch(tmp_path, "a.obj", "a.glb", "a.png", "b.stl", "b.ply", "b.png", "c.usdz", "c.png", "a.mtl")
    pairing = pair_by_name(tmp_path)
    assert pairs(pairing) == [("a.glb", "a.png"), ("b.ply", "b.png"), ("c.usdz", "c.png")]
    left_out = {mesh.name: taken.name for mesh, taken in pairing.other_formats}
    assert left_out == {"a.obj": "a.glb", "b.stl": "b.ply"}
    assert pairing.meshes_without_image == ()


@pytest.mark.parametrize("suffix", ["avif", "HEIC", "hif", "jfif", "mpo", "jp2"])
def test_formats_of_cameras_are_found(tmp_path, suffix):
    assert pairs(pair(tmp_path, "a.glb", f"a.{suffix}")) == [("a.glb", f"a.{suffix}")]


def test_masks_and_hidden_files_are_not_images(tmp_path):
    pairing = pair(tmp_path, "a.glb b_mask.glb .hidden.glb", "a.png a_mask.png b_mask.png .hidden.png notes.txt")
    assert pairs(pairing) == [("a.glb", "a.png"), ("b_mask.glb", "b_mask.png")]
    assert pairing.images_without_mesh == ()


def test_images_beside_the_meshes_by_default(tmp_path):
    touch(tmp_path, "a.glb", "a.png", "b.glb", "b.png")
    assert pairs(pair_by_name(tmp_path)) == [("a.glb", "a.png"), ("b.glb", "b.png")]
    single = pair_by_name(tmp_path / "a.glb")
    assert pairs(single) == [("a.glb", "a.png")]
    assert single.images_without_mesh == ()


def test_one_mesh_and_one_image_always_pair(tmp_path):
    touch(tmp_path, "chair.glb", "photo.jpg")
    expected = [("chair.glb", "photo.jpg")]
    assert pairs(pair_by_name(tmp_path / "chair.glb", tmp_path / "photo.jpg")) == expected
    assert pairs(pair_by_name(tmp_path / "chair.glb")) == expected
    assert pairs(pair_by_name(tmp_path)) == expected


def test_one_mesh_file_and_a_folder_of_strangers_are_pictures_of_that_mesh(tmp_path):
    mesh = touch(tmp_path / "meshes", "chair.glb") / "chair.glb"
    images = touch(tmp_path / "frames", "000.png", "001.png")
    assert pairs(pair_by_name(mesh, images)) == [("chair.glb", "000.png"), ("chair.glb", "001.png")]
    touch(images, "chair.png")
    assert pairs(pair_by_name(mesh, images)) == [("chair.glb", "chair.png")]


def test_one_image_file_asks_about_itself_only(tmp_path):
    touch(tmp_path, "a.glb", "b.glb", "a.png")
    pairing = pair_by_name(tmp_path, tmp_path / "a.png")
    assert pairs(pairing) == [("a.glb", "a.png")]
    assert pairing.meshes_without_image == ()


def test_places_without_content(tmp_path):
    empty, images = touch(tmp_path / "empty"), touch(tmp_path / "images", "a.png")
    (empty / "folder.glb").mkdir()
    for arguments, reason in (
        ((tmp_path / "none", images), "no such file or folder"),
        ((empty, images), "holds no mesh"),
        ((touch(tmp_path / "meshes", "a.glb"), empty), "holds no image"),
    ):
        with pytest.raises(InputError, match=reason):
            pair_by_name(*arguments)


@given(mesh=STEMS, image=STEMS, suffixes=st.lists(st.sampled_from(MESH_NAME_ENDINGS), max_size=3))
def test_pairs_exactly_when_stems_or_frames_agree(tmp_path_factory, mesh, image, suffixes):
    folder = tmp_path_factory.mktemp("pairs")
    touch(folder / "meshes", f"{mesh}{''.join(suffixes)}.glb", "zzz.glb")
    touch(folder / "images", f"{image}.png", "yyy.png")
    paired = (f"{mesh}{''.join(suffixes)}.glb", f"{image}.png") in pairs(
        pair_by_name(folder / "meshes", folder / "images")
    )
    if mesh.casefold() == image.casefold():
        assert paired
    elif not image.casefold().startswith(mesh.casefold()):
        assert not paired
    elif paired:
        assert image[len(mesh)] in "_-. "
        assert image[len(mesh) + 1 :].isdigit()


@given(st.lists(st.tuples(STEMS, STEMS), max_size=8, unique=True), st.randoms())
def test_names_are_unique_and_independent_of_order(stems, random):
    given_pairs = [(Path(f"{mesh}.glb"), Path(f"{image}.png")) for mesh, image in stems]
    names = unique_names(given_pairs)
    assert len({name.casefold() for name in names}) == len(names)
    shuffled = list(zip(given_pairs, names, strict=True))
    random.shuffle(shuffled)
    assert unique_names([pair for pair, _ in shuffled]) == [name for _, name in shuffled]


def test_names_of_images_that_share_a_stem():
    given_pairs = [("a/fox.glb", "x/01.png"), ("cow.glb", "y/01.png"), ("b/fox.glb", "z/01.png"), ("fox.glb", "2.png")]
    assert unique_names([(Path(mesh), Path(image)) for mesh, image in given_pairs]) == [
        "01__fox",
        "01__cow",
        "01__fox_2",
        "2",
    ]


def test_natural_order():
    assert sorted(["a10", "a2", "B1", "a"], key=natural_order) == ["a", "a2", "a10", "B1"]
    long = "1" * 5000  # of which Python makes no number
    assert sorted([long, "10", "002", "1", long[:-1]], key=natural_order) == ["1", "002", "10", long[:-1], long]
