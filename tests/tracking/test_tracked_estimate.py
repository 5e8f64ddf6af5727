from __future__ import annotations

from camera_estimation.tracking.contour._alignment import Agreement
from camera_estimation.tracking.tracked_estimate import agreement_share


def share(contour, detail, within=1.0):
    return agreement_share(Agreement(contour, detail, contour, within))


def test_what_is_seen_as_foretold_is_probably_right():
    assert share(0.9, 0.9) > 0.99
    assert share(0.9, None) > 0.99


def test_the_less_is_seen_the_less_probable_it_is():
    shares = [share(contour, contour) for contour in (0.9, 0.5, 0.35, 0.2, 0.0)]
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] < 0.05


def test_details_count_where_the_contour_is_hidden():
    assert share(0.25, 0.9) > share(0.25, 0.1) + 0.1


def test_a_contour_beyond_the_picture_tells_nothing():
    assert share(1.0, None, within=0.1) < 0.1
