"""LiteLLM itself: loaded late and made quiet; its list of models and its connections."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import warnings
from types import ModuleType
from typing import Any, Literal

Mode = Literal["schema", "object", "plain"]
"""How a typed reply is asked for: by its JSON schema, as any JSON object, in words."""

_LOGGERS = ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "openai", "httpx", "httpcore", "aiohttp")


async def library() -> ModuleType:
    """LiteLLM; the first time it is loaded in a thread, for that takes seconds."""
    if "litellm" in sys.modules:
        return load()
    return await asyncio.to_thread(load)


def load() -> ModuleType:
    """LiteLLM, which prints nothing, sends nothing of its own and logs no request.

    Settings that a test or a library may have changed back are set again each time.
    """
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # no request at import
    # Its types are newer than what pydantic warns about; nobody here can mend that.
    for module in (r"litellm\b", r"pydantic\._internal\b"):
        warnings.filterwarnings("ignore", module=module)
    import litellm

    litellm.suppress_debug_info = True
    litellm.telemetry = False
    for name in _LOGGERS:  # at lower levels they show addresses and headers, keys among them
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return litellm


def first_mode(model: str) -> Mode:
    """The schema, unless LiteLLM knows the model and knows that it takes none."""
    litellm = load()
    try:
        name, provider, _, _ = litellm.get_llm_provider(model)
        takes = litellm.get_supported_openai_params(name, provider) or []
    except litellm.BadRequestError:
        return "plain"  # the request itself says what is wrong with the name
    if "response_format" not in takes:
        return "plain"
    known = _listed(model)
    return "schema" if known is None or known.get("supports_response_schema") else "object"


def price(model: str, counted: Any) -> float | None:  # noqa: ANN401 - litellm's own usage
    """US dollars by LiteLLM's list of prices; None when the model is not in it."""
    if counted is None or _listed(model) is None:
        return None
    try:
        asked, said = load().cost_per_token(model=model, usage_object=counted)
    except Exception:  # noqa: BLE001 - a price that cannot be worked out is not known
        return None
    return float(asked + said)


def missing_keys(model: str) -> tuple[str, ...]:
    """The environment variables for the model's key that are not set."""
    missing = load().validate_environment(model).get("missing_keys", [])
    return tuple(str(name) for name in missing if "KEY" in name or "TOKEN" in name)


async def close_clients() -> None:
    """Close the connections that LiteLLM keeps for the running event loop."""
    if "litellm" not in sys.modules:
        return
    clients = load().in_memory_llm_clients_cache.cache_dict
    mine = f"-{id(asyncio.get_running_loop())}"
    for key in [key for key in clients if str(key).endswith(mine)]:
        with contextlib.suppress(Exception):  # it is over either way
            await clients.pop(key).close()


def _listed(model: str) -> dict[str, Any] | None:
    """What LiteLLM's list says of a model; asking beyond the list may call its server."""
    models = load().model_cost
    found: dict[str, Any] | None = models.get(model) or models.get(model.partition("/")[2])
    return found
