from __future__ import annotations

import asyncio
import json
import logging
import random
import time
from importlib import import_module
from typing import Any, AsyncIterator, Dict, Iterator, Optional

from ._calls import Settings, given
from ._closing import AsyncClosing, Closing
from ._errors import RajoraError
from ._types import SocketEvent, read

NORMAL = 1000
#: websockets tells a log for debugging whole frames, and the first holds the key.
LOG = logging.getLogger("rajora.websocket")
LOG.setLevel(logging.INFO)
#: Codes behind which another connection would fare no better: a frame or credential is wrong, the conversation is gone.
LASTING = (1009, 4400, 4401, 4404)
#: Breaks in a row, without a frame between them, after which it is given up: about half a minute.
MOST_BREAKS = 8
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 8.0


class AsyncChatSocket(AsyncClosing):
    """A conversation over a socket. All its answers are heard by `async for`, also those to questions of other devices.

    When the connection breaks it is dialled again, and the answer in the making goes on where it was last heard.
    """

    def __init__(self, settings: Settings, conversation_id: Optional[int]) -> None:
        self._settings = settings
        self._credential = settings.token or settings.api_key
        if self._credential is None:
            raise ValueError("A socket needs a client with 'api_key' or 'token'.")
        self.conversation_id = conversation_id
        self._connection: Any = None  # of websockets, whose types differ between its versions
        self._heard: Optional[str] = None
        self._open = 0  # questions without their last event
        self._asked = 0.0  # when the last of them was asked, or was last heard of
        self._breaks, self._is_closed = 0, False

    async def _dial(self) -> Any:
        if self._is_closed:
            raise RajoraError("The socket is closed.")
        if self._connection is None:
            try:
                connect = import_module("websockets").connect
            except ImportError:
                raise RuntimeError("Sockets need the package websockets: install rajora[websocket].") from None
            query = "" if self.conversation_id is None else f"?conversation_id={self.conversation_id}"
            address = f"ws{self._settings.base_url[4:]}/ws/chat{query}"
            options = {"open_timeout": self._settings.timeout, "ping_interval": None, "logger": LOG}
            connection = await connect(address, **options)
            first: Dict[str, Any] = {"token": self._credential, **given({"resume_from": self._heard})}
            await connection.send(json.dumps(first))
            self._connection = connection
        return self._connection

    async def _recover(self, thrown: Exception) -> None:
        """Waits for the next dial, or raises what the break means."""
        received = getattr(thrown, "rcvd", None)
        code = received.code if received else None
        self._connection = None
        self._breaks += 1
        # A question that nobody has heard of may have been taken, and asking it twice would answer it twice.
        is_lost = self._open > 0 and self._heard is None
        if code == NORMAL or code in LASTING or is_lost or self._breaks > MOST_BREAKS:
            status = code - 4000 if code and 4400 <= code < 4500 else None
            raise RajoraError((received.reason if received else "") or "The connection broke.", status=status)
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**self._breaks)
        await asyncio.sleep(pause * (0.5 + random.random() / 2))

    async def _write(self, frame: Dict[str, Any]) -> None:
        while True:
            try:
                await (await self._dial()).send(json.dumps(frame))
                return
            except Exception as thrown:
                if not _is_break(thrown):
                    raise
                broken = thrown
            await self._recover(broken)

    async def send(
        self, message: str, *, model: Optional[str] = None, temperature: Optional[float] = None,
        max_tokens: Optional[int] = None,
    ) -> None:
        options = given({"model": model, "temperature": temperature, "max_tokens": max_tokens})
        await self._write({"message": message, **options})
        self._open, self._asked = self._open + 1, time.monotonic()

    async def cancel(self) -> None:
        """Stops the answer that is being made; its last event says `state="cancelled"`."""
        await self._write({"cancel": True})

    async def _next(self) -> Optional[SocketEvent]:
        limit = self._settings.timeout
        while not self._is_closed:
            try:
                frame = await asyncio.wait_for((await self._dial()).recv(), limit)
            except Exception as thrown:
                if self._is_closed:
                    break
                if isinstance(thrown, asyncio.TimeoutError) and self._connection is not None:
                    # A question that was lost on the way has no word to come.
                    if self._open and time.monotonic() - self._asked >= limit:
                        raise RajoraError(f"No answer for {limit:g} seconds.") from None
                    continue
                if not _is_break(thrown):
                    raise
                broken = thrown
            else:
                try:
                    event = read(SocketEvent, json.loads(frame))
                except (ValueError, TypeError, AttributeError):
                    raise RajoraError("A frame of the socket cannot be read.") from None
                self._breaks, self._asked = 0, time.monotonic()
                self._heard = event.id or self._heard
                self.conversation_id = event.conversation_id or self.conversation_id
                self._open -= 1 if event.done and self._open else 0
                return event
            await self._recover(broken)
        return None

    async def __aiter__(self) -> AsyncIterator[SocketEvent]:
        event = await self._next()
        while event is not None:
            yield event
            event = await self._next()

    async def close(self) -> None:
        self._is_closed = True
        if self._connection is not None:
            await self._connection.close()


def _is_break(thrown: Exception) -> bool:
    """Whether the connection failed, and not its caller."""
    return isinstance(thrown, (OSError, asyncio.TimeoutError)) or type(thrown).__module__.startswith("websockets.")


class ChatSocket(Closing):
    """The same, for programs without an event loop: `for` in place of `async for`."""

    def __init__(self, settings: Settings, conversation_id: Optional[int]) -> None:
        self._loop = asyncio.new_event_loop()
        self._socket = AsyncChatSocket(settings, conversation_id)

    @property
    def conversation_id(self) -> Optional[int]:
        return self._socket.conversation_id

    def send(
        self, message: str, *, model: Optional[str] = None, temperature: Optional[float] = None,
        max_tokens: Optional[int] = None,
    ) -> None:
        sent = self._socket.send(message, model=model, temperature=temperature, max_tokens=max_tokens)
        self._loop.run_until_complete(sent)

    def cancel(self) -> None:
        """Stops the answer that is being made; its last event says `state="cancelled"`."""
        self._loop.run_until_complete(self._socket.cancel())

    def __iter__(self) -> Iterator[SocketEvent]:
        while not self._loop.is_closed():
            event = self._loop.run_until_complete(self._socket._next())
            if event is None:
                return
            yield event

    def close(self) -> None:
        if not self._loop.is_closed():
            self._loop.run_until_complete(self._socket.close())
            self._loop.close()
