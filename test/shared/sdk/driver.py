"""Does with the Python SDK what a line of JSON asks for, and answers with a line of JSON."""

import asyncio
import json
import os
import sys
import time
from dataclasses import asdict, fields, is_dataclass
from typing import Any, Dict

import rajora


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
    return {names[name]: value for name, value in asked["options"].items()}


def run_sync(asked: Dict[str, Any], heard: Any) -> Any:
    with rajora.Client(**options_of(asked)) as client:
        if asked["call"] == "shown":
            return [repr(client), str(client)]
        if asked["call"] == "chat":
            return client.chat.completions.create(**asked["with"])
        if asked["call"] == "stream":
            with client.chat.completions.create(stream=True, **asked["with"]) as stream:
                for event in stream:
                    heard.append(event.content)
                    if len(heard) == asked.get("stopAfter"):
                        stream.close()
            return stream.conversation_id
        if asked["call"] == "socket":
            with client.chat.connect(conversation_id=asked.get("conversation")) as socket:
                socket.send("Hello")
                for said in socket:
                    heard.append(said.content)
                    if said.done:
                        socket.close()
                return socket.conversation_id
        if asked["call"] == "login":
            return client.auth.login("anna", "secret of anna")
        return getattr(getattr(client, asked["call"]), asked["method"])(*asked.get("arguments", []))


async def run_async(asked: Dict[str, Any], heard: Any) -> Any:
    async with rajora.AsyncClient(**options_of(asked)) as client:
        if asked["call"] == "shown":
            return [repr(client), str(client)]
        if asked["call"] == "chat":
            return await client.chat.completions.create(**asked["with"])
        if asked["call"] == "stream":
            async with await client.chat.completions.create(stream=True, **asked["with"]) as stream:
                async for event in stream:
                    heard.append(event.content)
                    if len(heard) == asked.get("stopAfter"):
                        await stream.close()
            return stream.conversation_id
        if asked["call"] == "socket":
            async with client.chat.connect(conversation_id=asked.get("conversation")) as socket:
                await socket.send("Hello")
                async for said in socket:
                    heard.append(said.content)
                    if said.done:
                        await socket.close()
                return socket.conversation_id
        if asked["call"] == "login":
            return await client.auth.login("anna", "secret of anna")
        return await getattr(getattr(client, asked["call"]), asked["method"])(*asked.get("arguments", []))


def run(asked: Dict[str, Any]) -> Dict[str, Any]:
    if asked["call"] == "fields":
        kinds = [kind for kind in vars(rajora).values() if isinstance(kind, type) and is_dataclass(kind)]
        return {"result": {kind.__name__: [field.name for field in fields(kind)] for kind in kinds}}
    if asked["call"] == "waits":
        from rajora._calls import settings_of, wait_before_next

        settings = settings_of("raj_key", None, "http://127.0.0.1/rajora", 1.0, 2)
        return {
            "result": [
                wait_before_next(rajora.RajoraError("", status=status, retry_after=after), tries, settings)
                for status, after, tries in asked["with"]
            ]
        }
    heard: list = []
    try:
        result = run_sync(asked, heard) if asked["way"] == "sync" else asyncio.run(run_async(asked, heard))
        return {"result": plain(result), "heard": heard}
    except Exception as error:
        return {"error": failure(error), "heard": heard}


if __name__ == "__main__":
    # Pauses between tries are the SDK's own business: here they take no time.
    paused = asyncio.sleep
    time.sleep = lambda seconds: None
    asyncio.sleep = lambda seconds, result=None: paused(0, result)  # type: ignore[assignment]
    os.environ.pop("RAJORA_API_KEY", None)
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)
