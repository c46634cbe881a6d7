from __future__ import annotations

import asyncio
import json
import time
from typing import Any, Callable, Generic, List, Mapping, Type, TypeVar, Union

import httpx

from ._calls import Call, Settings, failure_of, wait_before_next
from ._errors import RajoraError, error_of
from ._types import Answer, read

Result = TypeVar("Result")


def one(kind: Type[Answer]) -> Callable[[Any], Answer]:
    return lambda value: read(kind, value)


def many(kind: Type[Answer]) -> Callable[[Any], List[Answer]]:
    return lambda value: [read(kind, entry) for entry in value]


def parsed(response: httpx.Response, reader: Callable[[Any], Result]) -> Result:
    try:
        return reader(json.loads(response.content))
    except (ValueError, TypeError, AttributeError):
        request_id = response.headers.get("x-request-id")
        raise RajoraError("The answer cannot be read.", status=response.status_code, request_id=request_id) from None


class Transport:
    def __init__(self, settings: Settings, http: httpx.Client) -> None:
        self.settings, self.http = settings, http

    def _once(self, arguments: Mapping[str, Any], is_stream: bool) -> Union[httpx.Response, RajoraError]:
        try:
            response = self.http.send(self.http.build_request(**arguments), stream=True)
            if response.is_success and is_stream:
                return response
            body = response.read()
            return response if response.is_success else error_of(response, body, time.time())
        except httpx.RequestError as thrown:
            return failure_of(thrown, self.settings)

    def begin(self, call: Call, is_stream: bool = True) -> httpx.Response:
        arguments, tries = call.arguments(self.settings), 0
        while True:
            result = self._once(arguments, is_stream)
            if isinstance(result, httpx.Response):
                return result
            time.sleep(wait_before_next(result, tries, self.settings))
            tries += 1

    def call(self, call: Call, reader: Callable[[Any], Result]) -> Result:
        return parsed(self.begin(call, is_stream=False), reader)


class AsyncTransport:
    def __init__(self, settings: Settings, http: httpx.AsyncClient) -> None:
        self.settings, self.http = settings, http

    async def _once(self, arguments: Mapping[str, Any], is_stream: bool) -> Union[httpx.Response, RajoraError]:
        try:
            response = await self.http.send(self.http.build_request(**arguments), stream=True)
            if response.is_success and is_stream:
                return response
            body = await response.aread()
            return response if response.is_success else error_of(response, body, time.time())
        except httpx.RequestError as thrown:
            return failure_of(thrown, self.settings)

    async def begin(self, call: Call, is_stream: bool = True) -> httpx.Response:
        arguments, tries = call.arguments(self.settings), 0
        while True:
            result = await self._once(arguments, is_stream)
            if isinstance(result, httpx.Response):
                return result
            await asyncio.sleep(wait_before_next(result, tries, self.settings))
            tries += 1

    async def call(self, call: Call, reader: Callable[[Any], Result]) -> Result:
        return parsed(await self.begin(call, is_stream=False), reader)


Sender = TypeVar("Sender")


class Resource(Generic[Sender]):
    """A part of the API, and what sends its calls."""

    def __init__(self, transport: Sender) -> None:
        self._transport = transport
