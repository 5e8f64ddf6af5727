from __future__ import annotations

import random
from pathlib import Path

import pytest

from camera_estimation.commands.estimate.shard import (
    Shard,
    parse_shard,
    read_shard,
    select_samples_of,
    write_shard,
)
from camera_estimation.dataset.pairing import Sample
from camera_estimation.errors import InputError


def samples_of(**counts):
    return [
        Sample(f"{mesh}_{number}", Path(f"{mesh}.glb"), Path(f"{mesh}_{number}.png"))
        for mesh, count in counts.items()
        for number in range(count)
    ]


def split(samples, count, bound=None):
    return [select_samples_of(Shard(index, count), samples, bound or {})[1] for index in range(1, count + 1)]


def names(samples):
    return [sample.name for sample in samples]


@pytest.mark.parametrize("count", [1, 2, 3, 7, 20])
def test_shards_have_every_sample_once_and_as_many_each(count):
    samples = samples_of(a=11, b=1, c=5)
    parts = split(samples, count)
    assert sorted(name for part in parts for name in names(part)) == sorted(names(samples))
    sizes = [len(part) for part in parts]
    assert max(sizes) - min(sizes) <= 1


def test_the_order_in_which_samples_are_named_does_not_matter():
    samples = samples_of(a=4, b=7, c=2)
    mixed = random.Random(3).sample(samples, len(samples))
    for part, other in zip(split(samples, 4), split(mixed, 4), strict=True):
        assert sorted(names(part)) == sorted(names(other))
        assert names(other) == [sample.name for sample in mixed if sample in other]


def test_images_of_a_mesh_are_in_as_few_shards_as_balance_allows():
    first, second = split(samples_of(a=2, c=1, b=3), 2)
    assert names(first) == ["a_0", "a_1", "b_0"]
    assert names(second) == ["c_0", "b_1", "b_2"]


def test_what_depends_on_each_other_stays_together():
    samples = samples_of(a=5, b=1, c=2)
    parts = split(samples, 2, {sample.name: sample.mesh_path for sample in samples})
    assert [names(part) for part in parts] == [names(samples[:5]), names(samples[5:])]


def test_a_shard_knows_its_samples_places_in_the_whole(tmp_path):
    samples = samples_of(b=2, a=2)
    shard, _ = select_samples_of(Shard(2, 2), samples, {})
    assert (shard.places, shard.total) == ({"b_0": 0, "b_1": 1}, 4)
    write_shard(tmp_path, shard)
    assert read_shard(tmp_path) == shard
    assert (shard.folder_name, str(shard)) == ("shard_2_of_2", "shard 2 of 2")


def test_shards_are_named_by_two_numbers():
    assert parse_shard("3/8") == Shard(3, 8)
    for wrong in ("0/8", "9/8", "3", "3/", "a/b", "-1/2"):
        with pytest.raises(InputError, match=f"--shard {wrong}: give I/N, such as 1/8 to 8/8"):
            parse_shard(wrong)


def test_other_folders_are_no_shards(tmp_path):
    with pytest.raises(InputError, match=r"is not the folder of a shard, for it has no shard\.json"):
        read_shard(tmp_path)
    (tmp_path / "shard.json").write_text('{"format": "camera-estimation/shard", "version": 1, "index": 1}')
    with pytest.raises(InputError, match="is not a file of camera-estimation/shard, version 1; run that shard again"):
        read_shard(tmp_path)
