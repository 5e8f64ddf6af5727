from __future__ import annotations

from itertools import pairwise

from camera_estimation.tracking._search_schedule import MOST_BETWEEN, SearchSchedule


def searched(sights: list[bool]) -> list[int]:
    """Numbers of lost frames in which the object is searched, by whether its colors are there."""
    schedule = SearchSchedule()
    return [number for number, sighted in enumerate(sights) if schedule.advance(True, sighted)]


def test_frames_that_are_not_lost_are_never_searched():
    assert not any(SearchSchedule().advance(False, True) for _ in range(100))


def test_the_first_lost_frame_is_searched_at_once():
    assert searched([False]) == [0]


def test_what_is_not_found_is_searched_ever_more_rarely():
    found = searched([True] * 200)
    gaps = [second - first for first, second in pairwise(found)]
    assert gaps == sorted(gaps)
    assert gaps[0] == 3
    assert gaps[-1] == MOST_BETWEEN


def test_what_comes_into_sight_is_searched_then():
    assert searched([False] * 20 + [True]) == [0, 20]


def test_what_stays_hidden_is_searched_rarely():
    assert len(searched([False] * 100)) == 3
