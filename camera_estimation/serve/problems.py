"""What goes wrong with a request: a status of HTTP and a sentence for people."""

from __future__ import annotations

BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, TIMED_OUT = 400, 401, 403, 404, 408
TOO_LARGE, WRONG_TYPE, UNUSABLE, TOO_MANY, CANCELED = 413, 415, 422, 429, 499
INTERNAL, UNAVAILABLE, TOO_SLOW = 500, 503, 504
RETRY_SECONDS = 10  # after which a server that is stopping or full may be back, or have room


class RequestError(Exception):
    """A request that is not answered as it hopes.

    Args:
        status: Of HTTP.
        sentence: What is wrong and what to do about it.
        retry_after: Seconds after which it may be sent again; None: that would not help.
        job: The id of the job that goes on all the same; "": there is none.
    """

    def __init__(self, status: int, sentence: str, retry_after: int | None = None, job: str = "") -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.retry_after, self.job = status, sentence, retry_after, job

    def values(self) -> dict[str, str]:
        """The body of the answer."""
        return {"error": self.sentence, **({"job": f"/jobs/{self.job}"} if self.job else {})}

    def headers(self) -> dict[str, str]:
        """Of the answer."""
        return {} if self.retry_after is None else {"retry-after": str(self.retry_after)}
