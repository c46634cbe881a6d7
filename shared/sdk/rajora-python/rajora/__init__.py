"""Client of Rajora's API, as a Switchyard serves it."""

from ._client import AsyncClient as AsyncClient
from ._client import Client as Client
from ._errors import RajoraError as RajoraError
from ._socket import AsyncChatSocket as AsyncChatSocket
from ._socket import ChatSocket as ChatSocket
from ._stream import AsyncChatStream as AsyncChatStream
from ._stream import ChatStream as ChatStream
from ._types import *
