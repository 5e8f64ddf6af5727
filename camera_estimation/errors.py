"""The one error that users see: bad input, named, with what to do about it; and a line about all others."""

from __future__ import annotations

LONGEST = 300  # characters of an unexpected exception
LONGEST_REASON = 160  # of what a library says, where it stands within a line of ours
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


def short_reason(error: BaseException, longest: int = LONGEST_REASON) -> str:
    """What a library says of its error, on one line of at most ``longest`` characters; the error's kind where it says
    nothing."""
    return _shorten_message(error, longest) or type(error).__name__


def kind_and_reason(error: BaseException, longest: int = LONGEST_REASON) -> str:
    """The same after the error's kind, for errors whose message alone says little, such as ``KeyError: 'faces'``."""
    return ": ".join(filter(None, (type(error).__name__, _shorten_message(error, longest))))


def internal_error(error: Exception) -> str:
    """One line about an exception that nobody meant for people: of a file that the system refuses, which and why."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return str(InputError(f"{error.filename}: cannot be read or written ({error.strerror}); check the path"))
    return f"internal error: {kind_and_reason(error, LONGEST)}"


def error_line(error: Exception) -> str:
    """One line about any exception: the message of bad input, and what can be told of others."""
    return str(error) if isinstance(error, InputError) else internal_error(error)


def _shorten_message(error: BaseException, longest: int) -> str:
    return " ".join(str(error).split())[:longest]


def _shorten(line: str) -> str:
    """Without the middle, where cells of a file have got into it that nobody can read."""
    half = LONGEST_LINE // 2
    return line if len(line) <= LONGEST_LINE else f"{line[:half]} ... {line[-half:]}"
