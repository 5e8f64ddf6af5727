"""The one error that users see: bad input, named, with what to do about it; and a line about all others."""

from __future__ import annotations

LONGEST = 300  # characters of an unexpected exception
LONGEST_LINE = 9000  # of others, which may have two paths in them: systems take 4096 of one


class InputError(ValueError):
    """Bad input that the user can mend. The message is one line, names the file and says what to do.

    Names and cells of files may have line breaks and codes of terminals in them, which are not put out.
    """

    def __init__(self, message: object = "") -> None:
        super().__init__(_shorten(printable_line(str(message))))


class MissingWeightsError(InputError):
    """A perceptual network's weights are not on this machine. The message names the command that fetches them."""


class NoMaskError(InputError):
    """Nothing marks the object in an image, and nothing was asked to find it. The message says what could."""


def printable_line(text: str) -> str:
    """The text on one line, with blanks for blanks of every kind and "?" for what cannot be shown."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else " " if character.isspace() else "?" for character in text)


def internal_error(error: Exception) -> str:
    """One line about an exception that nobody meant for people."""
    message = " ".join(str(error).split())[:LONGEST]
    return ": ".join(filter(None, ("internal error", type(error).__name__, message)))


def _shorten(line: str) -> str:
    """Without the middle, where cells of a file have got into it that nobody can read."""
    half = LONGEST_LINE // 2
    return line if len(line) <= LONGEST_LINE else f"{line[:half]} ... {line[-half:]}"
