from __future__ import annotations

from typing import Any, List, Literal, Optional, Sequence, Union, overload

import httpx

from ._calls import Call, given, model_path, settings_of
from ._closing import AsyncClosing, Closing
from ._socket import AsyncChatSocket, ChatSocket
from ._stream import AsyncChatStream, ChatStream
from ._transport import AsyncTransport, Resource, Transport, many, one
from ._types import Benchmarks, ChatAnswer, ChatMessage, Config, ConfigChange, Conversation, Model
from ._types import Registered, Statistics, Token, User

TIMEOUT, MAX_RETRIES = 600.0, 2
ME, MODELS = Call("GET", "/api/auth/me"), Call("GET", "/api/models/list")
STATS, CONFIG = Call("GET", "/api/admin/stats"), Call("GET", "/api/admin/config")


def _chat(path: str, messages: Sequence[ChatMessage], **options: Any) -> Call:
    return Call("POST", f"/api/chat/{path}", json={"messages": list(messages), **given(options)})


def _register(email: str, username: str, password: str, full_name: Optional[str]) -> Call:
    account = {"email": email, "username": username, "password": password, "full_name": full_name}
    return Call("POST", "/api/auth/register", json=account)


def _login(username: str, password: str) -> Call:
    return Call("POST", "/api/auth/login", form={"username": username, "password": password})


def _conversations(limit: Optional[int], offset: Optional[int]) -> Call:
    return Call("GET", "/api/chat/conversations", query={"limit": limit, "offset": offset})


class Auth(Resource[Transport]):
    def register(self, *, email: str, username: str, password: str, full_name: Optional[str] = None) -> Registered:
        """Makes an account; its key is shown here and never again."""
        return self._transport.call(_register(email, username, password, full_name), one(Registered))

    def login(self, username: str, password: str) -> Token:
        """An access token, for a client of its own: `Client(token=…)`."""
        return self._transport.call(_login(username, password), one(Token))

    def me(self) -> User:
        return self._transport.call(ME, one(User))


class Completions(Resource[Transport]):
    @overload
    def create(
        self, *, messages: Sequence[ChatMessage], model: Optional[str] = ..., temperature: Optional[float] = ...,
        max_tokens: Optional[int] = ..., conversation_id: Optional[int] = ..., stream: Literal[False] = ...,
    ) -> ChatAnswer: ...

    @overload
    def create(
        self, *, messages: Sequence[ChatMessage], model: Optional[str] = ..., temperature: Optional[float] = ...,
        max_tokens: Optional[int] = ..., conversation_id: Optional[int] = ..., stream: Literal[True],
    ) -> ChatStream: ...

    def create(
        self, *, messages: Sequence[ChatMessage], model: Optional[str] = None, temperature: Optional[float] = None,
        max_tokens: Optional[int] = None, conversation_id: Optional[int] = None, stream: bool = False,
    ) -> Union[ChatAnswer, ChatStream]:
        """The whole answer, or with `stream=True` its pieces. Without a `model` the deployment chooses."""
        call = _chat(
            "stream" if stream else "completions", messages, model=model, temperature=temperature,
            max_tokens=max_tokens, conversation_id=conversation_id,
        )
        if stream:
            return ChatStream(self._transport.begin(call), self._transport.settings)
        return self._transport.call(call, one(ChatAnswer))


class Conversations(Resource[Transport]):
    def list(self, *, limit: Optional[int] = None, offset: Optional[int] = None) -> List[Conversation]:
        """The account's conversations, the newest activity first."""
        return self._transport.call(_conversations(limit, offset), many(Conversation))


class Chat(Resource[Transport]):
    def __init__(self, transport: Transport) -> None:
        super().__init__(transport)
        self.completions = Completions(transport)
        self.conversations = Conversations(transport)

    def connect(self, *, conversation_id: Optional[int] = None) -> ChatSocket:
        """A socket to talk over, which comes back by itself when its connection breaks."""
        return ChatSocket(self._transport.settings, conversation_id)


class Models(Resource[Transport]):
    def list(self) -> List[Model]:
        return self._transport.call(MODELS, many(Model))

    def get(self, model_id: str) -> Model:
        return self._transport.call(Call("GET", model_path(model_id)), one(Model))

    def benchmarks(self, model_id: str) -> Benchmarks:
        return self._transport.call(Call("GET", f"{model_path(model_id)}/benchmarks"), one(Benchmarks))


class Admin(Resource[Transport]):
    def stats(self) -> Statistics:
        return self._transport.call(STATS, one(Statistics))

    def config(self) -> Config:
        return self._transport.call(CONFIG, one(Config))

    def update_config(self, change: ConfigChange) -> Config:
        """Changes what is given, and leaves the rest."""
        return self._transport.call(Call("POST", "/api/admin/config", json=change), one(Config))


class Client(Closing):
    """Rajora's API. Every call raises `RajoraError` when it fails, after it was tried again where that is worth it: for
    failed connections, 408, 429 and 5xx, at most `max_retries` times, never once a stream has begun.

    `api_key` (or RAJORA_API_KEY) or `token` says who asks; `base_url` (or RAJORA_BASE_URL) where the API is mounted;
    `timeout` how many seconds without a word of the server are borne; `http_client` sends in place of a client of its own,
    and is closed with it.
    """

    def __init__(
        self, *, api_key: Optional[str] = None, token: Optional[str] = None, base_url: Optional[str] = None,
        timeout: float = TIMEOUT, max_retries: int = MAX_RETRIES, http_client: Optional[httpx.Client] = None,
    ) -> None:
        settings = settings_of(api_key, token, base_url, timeout, max_retries)
        transport = Transport(settings, http_client or httpx.Client())
        self._http = transport.http
        self.auth, self.chat = Auth(transport), Chat(transport)
        self.models, self.admin = Models(transport), Admin(transport)

    def close(self) -> None:
        self._http.close()


class AsyncAuth(Resource[AsyncTransport]):
    async def register(self, *, email: str, username: str, password: str, full_name: Optional[str] = None) -> Registered:
        """Makes an account; its key is shown here and never again."""
        return await self._transport.call(_register(email, username, password, full_name), one(Registered))

    async def login(self, username: str, password: str) -> Token:
        """An access token, for a client of its own: `AsyncClient(token=…)`."""
        return await self._transport.call(_login(username, password), one(Token))

    async def me(self) -> User:
        return await self._transport.call(ME, one(User))


class AsyncCompletions(Resource[AsyncTransport]):
    @overload
    async def create(
        self, *, messages: Sequence[ChatMessage], model: Optional[str] = ..., temperature: Optional[float] = ...,
        max_tokens: Optional[int] = ..., conversation_id: Optional[int] = ..., stream: Literal[False] = ...,
    ) -> ChatAnswer: ...

    @overload
    async def create(
        self, *, messages: Sequence[ChatMessage], model: Optional[str] = ..., temperature: Optional[float] = ...,
        max_tokens: Optional[int] = ..., conversation_id: Optional[int] = ..., stream: Literal[True],
    ) -> AsyncChatStream: ...

    async def create(
        self, *, messages: Sequence[ChatMessage], model: Optional[str] = None, temperature: Optional[float] = None,
        max_tokens: Optional[int] = None, conversation_id: Optional[int] = None, stream: bool = False,
    ) -> Union[ChatAnswer, AsyncChatStream]:
        """The whole answer, or with `stream=True` its pieces. Without a `model` the deployment chooses."""
        call = _chat(
            "stream" if stream else "completions", messages, model=model, temperature=temperature,
            max_tokens=max_tokens, conversation_id=conversation_id,
        )
        if stream:
            return AsyncChatStream(await self._transport.begin(call), self._transport.settings)
        return await self._transport.call(call, one(ChatAnswer))


class AsyncConversations(Resource[AsyncTransport]):
    async def list(self, *, limit: Optional[int] = None, offset: Optional[int] = None) -> List[Conversation]:
        """The account's conversations, the newest activity first."""
        return await self._transport.call(_conversations(limit, offset), many(Conversation))


class AsyncChat(Resource[AsyncTransport]):
    def __init__(self, transport: AsyncTransport) -> None:
        super().__init__(transport)
        self.completions = AsyncCompletions(transport)
        self.conversations = AsyncConversations(transport)

    def connect(self, *, conversation_id: Optional[int] = None) -> AsyncChatSocket:
        """A socket to talk over, which comes back by itself when its connection breaks."""
        return AsyncChatSocket(self._transport.settings, conversation_id)


class AsyncModels(Resource[AsyncTransport]):
    async def list(self) -> List[Model]:
        return await self._transport.call(MODELS, many(Model))

    async def get(self, model_id: str) -> Model:
        return await self._transport.call(Call("GET", model_path(model_id)), one(Model))

    async def benchmarks(self, model_id: str) -> Benchmarks:
        return await self._transport.call(Call("GET", f"{model_path(model_id)}/benchmarks"), one(Benchmarks))


class AsyncAdmin(Resource[AsyncTransport]):
    async def stats(self) -> Statistics:
        return await self._transport.call(STATS, one(Statistics))

    async def config(self) -> Config:
        return await self._transport.call(CONFIG, one(Config))

    async def update_config(self, change: ConfigChange) -> Config:
        """Changes what is given, and leaves the rest."""
        return await self._transport.call(Call("POST", "/api/admin/config", json=change), one(Config))


class AsyncClient(AsyncClosing):
    """Rajora's API. Every call raises `RajoraError` when it fails, after it was tried again where that is worth it: for
    failed connections, 408, 429 and 5xx, at most `max_retries` times, never once a stream has begun.

    `api_key` (or RAJORA_API_KEY) or `token` says who asks; `base_url` (or RAJORA_BASE_URL) where the API is mounted;
    `timeout` how many seconds without a word of the server are borne; `http_client` sends in place of a client of its own,
    and is closed with it.
    """

    def __init__(
        self, *, api_key: Optional[str] = None, token: Optional[str] = None, base_url: Optional[str] = None,
        timeout: float = TIMEOUT, max_retries: int = MAX_RETRIES, http_client: Optional[httpx.AsyncClient] = None,
    ) -> None:
        settings = settings_of(api_key, token, base_url, timeout, max_retries)
        transport = AsyncTransport(settings, http_client or httpx.AsyncClient())
        self._http = transport.http
        self.auth, self.chat = AsyncAuth(transport), AsyncChat(transport)
        self.models, self.admin = AsyncModels(transport), AsyncAdmin(transport)

    async def close(self) -> None:
        await self._http.aclose()
