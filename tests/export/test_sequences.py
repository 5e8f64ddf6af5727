from __future__ import annotations

from camera_estimation.export.sequences import find_sequences


def entry_of(name: str, **changes) -> dict:
    return {"name": name, "mesh": "cat.glb", "image": f"{name}.png", "status": "ok", "object": None, **changes}


def test_frames_are_sequences_and_single_pictures_are_not():
    frames = [entry_of(f"f_{place}", start="neighbour" if place else "search") for place in range(4)]
    frames[2]["status"] = "failed"
    photos = [entry_of(f"photo_{place}", start="search") for place in range(5)]
    assert find_sequences([*frames, *photos]) == [[0, 1, 3]]
    assert find_sequences(photos) == []
    assert find_sequences(frames[:2]) == []


def test_frames_of_a_video_are_one_for_each_object():
    frames = [
        entry_of(f"clip_{number:06d}_{part}", start="search", frame=number, object={"instance": part})
        for number in range(3)
        for part in (1, 2)
    ]
    for entry in frames:
        entry["image"] = f"clip.mp4/clip_{entry['frame']:06d}"
    assert find_sequences(frames) == [[0, 2, 4], [1, 3, 5]]
