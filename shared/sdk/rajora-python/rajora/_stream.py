from __future__ import annotations

import codecs
import json
from typing import AsyncIterator, Awaitable, Iterator, List, Optional

import httpx

from ._calls import Settings, failure_of
from ._closing import AsyncClosing, Closing
from ._errors import RajoraError
from ._types import ChatEvent, read


class EventReader:
    """Server-sent events (WHATWG HTML §9.2.6) out of bytes, however they are cut."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._rest = ""
        self._data: List[str] = []

    def feed(self, chunk: bytes) -> Iterator[str]:
        text = self._rest + self._decoder.decode(chunk)
        # A CR at the end may be the first half of a CRLF.
        held = "\r" if text.endswith("\r") else ""
        lines = text[: len(text) - len(held)].replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._rest = lines.pop() + held
        for line in lines:
            if line.startswith("data:"):
                self._data.append(line[5:][1:] if line[5:6] == " " else line[5:])
            elif line == "" and self._data:
                yield "\n".join(self._data)
                self._data = []


class _Answer:
    """What is known of an answer in pieces."""

    def __init__(self, response: httpx.Response, settings: Settings) -> None:
        self._response = response
        self._settings = settings
        self._reader = EventReader()
        self._is_closed = False
        conversation = response.headers.get("x-conversation-id", "")
        #: The conversation that the answer belongs to.
        self.conversation_id: Optional[int] = int(conversation) if conversation.isdigit() else None

    def _broken(self, detail: str, status: Optional[int] = None) -> RajoraError:
        return RajoraError(detail, status=status, request_id=self._response.headers.get("x-request-id"))

    def _event(self, data: str) -> ChatEvent:
        try:
            event = read(ChatEvent, json.loads(data))
        except (ValueError, TypeError, AttributeError):
            raise self._broken("An event of the answer cannot be read.") from None
        if event.error is not None:
            raise self._broken(event.error, event.status_code)
        return event

    def _ended(self) -> RajoraError:
        return self._broken("The answer broke off before its last event.")


class ChatStream(_Answer, Closing):
    """An answer in pieces, read once. Leaving its loop or its context, or `abort`, stops the answer."""

    def __init__(self, response: httpx.Response, settings: Settings) -> None:
        super().__init__(response, settings)
        self._events = self._read()

    def __iter__(self) -> Iterator[ChatEvent]:
        yield from self._events

    def __next__(self) -> ChatEvent:
        return next(self._events)

    def _read(self) -> Iterator[ChatEvent]:
        failure: Optional[RajoraError] = None
        try:
            for chunk in self._response.iter_bytes():
                for data in self._reader.feed(chunk):
                    event = self._event(data)
                    yield event
                    if event.done or self._is_closed:
                        return
        except (httpx.RequestError, httpx.StreamError) as thrown:
            failure = failure_of(thrown, self._settings) if isinstance(thrown, httpx.RequestError) else self._ended()
        finally:
            self._response.close()
        if not self._is_closed:
            raise failure or self._ended()

    def close(self) -> None:
        self._is_closed = True
        self._response.close()

    abort = close


class AsyncChatStream(_Answer, AsyncClosing):
    """An answer in pieces, read once. Leaving its loop or its context, or `abort`, stops the answer."""

    def __init__(self, response: httpx.Response, settings: Settings) -> None:
        super().__init__(response, settings)
        self._events = self._read()

    async def __aiter__(self) -> AsyncIterator[ChatEvent]:
        try:
            async for event in self._events:
                yield event
        finally:
            await self._response.aclose()

    def __anext__(self) -> Awaitable[ChatEvent]:
        return self._events.__anext__()

    async def _read(self) -> AsyncIterator[ChatEvent]:
        failure: Optional[RajoraError] = None
        try:
            async for chunk in self._response.aiter_bytes():
                for data in self._reader.feed(chunk):
                    event = self._event(data)
                    yield event
                    if event.done or self._is_closed:
                        return
        except (httpx.RequestError, httpx.StreamError) as thrown:
            failure = failure_of(thrown, self._settings) if isinstance(thrown, httpx.RequestError) else self._ended()
        finally:
            await self._response.aclose()
        if not self._is_closed:
            raise failure or self._ended()

    async def close(self) -> None:
        self._is_closed = True
        await self._response.aclose()

    abort = close
