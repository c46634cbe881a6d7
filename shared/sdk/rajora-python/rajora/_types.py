"""The API's answers, field for field. Fields that a later API adds are passed over."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Dict, Literal, Mapping, Optional, Type, TypedDict, TypeVar, cast

__all__ = [
    "Benchmarks",
    "ChatAnswer",
    "ChatEvent",
    "ChatMessage",
    "Config",
    "ConfigChange",
    "Conversation",
    "Model",
    "Performance",
    "Registered",
    "SocketEvent",
    "Statistics",
    "Token",
    "User",
]

Answer = TypeVar("Answer")


def read(kind: Type[Answer], value: Mapping[str, Any]) -> Answer:
    """The answer of a kind out of its JSON."""
    known = {field.name for field in fields(cast(Any, kind))}  # every kind below is a dataclass
    return kind(**{name: given for name, given in value.items() if name in known})


class ChatMessage(TypedDict):
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class ChatAnswer:
    content: str
    model: str
    tokens_used: Optional[int]
    latency_ms: int
    conversation_id: int


@dataclass(frozen=True)
class ChatEvent:
    content: str
    done: bool
    conversation_id: Optional[int] = None
    error: Optional[str] = None
    status_code: Optional[int] = None


@dataclass(frozen=True)
class SocketEvent(ChatEvent):
    """A piece of an answer; the last one has `done`, and `error` where the answer failed."""

    id: Optional[str] = None
    state: Optional[Literal["complete", "cancelled"]] = None
    model: Optional[str] = None
    tokens_used: Optional[int] = None
    latency_ms: Optional[int] = None
    retry_after: Optional[float] = None


@dataclass(frozen=True)
class Conversation:
    id: int
    title: str
    model_name: Optional[str]
    created_at: str
    updated_at: str


@dataclass(frozen=True)
class User:
    id: int
    email: Optional[str]
    username: Optional[str]
    full_name: Optional[str]
    is_admin: bool


@dataclass(frozen=True)
class Registered(User):
    api_key: str

    def __repr__(self) -> str:
        return f"Registered(id={self.id}, username={self.username!r})"


@dataclass(frozen=True)
class Token:
    access_token: str
    token_type: Literal["bearer"]

    def __repr__(self) -> str:
        return "Token()"


@dataclass(frozen=True)
class Model:
    id: str
    name: str
    description: str
    context_length: int
    cost_per_1k_tokens: float
    latency_p50_ms: Optional[float]
    latency_p99_ms: Optional[float]
    available: bool
    provider: Literal["switchyard"]


class Performance(TypedDict):
    avg_latency_ms: Optional[float]
    tokens_per_second: Optional[float]


@dataclass(frozen=True)
class Benchmarks:
    model_id: str
    benchmarks: Dict[str, float]
    performance: Performance


class UserCounts(TypedDict):
    total: int
    active: int
    admins: int


class CallCounts(TypedDict):
    total_calls: int
    calls_today: int
    total_tokens: int


class ModelCounts(TypedDict):
    active: int
    total_requests: int


@dataclass(frozen=True)
class Statistics:
    users: UserCounts
    api: CallCounts
    models: ModelCounts


class FeatureFlags(TypedDict):
    chat_enabled: bool
    streaming_enabled: bool


class TierLimits(TypedDict):
    requests_per_minute: Optional[int]
    tokens_per_day: Optional[int]


class TierStorage(TypedDict):
    bytes: Optional[int]
    files: Optional[int]


class TiersLimits(TypedDict):
    free: TierLimits
    pro: TierLimits
    enterprise: TierLimits


class TiersStorage(TypedDict):
    free: TierStorage
    pro: TierStorage
    enterprise: TierStorage


class RateLimits(TierLimits):
    tiers: TiersLimits


class StorageLimits(TierStorage):
    tiers: TiersStorage


@dataclass(frozen=True)
class Config:
    feature_flags: FeatureFlags
    default_model: Optional[str]
    rate_limits: RateLimits
    storage_limits: StorageLimits
    cost_per_1k_tokens: Dict[str, float]
    maintenance_mode: bool


class FeatureFlagsChange(TypedDict, total=False):
    chat_enabled: bool
    streaming_enabled: bool


class TierLimitsChange(TypedDict, total=False):
    requests_per_minute: Optional[int]
    tokens_per_day: Optional[int]


class TierStorageChange(TypedDict, total=False):
    bytes: Optional[int]
    files: Optional[int]


class TiersLimitsChange(TypedDict, total=False):
    free: Optional[TierLimitsChange]
    pro: Optional[TierLimitsChange]
    enterprise: Optional[TierLimitsChange]


class TiersStorageChange(TypedDict, total=False):
    free: Optional[TierStorageChange]
    pro: Optional[TierStorageChange]
    enterprise: Optional[TierStorageChange]


class RateLimitsChange(TierLimitsChange, total=False):
    tiers: TiersLimitsChange


class StorageLimitsChange(TierStorageChange, total=False):
    tiers: TiersStorageChange


class ConfigChange(TypedDict, total=False):
    """A change: absent stays as it is, None goes back to what is documented."""

    feature_flags: FeatureFlagsChange
    default_model: Optional[str]
    rate_limits: RateLimitsChange
    storage_limits: StorageLimitsChange
    cost_per_1k_tokens: Dict[str, Optional[float]]
    maintenance_mode: bool
