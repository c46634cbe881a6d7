"""Does with the Python SDK what a line of JSON asks for, and answers with a line of JSON."""

import asyncio
import io
import json
import logging
import operator
import os
import re
import sys
import time
from dataclasses import asdict, is_dataclass
from typing import Any, Dict

import httpx
import rajora

LOGGED = io.StringIO()


def plain(value: Any) -> Any:
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def failure(error: Exception) -> Dict[str, Any]:
    if not isinstance(error, rajora.RajoraError):
        return {"kind": type(error).__name__, "text": repr(error)}
    return {
        "kind": "RajoraError",
        "text": repr(error),
        "status": error.status,
        "detail": error.detail,
        "requestId": error.request_id,
        "retryAfter": error.retry_after,
    }


def options_of(asked: Dict[str, Any]) -> Dict[str, Any]:
    names = {"apiKey": "api_key", "baseURL": "base_url", "maxRetries": "max_retries", "token": "token"}
    options = {names[name]: value for name, value in asked.get("options", {}).items() if name in names}
    if "timeout" in asked.get("options", {}):
        options["timeout"] = asked["options"]["timeout"] / 1000
    if asked.get("ownHeader"):
        kind = httpx.Client if asked["way"] == "sync" else httpx.AsyncClient
        options["http_client"] = kind(headers={"x-own": asked["ownHeader"]})
    return options


def method_of(client: Any, asked: Dict[str, Any]) -> Any:
    name = re.sub(r"[A-Z]", lambda letter: "_" + letter.group().lower(), asked["method"])
    return getattr(operator.attrgetter(asked["call"])(client), name)


def run_sync(asked: Dict[str, Any], heard: Any) -> Any:
    with rajora.Client(**options_of(asked)) as client:
        if asked["call"] == "shown":
            return [repr(client), str(client)]
        if asked["call"] == "chat":
            return client.chat.completions.create(**asked["with"])
        if asked["call"] == "stream":
            with client.chat.completions.create(stream=True, **asked["with"]) as stream:
                if asked.get("stopAfter") == 0:
                    stream.abort()
                if asked.get("first"):
                    heard.append((next(stream)).content)
                for event in stream:
                    heard.append(event.content)
                    if len(heard) == asked.get("stopAfter"):
                        stream.abort()
                    if len(heard) == asked.get("leaveAfter"):
                        break
            return stream.conversation_id
        if asked["call"] == "socket":
            with client.chat.connect(conversation_id=asked.get("conversation")) as socket:
                socket.send("Hello")
                for said in socket:
                    heard.append(said.content)
                    if len(heard) == asked.get("stopAfter"):
                        socket.cancel()
                    if said.done:
                        socket.close()
                return socket.conversation_id
        if asked["call"] == "login":
            return client.auth.login("anna", "secret of anna")
        return method_of(client, asked)(*asked.get("arguments", []), **asked.get("named", {}))


async def run_async(asked: Dict[str, Any], heard: Any) -> Any:
    async with rajora.AsyncClient(**options_of(asked)) as client:
        if asked["call"] == "shown":
            return [repr(client), str(client)]
        if asked["call"] == "chat":
            return await client.chat.completions.create(**asked["with"])
        if asked["call"] == "stream":
            async with await client.chat.completions.create(stream=True, **asked["with"]) as stream:
                if asked.get("stopAfter") == 0:
                    await stream.abort()
                if asked.get("first"):
                    heard.append((await stream.__anext__()).content)
                async for event in stream:
                    heard.append(event.content)
                    if len(heard) == asked.get("stopAfter"):
                        await stream.abort()
                    if len(heard) == asked.get("leaveAfter"):
                        break
            return stream.conversation_id
        if asked["call"] == "socket":
            async with client.chat.connect(conversation_id=asked.get("conversation")) as socket:
                await socket.send("Hello")
                async for said in socket:
                    heard.append(said.content)
                    if len(heard) == asked.get("stopAfter"):
                        await socket.cancel()
                    if said.done:
                        await socket.close()
                return socket.conversation_id
        if asked["call"] == "login":
            return await client.auth.login("anna", "secret of anna")
        return await method_of(client, asked)(*asked.get("arguments", []), **asked.get("named", {}))


def run(asked: Dict[str, Any]) -> Dict[str, Any]:
    if asked["call"] == "waits":
        return {"result": [wait(*failed) for failed in asked["with"]]}
    heard: list = []
    os.environ.update(asked.get("environment", {}))
    if asked.get("hasNoSockets"):
        sys.modules["websockets"] = None  # type: ignore[assignment]
    try:
        result = run_sync(asked, heard) if asked["way"] == "sync" else asyncio.run(run_async(asked, heard))
        return {"result": plain(result), "heard": heard, "shown": repr(result)}
    except Exception as error:
        return {"error": failure(error), "heard": heard}
    finally:
        sys.modules.pop("websockets", None)
        for name in asked.get("environment", {}):
            os.environ.pop(name)


def wait(status: Any, after: Any, tries: int) -> Any:
    from rajora._calls import settings_of, wait_before_next

    settings = settings_of("raj_key", None, "http://127.0.0.1/rajora", 1.0, 2)
    try:
        return wait_before_next(rajora.RajoraError("", status=status, retry_after=after), tries, settings)
    except rajora.RajoraError:
        return None


if __name__ == "__main__":
    # Pauses between tries are the SDK's own business: here they take no time.
    paused = asyncio.sleep
    time.sleep = lambda seconds: None
    asyncio.sleep = lambda seconds, result=None: paused(0, result)  # type: ignore[assignment]
    os.environ.pop("RAJORA_API_KEY", None)
    logging.basicConfig(level=logging.DEBUG, stream=LOGGED)
    for line in sys.stdin:
        told = run(json.loads(line))
        logged = LOGGED.getvalue()
        LOGGED.truncate(LOGGED.seek(0))
        # JSON has no word for what is endless, but a number that reads as it.
        print(json.dumps({**told, "logged": logged}).replace("Infinity", "1e999"), flush=True)
