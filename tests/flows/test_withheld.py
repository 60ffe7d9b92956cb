"""A picture that may not be shown: what the asker reads, what is kept, and how they try again."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import app
from bot.config import Policy
from bot.core.job import JobState
from bot.sandbox import Sandbox
from bot.sandbox.messages import Message
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.search import JobSearch, Wanted
from tests.flows.conftest import running
from tests.flows.test_imagine import EPHEMERAL, has_pictures, texts

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOTHING_SHOWS = 1e-9
"""A threshold that every picture lies above."""


def button(message: Message) -> str | None:
    """The id of the button that asks again."""
    ids = [part["custom_id"] for row in message.components for part in row["components"]]
    return next((each for each in ids if each.startswith("again:")), None)


def is_withheld(message: Message) -> bool:
    return "posted" in texts(message)


def stored(folder: Path, name: str) -> list[Path]:
    return list((folder / name).rglob("*.png"))


async def test_a_withheld_picture_is_told_and_asked_again_after_a_restart(tmp_path: Path) -> None:
    async with Sandbox() as sandbox:
        mika, ren = sandbox.user("mika"), sandbox.user("ren")
        everything = Policy(withhold_general=NOTHING_SHOWS, keep_withheld=True)
        async with running(sandbox, tmp_path, policy=everything):
            asked = await mika.slash("general", "imagine", prompt="1girl, smile", seed=7, steps=8)
            message = await asked.wait_message(is_withheld, seconds=60)
            assert not message.files
            pressed = button(message)
            assert pressed is not None
            (kept,) = stored(tmp_path, "withheld")
            assert kept.stat().st_mode & 0o777 == 0o600
            assert not stored(tmp_path, "pictures")

            foreign = await ren.click(message, pressed)
            assert foreign.message is not None and foreign.message.flags & EPHEMERAL
            assert "Only the person who asked" in foreign.message.content

            again = await mika.click(message, pressed)
            await again.wait_message(is_withheld, seconds=60)
            assert len(stored(tmp_path, "withheld")) == 2  # another seed gave another picture
        async with running(sandbox, tmp_path):
            again = await mika.click(message, pressed)
            assert again.kind == "message"
            shown = await again.wait_message(has_pictures, seconds=60)
            assert button(shown) is None and "'7'" not in texts(shown)
            assert is_withheld(message)
    async with await Database.open(tmp_path / app.DATABASE) as database:
        found = await JobSearch(database, JobStore(database)).find(int(mika.id), Wanted())
        (record,) = found.records
        assert record.job.request.prompt == "1girl, smile" and record.job.state is JobState.DONE


async def test_without_a_review_queue_nothing_is_kept_and_previews_do_not_show(tmp_path: Path) -> None:
    async with Sandbox() as sandbox:
        mika = sandbox.user("mika")
        async with running(sandbox, tmp_path, policy=Policy(withhold_general=NOTHING_SHOWS)):
            asked = await mika.slash("general", "imagine", prompt="1girl", count=2, steps=24)
            seen: list[int] = []

            def ended(message: Message) -> bool:
                seen.append(len(message.files))
                return is_withheld(message)

            await asked.wait_message(ended, seconds=120)
            assert set(seen) == {0}
        assert not list(tmp_path.rglob("*.png"))
