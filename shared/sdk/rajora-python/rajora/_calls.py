"""What both clients share: settings, requests, and when another try is worth it."""

from __future__ import annotations

import os
import random
import re
import uuid
from dataclasses import dataclass, field
from typing import Any, Dict, Mapping, Optional
from urllib.parse import quote, urlsplit

import httpx

from ._errors import RajoraError

#: The longest wait that a server may ask for; for a longer one the call fails at once and says it.
MAX_RETRY_AFTER = 60.0
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 8.0


@dataclass(frozen=True)
class Settings:
    base_url: str
    timeout: float
    max_retries: int
    api_key: Optional[str] = field(repr=False)
    token: Optional[str] = field(repr=False)

    @property
    def headers(self) -> Dict[str, str]:
        bearer = self.token and f"Bearer {self.token}"
        return given({"accept": "application/json", "authorization": bearer, "x-api-key": self.api_key})


def _credential(name: str, value: Optional[str]) -> Optional[str]:
    """Says what is wrong with a credential without repeating it: a header takes visible ASCII alone."""
    if value is not None and not re.fullmatch(r"[\x21-\x7e]+", value):
        raise ValueError(f"'{name}' must be one word of ASCII characters.")
    return value


def _base(given: Optional[str]) -> str:
    if not given:
        raise ValueError("Set 'base_url' or RAJORA_BASE_URL to where the API is mounted.")
    parts = urlsplit(given)
    is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    if not is_web or "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("'base_url' must be an http or https address without credentials, query and fragment.")
    return given.rstrip("/")


def settings_of(
    api_key: Optional[str], token: Optional[str], base_url: Optional[str], timeout: float, max_retries: int
) -> Settings:
    """Raises `ValueError` that names the setting for one that cannot work."""
    if api_key is None and token is None:
        api_key = os.environ.get("RAJORA_API_KEY") or None
    if not timeout > 0:
        raise ValueError("'timeout' must be more than 0 seconds.")
    if max_retries < 0:
        raise ValueError("'max_retries' must not be negative.")
    base = _base(os.environ.get("RAJORA_BASE_URL") if base_url is None else base_url)
    return Settings(base, timeout, max_retries, _credential("api_key", api_key), _credential("token", token))


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    json: Optional[Mapping[str, Any]] = field(default=None, repr=False)
    form: Optional[Dict[str, str]] = field(default=None, repr=False)

    def arguments(self, settings: Settings) -> Dict[str, Any]:
        """Arguments of httpx. A POST carries one key for all its tries: an answer lost on the way is given again, not made again."""
        key = str(uuid.uuid4()) if self.method == "POST" else None
        headers = given({**settings.headers, "idempotency-key": key})
        sent = {"params": given(self.query), "json": self.json, "data": self.form, "headers": headers}
        return {"method": self.method, "url": settings.base_url + self.path, "timeout": settings.timeout, **sent}


def given(values: Mapping[str, Any]) -> Dict[str, Any]:
    """What was given: None stands for what was not."""
    return {name: value for name, value in values.items() if value is not None}


def model_path(model_id: str) -> str:
    return f"/api/models/{quote(model_id, safe='')}"


def failure_of(thrown: httpx.RequestError, settings: Settings) -> RajoraError:
    """Its own words and no more: the exception holds the request, and with it the key."""
    if isinstance(thrown, httpx.TimeoutException):
        return RajoraError(f"No answer for {settings.timeout:g} seconds.")
    return RajoraError("The connection failed.")


def wait_before_next(error: RajoraError, tries: int, settings: Settings) -> float:
    """Seconds to wait after `tries` + 1 tries. Raises the error where another would not help."""
    status, retry_after = error.status, error.retry_after
    # After a try whose answer was lost, 409 with a time says that the first one is still at work under the same key.
    is_still_at_work = status == 409 and tries > 0 and retry_after is not None
    is_worth_it = status is None or status in (408, 429) or status >= 500 or is_still_at_work
    if tries >= settings.max_retries or not is_worth_it or (retry_after or 0) > MAX_RETRY_AFTER:
        raise error
    if retry_after is not None:
        return retry_after
    return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2**tries) * (0.5 + random.random() / 2))
