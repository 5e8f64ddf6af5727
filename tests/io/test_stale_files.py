from __future__ import annotations

import os

from camera_estimation.io.atomic import write_through
from camera_estimation.io.stale_files import remove_stale_files


def test_what_dead_processes_have_begun_is_taken_away(tmp_path):
    gone = [".poses.json.4194305.tmp", f"a/.render.png.{os.getpid()}.tmp", "a/b/.x.y.4194305.tmp"]
    kept = [".poses.json.1.tmp", "poses.json", ".hidden.tmp", "a/notes.4194305.tmp", "a/.x.tmp.png"]
    for name in (*gone, *kept):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert remove_stale_files(tmp_path) == len(gone)
    left = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(left) == sorted(kept)


def test_it_knows_the_names_that_files_are_written_under(tmp_path):
    names = []

    def save(place):
        place.write_text("")
        names.append(place)
        os.link(place, tmp_path / "kept")

    write_through(tmp_path / "poses.json", save)
    (tmp_path / "kept").rename(names[0])  # as if it had been killed here
    assert remove_stale_files(tmp_path) == 1
