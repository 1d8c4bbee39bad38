"""What went wrong with a model, in our words: litellm's exceptions -> ``ModelError``."""

from __future__ import annotations

import datetime as dt
import email.utils
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from interviewer.errors import (
    ContextTooLong,
    ModelBusy,
    ModelDeclined,
    ModelError,
    ModelFailed,
    ModelRefusedKey,
    ModelRejected,
    ModelTimeout,
    ModelUnknown,
    ModelUnreachable,
)
from interviewer.llm.library import missing_keys

_SHOWN = 200
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL")
_SHORTEST_SECRET = 6
_LOOKS_SECRET = re.compile(
    r"\b(?:(?:sk|pk|gsk|hf|xai)[-_]|AIza)[\w*-]{6,}|\b[Bb]earer\s+\S+|(?<=[?&]key=)[^&\s]+"
)
_LABELS = re.compile(r"^(?:(?:litellm\.)?\w*(?:Error|Exception|Timeout)\s*[:-]\s*)+")
_QUOTA = re.compile(r"(?i)quota|billing|credit|insufficient|payment")
_FILTER = re.compile(r"(?i)content[ _-](?:policy|filter|management)|safety system|was filtered")
_MANY_DIGITS = 10  # seconds a header may ask for, as text


@dataclass(frozen=True, slots=True)
class Trouble:
    """A failed call.

    Attributes:
        error: What to raise when it is not tried again.
        passing: Whether the same request may succeed a little later.
        after: Seconds the provider asks to wait; 0 when it does not say.
        once: Whether one more try is all it is worth.
    """

    error: ModelError
    passing: bool = False
    after: float = 0.0
    once: bool = False


@dataclass(frozen=True, slots=True)
class Called:
    """What was called, for the words of an error; the key only to take it out of them."""

    model: str
    base_url: str | None
    api_key: str | None
    timeout: float

    def __repr__(self) -> str:
        return f"Called({self.model!r})"

    @property
    def provider(self) -> str:
        """The part of the name before the first slash."""
        return self.model.partition("/")[0].lower() if "/" in self.model else ""

    @property
    def where(self) -> str:
        """The model and its address, without what an address may hide."""
        return f"{self.model} at {self.address}" if self.base_url else self.model

    @property
    def address(self) -> str:
        """The base URL without a password or a query."""
        parts = urlsplit(self.base_url or "")
        host = parts.netloc.rpartition("@")[2]
        return f"{parts.scheme}://{host}{parts.path}" if host else ""


def explain(error: BaseException, called: Called) -> Trouble:
    """What a litellm exception means and what to do about it."""
    failure = _Failure.of(error, called)
    for rule in (_late, _key, _too_much, _filtered, _unknown, _busy, _rejected, _unreachable):
        if trouble := rule(failure):
            return trouble
    if "JSONDecodeError" in failure.causes:
        return Trouble(
            ModelFailed(f"{called.where} sent a reply that is no JSON. Try again."), passing=True
        )
    status = failure.status or 0
    return Trouble(
        ModelFailed(f"{called.where} failed. Try again later.{failure.said}"),
        passing=status >= HTTPStatus.INTERNAL_SERVER_ERROR,
    )


@dataclass(frozen=True, slots=True)
class _Failure:
    """An exception as the rules look at it."""

    error: BaseException
    called: Called
    status: int | None
    kinds: frozenset[str]
    """Names of its own classes; by name, so that nothing of a provider is imported."""
    causes: frozenset[str]
    """Names of the classes of everything that led to it, itself included."""

    @classmethod
    def of(cls, error: BaseException, called: Called) -> _Failure:
        error = _innermost(error)
        return cls(
            error,
            called,
            _status(error),
            frozenset(kind.__name__ for kind in type(error).__mro__),
            frozenset(kind.__name__ for each in _chain(error) for kind in type(each).__mro__),
        )

    @property
    def text(self) -> str:
        """What the exception says; may hold a key."""
        return str(self.error)

    @property
    def said(self) -> str:
        """The provider's own words, short and without keys."""
        text = scrub(_LABELS.sub("", " ".join(self.text.split())), self.called)
        text = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        return f" It said: {text}" if text else ""


def _late(failure: _Failure) -> Trouble | None:
    late = failure.kinds & {"TimeoutError", "Timeout"}
    if not late and failure.status != HTTPStatus.REQUEST_TIMEOUT:
        return None
    return Trouble(
        ModelTimeout(
            f"{failure.called.where} did not answer in {failure.called.timeout:g} seconds. "
            "Try again, take a faster model or raise INTERVIEWER_MODEL_TIMEOUT."
        ),
        passing=True,
    )


def _key(failure: _Failure) -> Trouble | None:
    refused = failure.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
    if not refused and "Missing credentials" not in failure.text:
        return None
    called = failure.called
    if called.api_key:
        advice = "Check INTERVIEWER_MODEL_API_KEY."
    elif missing := missing_keys(called.model):
        advice = f"Set {' or '.join(missing)}."
    else:
        name = f"{called.provider.upper()}_API_KEY" if called.provider else "the key"
        advice = f"Check {name} and what the key may use."
    return Trouble(ModelRefusedKey(f"{called.where} refused the key. {advice}{failure.said}"))


def _too_much(failure: _Failure) -> Trouble | None:
    if "ContextWindowExceededError" not in failure.kinds:
        return None
    where = failure.called.where
    return Trouble(
        ContextTooLong(
            f"That is more text than {where} can read. Shorten it or take a model with a longer "
            f"context.{failure.said}"
        )
    )


def _filtered(failure: _Failure) -> Trouble | None:
    known = "ContentPolicyViolationError" in failure.kinds
    told = failure.status == HTTPStatus.BAD_REQUEST and _FILTER.search(failure.text)
    if not known and not told:
        return None
    return Trouble(
        ModelDeclined(f"The filter of {failure.called.where} would not answer.{failure.said}")
    )


def _unknown(failure: _Failure) -> Trouble | None:
    called = failure.called
    if "LLM Provider NOT provided" in failure.text:
        return Trouble(
            ModelUnknown(
                f"{called.model} names no provider. Write provider/model, such as "
                "openai/gpt-4o-mini or ollama/llama3.1."
            )
        )
    if failure.status != HTTPStatus.NOT_FOUND:
        return None
    if called.provider.startswith("ollama"):
        advice = f"Run: ollama pull {called.model.partition('/')[2]}."
    else:
        address = " and the address, which often ends in /v1" if called.base_url else ""
        advice = f"Check the model's name{address}."
    return Trouble(ModelUnknown(f"{called.where} was not found. {advice}{failure.said}"))


def _busy(failure: _Failure) -> Trouble | None:
    if failure.status not in {HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.TOO_MANY_REQUESTS}:
        return None
    where, said = failure.called.where, failure.said
    if failure.status == HTTPStatus.PAYMENT_REQUIRED or _QUOTA.search(failure.text):
        return Trouble(ModelBusy(f"The quota of {where} is used up. Check its billing.{said}"))
    after = _retry_after(failure.error)
    when = f"in {after:.0f} seconds" if after >= 1 else "in a minute"
    return Trouble(
        ModelBusy(f"{where} takes no more requests for now. Try again {when}.{said}"),
        passing=True,
        after=after,
    )


def _rejected(failure: _Failure) -> Trouble | None:
    status = failure.status or 0
    if not HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return None
    return Trouble(
        ModelRejected(
            f"{failure.called.where} does not take the request. Check the model's name or take "
            f"another.{failure.said}"
        )
    )


def _unreachable(failure: _Failure) -> Trouble | None:
    called = failure.called
    if failure.causes & {"InvalidURL", "UnsupportedProtocol", "LocalProtocolError"}:
        return Trouble(
            ModelUnreachable(
                f"The address of {called.where} cannot be used. Write it as http://host:port/v1."
            )
        )
    lost = {"TransportError", "ConnectionError", "gaierror", "ClientConnectionError"}
    if not failure.causes & lost:
        return None
    if called.provider.startswith("ollama"):
        address = called.address or os.environ.get("OLLAMA_API_BASE") or "http://localhost:11434"
        message = f"Nobody answers for {called.model}. Is Ollama running at {address}?"
    elif called.base_url:
        message = f"Nobody answers for {called.where}. Is the server running there?"
    else:
        message = f"{called.where} cannot be reached. Check the network."
    return Trouble(ModelUnreachable(message), passing=True)


def scrub(text: str, called: Called) -> str:
    """The text without any key."""
    secrets = {
        value
        for name, value in os.environ.items()
        if _SECRET_NAME.search(name.upper()) and len(value) >= _SHORTEST_SECRET
    }
    if called.api_key:
        secrets.add(called.api_key)
    if called.base_url and "@" in called.base_url:
        hidden = urlsplit(called.base_url)
        secrets |= {item for item in (hidden.netloc.rpartition("@")[0], hidden.password) if item}
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "(key)")
    return _LOOKS_SECRET.sub("(key)", text)


def _innermost(error: BaseException) -> BaseException:
    """What a break in mid-stream wraps."""
    inner = getattr(error, "original_exception", None)
    while isinstance(inner, BaseException):
        error, inner = inner, getattr(inner, "original_exception", None)
    return error


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _status(error: BaseException) -> int | None:
    status = getattr(error, "status_code", None)
    try:
        return None if status is None else int(status)
    except (TypeError, ValueError):
        return None


def _retry_after(error: BaseException) -> float:
    """Seconds from the header: a number or an HTTP date."""
    for headers in (
        getattr(error, "litellm_response_headers", None),
        getattr(getattr(error, "response", None), "headers", None),
    ):
        value = headers.get("retry-after") if isinstance(headers, Mapping) else None
        if value:
            return _seconds(str(value).strip())
    return 0.0


def _seconds(value: str) -> float:
    if re.fullmatch(r"\d+(\.\d+)?", value) and len(value) <= _MANY_DIGITS:
        return float(value)
    try:
        when = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    if when.tzinfo is None:
        when = when.replace(tzinfo=dt.UTC)
    return max(0.0, (when - dt.datetime.now(dt.UTC)).total_seconds())
