"""When an object that is lost in a video is searched everywhere."""

from __future__ import annotations

# Lost frames between searches: as few where the object has come into sight, ever more where it is not found.
FEWEST_BETWEEN, MOST_BETWEEN = 3, 48


class SearchSchedule:
    """Told of every frame. ``missed`` are the frames in a row in which the object was lost."""

    def __init__(self) -> None:
        self.missed = 0
        self._between = self._pause = 0  # lost frames from search to search, and to the next
        self._hidden = False  # whether the lost object is out of sight

    def advance(self, lost: bool, sighted: bool) -> bool:
        """Whether the object is searched in this frame: at once, when its colors come into sight, and now and then.

        Args:
            lost: Whether it is lost in this frame.
            sighted: Whether its colors are somewhere in the frame.
        """
        self.missed = self.missed + 1 if lost else 0
        if not lost:
            return False
        self._pause -= 1
        if self._hidden and sighted:
            self._pause, self._between = 0, FEWEST_BETWEEN
        self._hidden = not sighted
        if self.missed > 1 and self._pause > 0:
            return False
        self._between = FEWEST_BETWEEN if self.missed == 1 else min(2 * self._between, MOST_BETWEEN)
        self._pause = self._between if sighted else MOST_BETWEEN
        return True
