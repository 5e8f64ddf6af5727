"""What goes wrong with cloud storage, in a line each, whatever its libraries raise. None of them is imported."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import dataclass

from camera_estimation.errors import InputError, short_reason

# Names of exceptions of botocore, google-auth and azure-identity, which are not loaded for their sake.
WITHOUT_CREDENTIALS = (
    "NoCredentialsError",
    "PartialCredentialsError",
    "CredentialRetrievalError",
    "TokenRetrievalError",
    "UnauthorizedSSOTokenError",
    "SSOTokenLoadError",
    "ProfileNotFound",
    "DefaultCredentialsError",
    "RefreshError",
    "CredentialUnavailableError",
)
DENIED_CODES = (401, 403)  # of HTTP
DENIED_WORDS = ("forbidden", "access denied", "accessdenied", "unauthorized", "anonymous caller")
PASSING_CODES = (408, 429, 500, 502, 503, 504)
PASSING_WORDS = ("timeout", "timed out", "connection", "connect", "temporar", "slow down", "unavailable", "payload")
LASTING_ERRNOS = (errno.ENOSPC, errno.EDQUOT if hasattr(errno, "EDQUOT") else errno.ENOSPC, errno.EROFS)
CREDENTIALS = "set those of the machine (see the guide to cloud storage), or FSSPEC_S3_ANON=true for public S3 buckets"


class DeniedError(InputError):
    """An object is not given to who asks, by storage or by the settings of this machine."""


@dataclass(frozen=True)
class Trouble:
    """What is told, and whether it helps to wait.

    Attributes:
        line: For the user, who is told the URL.
        passes: It may be over in a moment.
        error: The class of what is raised.
    """

    line: str
    passes: bool = False
    error: type[InputError] = InputError


def trouble_of(error: BaseException, url: str) -> Trouble:
    """What an exception of a library of storage means.

    Args:
        error: Raised while ``url`` was asked for.
        url: Of an object or a folder.
    """
    chain = list(_chain_of(error))
    reason = short_reason(error).rstrip(".")
    if any(type(each).__name__ in WITHOUT_CREDENTIALS for each in chain):
        return Trouble(f"{url}: there are no credentials for this storage ({reason}); {CREDENTIALS}", error=DeniedError)
    if any(_is_denied(each) for each in chain):
        return Trouble(
            f"{url}: access is denied, or there is no such object and who may not list the bucket is not told so "
            f"({reason}); check the URL and the credentials",
            error=DeniedError,
        )
    if any(_passes(each) for each in chain):
        return Trouble(
            f"{url}: storage cannot be reached ({reason}); check the network, then --retry_failed", passes=True
        )
    return Trouble(f"{url}: cannot be read ({reason}); check the URL")


def _chain_of(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or following.__context__


def _is_denied(error: BaseException) -> bool:
    text = str(error).lower()
    is_denied = isinstance(error, PermissionError) or _code_of(error) in DENIED_CODES
    return is_denied or any(word in text for word in DENIED_WORDS)


def _passes(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in LASTING_ERRNOS:
        return False
    if isinstance(error, ConnectionError | TimeoutError) or _code_of(error) in PASSING_CODES:
        return True
    if isinstance(error, OSError) and error.errno in (errno.EIO, errno.EBUSY, getattr(errno, "EREMOTEIO", errno.EIO)):
        return True
    told = f"{type(error).__name__} {error}".lower()
    return any(word in told for word in PASSING_WORDS)


def _code_of(error: BaseException) -> int | None:
    for name in ("code", "status", "status_code"):
        code = getattr(error, name, None)
        if isinstance(code, int | str) and str(code).isdigit():
            return int(code)
    return None
