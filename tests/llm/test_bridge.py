import asyncio
import threading
import time
from collections.abc import AsyncIterator
from concurrent.futures import CancelledError, ThreadPoolExecutor

import pytest

from interviewer.errors import ModelFailed
from interviewer.llm import Bridge


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "models"]


async def double(number: int) -> int:
    await asyncio.sleep(0)
    return 2 * number


async def count(to: int, delay: float = 0.0) -> AsyncIterator[int]:
    for number in range(to):
        await asyncio.sleep(delay)
        yield number


def test_nothing_runs_before_the_first_call_or_after_the_last():
    before = len(threads())
    bridge = Bridge()
    assert len(threads()) == before
    assert bridge.submit(double, 3).result(5) == 6
    assert len(threads()) == before + 1
    bridge.close()
    bridge.close()
    assert len(threads()) == before


def test_a_closed_bridge_opens_again(bridge):
    assert bridge.submit(double, 1).result(5) == 2
    bridge.close()
    assert bridge.submit(double, 2).result(5) == 4


def test_many_threads_share_one_loop(bridge):
    before = len(threads())
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda n: bridge.submit(double, n).result(5), range(50))) == [
            2 * number for number in range(50)
        ]
    assert len(threads()) == before + 1


def test_calls_run_beside_each_other(bridge):
    bridge.submit(double, 0).result(5)
    started = time.perf_counter()
    for future in [bridge.submit(asyncio.sleep, 0.2) for _ in range(10)]:
        future.result(5)
    assert time.perf_counter() - started < 1


def test_items_come_as_they_are_made(bridge):
    bridge.submit(double, 0).result(5)
    started = time.perf_counter()
    at = [
        (number, time.perf_counter() - started) for number in bridge.iterate(lambda: count(3, 0.1))
    ]
    assert [number for number, _ in at] == [0, 1, 2]
    assert at[0][1] < 0.2 < at[2][1]


def test_an_error_comes_after_the_items_before_it(bridge):
    async def breaks():
        yield 1
        raise ModelFailed("Broken.")

    items = bridge.iterate(breaks)
    assert next(items) == 1
    with pytest.raises(ModelFailed, match="Broken"):
        next(items)


def test_closing_the_generator_stops_what_feeds_it(bridge):
    stopped = threading.Event()

    async def endless():
        try:
            while True:
                yield 1
                await asyncio.sleep(0.01)
        finally:
            stopped.set()

    items = bridge.iterate(endless)
    assert next(items) == 1
    items.close()
    assert stopped.wait(5)


def test_closing_the_bridge_ends_who_is_waiting(bridge):
    items = bridge.iterate(lambda: count(3, 30))
    waiting = bridge.submit(asyncio.sleep, 30)
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(lambda: list(items))
        time.sleep(0.1)
        bridge.close()
        with pytest.raises(ModelFailed, match="closed"):
            held.result(5)
    with pytest.raises(CancelledError):
        waiting.result(5)


def test_a_cancelled_call_is_stopped(bridge):
    stopped = threading.Event()

    async def long():
        try:
            await asyncio.sleep(30)
        finally:
            stopped.set()

    future = bridge.submit(long)
    time.sleep(0.05)
    future.cancel()
    assert stopped.wait(5)
