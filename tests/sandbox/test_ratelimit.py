"""Rate limits: buckets told in headers, 429s that discord.py waits out, fifty a second in all."""

from __future__ import annotations

import asyncio

import aiohttp
import discord

from bot.sandbox import Limits, Sandbox
from bot.sandbox.ratelimit import RateLimiter, Window
from tests.sandbox.bots import calling, stage


async def test_a_full_bucket_refuses_with_all_that_a_client_needs() -> None:
    async with Sandbox() as sandbox, aiohttp.ClientSession() as session:
        url = f"{sandbox.api_base}/channels/{sandbox.user('mika').channel('general').id}/messages"
        headers = {"Authorization": f"Bot {sandbox.token}"}
        left = []
        for _ in range(5):
            async with session.post(url, json={"content": "x"}, headers=headers) as response:
                assert response.status == 200
                left.append(response.headers["X-RateLimit-Remaining"])
        assert left == ["4", "3", "2", "1", "0"]
        async with session.post(url, json={"content": "x"}, headers=headers) as response:
            assert response.status == 429
            assert response.headers["Via"] and response.headers["X-RateLimit-Scope"] == "user"
            assert response.headers["Content-Type"] == "application/json"
            body = await response.json()
            assert body["global"] is False and 0 < body["retry_after"] <= 5
        other = f"{sandbox.api_base}/channels/{sandbox.user('mika').channel('art-requests').id}/messages"
        async with session.post(other, json={"content": "x"}, headers=headers) as response:
            assert response.status == 200  # another channel, another bucket


async def test_discord_py_waits_and_tries_again() -> None:
    async with stage(lambda bot: None) as scene:
        channel = scene.bot.get_channel(int(scene.sandbox.user("mika").channel("general").id))
        assert isinstance(channel, discord.TextChannel)
        scene.sandbox.faults.next(429, method="POST", match="/messages", retry_after=0.05, times=2)
        assert (await channel.send("in the end")).content == "in the end"
        tries = [e.status for e in scene.sandbox.log if e.route.endswith("/messages") and e.method == "POST"]
        assert tries == [429, 429, 200]


def test_a_window_opens_again_when_its_time_is_over() -> None:
    window = Window(2, 5.0)
    assert [window.take(10.0), window.take(11.0)] == [0.0, 0.0]
    assert window.take(12.0) == 3.0
    assert window.take(15.0) == 0.0


def test_the_whole_bot_is_limited_but_interactions_are_not() -> None:
    limiter = RateLimiter(enabled=True)
    passages = [limiter.enter("GET", "/users/{user_id}", {"user_id": str(n)}) for n in range(50)]
    passages.append(limiter.enter("GET", "/gateway/bot", {}))
    assert passages[-1].refused is not None and passages[-1].refused["global"] is True
    assert passages[-1].headers["X-RateLimit-Global"] == "true"
    callback = "/interactions/{interaction_id}/{interaction_token}/callback"
    assert all(limiter.enter("POST", callback, {}).refused is None for _ in range(200))


async def test_limits_can_be_switched_off() -> None:
    async with calling(Limits(rate_limits=False)) as (sandbox, call):
        path = f"/channels/{sandbox.user('mika').channel('general').id}/messages"
        answers = await asyncio.gather(*(call("POST", path, {"content": "x"}) for _ in range(60)))
        assert {status for status, _ in answers} == {200}
