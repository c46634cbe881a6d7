from __future__ import annotations

import json
import re
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import Optional

import httpx


class RajoraError(Exception):
    """Any failure of a call. Holds nothing of the request: no key, no token, no text.

    `status` is the HTTP status, None where there was no answer or where a stream broke; `detail` the API's own sentence;
    `request_id` its `x-request-id`; `retry_after` the seconds after which it asks to try again.
    """

    def __init__(
        self, detail: str, *, status: Optional[int] = None, request_id: Optional[str] = None,
        retry_after: Optional[float] = None,
    ) -> None:
        super().__init__(detail if status is None else f"{status}: {detail}")
        self.status, self.detail = status, detail
        self.request_id, self.retry_after = request_id, retry_after


def retry_after_of(value: Optional[str], now: float) -> Optional[float]:
    """Seconds of a `Retry-After` (RFC 9110 §10.2.3), a number or a date; `now` in seconds since 1970."""
    if value is None:
        return None
    if re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", value):
        return max(0.0, float(value))
    try:
        date = parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError):
        return None
    return max(0.0, (date if date.tzinfo else date.replace(tzinfo=timezone.utc)).timestamp() - now)


def error_of(response: httpx.Response, body: bytes, now: float) -> RajoraError:
    """The error of an answer that is none. A page of HTML says nothing to a program."""
    detail = f"The server answered {response.status_code} {response.reason_phrase}".rstrip()
    try:
        given = json.loads(body).get("detail")
        if given is not None:
            detail = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
    except (ValueError, AttributeError, RecursionError):
        pass
    retry_after = retry_after_of(response.headers.get("retry-after"), now)
    request_id = response.headers.get("x-request-id")
    return RajoraError(detail, status=response.status_code, request_id=request_id, retry_after=retry_after)
