"""A person uses up what they may have, reads when there is more, and gets back what was not delivered."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.config import Quota, RoleQuota
from bot.sandbox import Sandbox
from bot.storage.outside import read
from tests.flows.conftest import running
from tests.flows.test_imagine import EPHEMERAL, has_pictures, texts

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_quotas_hold_through_a_crowd_a_cancel_and_a_restart(tmp_path: Path) -> None:
    quota = Quota(person_jobs=2, person_per_hour=3, roles={"nobody": RoleQuota(per_hour=0)})
    async with Sandbox() as sandbox:
        mika, ren = sandbox.user("mika"), sandbox.user("ren")
        async with running(sandbox, tmp_path, quota=quota):
            crowd = await asyncio.gather(
                *(mika.slash("general", "imagine", prompt="1girl", steps=60, seed=n) for n in range(6))
            )
            messages = [asked.message for asked in crowd if asked.message is not None]
            refused = [message for message in messages if message.flags & EPHEMERAL]
            assert len(messages) == 6 and len(refused) == 4
            assert all("2 of your 2 jobs are waiting or running" in each.content for each in refused)
            taken = [asked for asked in crowd if asked.message not in refused]
            button = next(
                each["custom_id"]
                for each in taken[1].message.components[0]["components"]  # type: ignore[union-attr]
                if each["custom_id"].startswith("cancel:")
            )
            await mika.click(taken[1].message, button)  # type: ignore[arg-type]
            await taken[1].wait_message(lambda m: "cancelled" in texts(m), seconds=60)
            await taken[0].wait_message(has_pictures, seconds=60)
            # Seeds whose pictures are not withheld: what is withheld is not counted.
            asked = await mika.slash("general", "imagine", prompt="1girl", steps=8, seed=1, count=2)
            await asked.wait_message(has_pictures, seconds=60)
        async with running(sandbox, tmp_path, quota=quota):
            asked = await mika.slash("general", "imagine", prompt="1girl", steps=8)
            assert asked.message is not None and asked.message.flags & EPHEMERAL
            assert "3 of your 3 pictures an hour are taken; the next is free in" in asked.message.content
            asked = await mika.slash("general", "imagine", prompt="1girl", steps=8, count=4)
            assert asked.message is not None and "you may have 3 an hour" in asked.message.content
            asked = await ren.slash("general", "imagine", prompt="1girl", steps=8)
            await asked.wait_message(has_pictures, seconds=60)
    leases, images = read(
        tmp_path / "bot.sqlite3",
        "SELECT state, pictures, gpu_seconds FROM leases ORDER BY state, pictures",
        "SELECT count(*) AS number FROM images",
    )
    assert [(each["state"], each["pictures"]) for each in leases] == [
        ("refunded", 0), ("spent", 1), ("spent", 1), ("spent", 2),
    ]  # fmt: skip
    assert images[0]["number"] == 4
    assert all((each["gpu_seconds"] > 0) == (each["state"] == "spent") for each in leases)
