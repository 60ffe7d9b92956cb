"""A person looks at what is kept about them, takes it along, and has it deleted."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.messages import Message
from tests.flows.conftest import running
from tests.flows.test_imagine import EPHEMERAL, has_pictures, texts

pytestmark = pytest.mark.asyncio(loop_scope="session")

MARKER = "zanzibarquartz"
LONG = {"steps": 60, "count": 4}


def buttons(message: Message) -> list[str]:
    return [button["custom_id"] for row in message.components for button in row["components"]]


def bytes_of(folder: Path, word: str) -> int:
    return sum(path.read_bytes().count(word.encode()) for path in folder.glob("bot.sqlite3*"))


async def test_what_is_kept_is_shown_handed_out_and_deleted(tmp_path: Path) -> None:
    async with Sandbox() as sandbox, running(sandbox, tmp_path):
        mika, ren = sandbox.user("mika"), sandbox.user("ren")
        for name in ("show", "export", "delete"):
            asked = await mika.slash("general", f"privacy {name}")
            shown = await asked.wait_message(lambda m: "Nothing is kept" in m.content, seconds=10)
            assert shown.flags & EPHEMERAL and shown.content == "Nothing is kept about you."
        for person, prompt in ((mika, f"1girl, {MARKER}"), (ren, "1girl, bystander")):
            asked = await person.slash("general", "imagine", prompt=prompt, steps=8)
            await asked.wait_message(has_pictures, seconds=60)

        asked = await mika.slash("general", "privacy show")
        assert asked.message is not None and asked.message.flags & EPHEMERAL
        assert "1 request since" in texts(asked.message) and "1 picture" in texts(asked.message)

        asked = await mika.slash("general", "privacy export")
        sent = await asked.wait_message(lambda m: bool(m.files), seconds=10)
        assert sent.flags & EPHEMERAL and sent.files[0].filename == f"my-data-{mika.id}.json"
        exported = json.loads(sent.files[0].data)
        assert [each["asked"]["prompt"] for each in exported["requests"]] == [f"1girl, {MARKER}"]
        assert exported["user_id"] == mika.id and "bystander" not in sent.files[0].data.decode()

        asked = await mika.slash("general", "privacy delete")
        question = asked.message
        assert question is not None and question.flags & EPHEMERAL
        assert buttons(question) == ["privacy:delete", "privacy:keep"]
        await mika.click(question, "privacy:keep")
        assert "Nothing was deleted" in question.content and not buttons(question)

        assert bytes_of(tmp_path, MARKER)
        assert len(list(tmp_path.glob("pictures/*/*.png"))) == 2
        asked = await mika.slash("general", "privacy delete")
        assert asked.message is not None
        await mika.click(asked.message, "privacy:delete")
        gone = await asked.wait_message(lambda m: "It is gone" in texts(m), seconds=30)
        assert "1 request and 1 picture" in texts(gone) and not buttons(gone)
        assert bytes_of(tmp_path, MARKER) == 0
        assert len(list(tmp_path.glob("pictures/*/*.png"))) == 1

        for person, said in ((mika, "no pictures yet"), (ren, "bystander")):
            history = await person.slash("general", "history")
            assert said in texts(await history.wait_message(lambda m: bool(m.content), seconds=30))


async def test_a_running_job_is_cancelled_and_deleting_twice_at_once_is_once(tmp_path: Path) -> None:
    async with Sandbox() as sandbox, running(sandbox, tmp_path):
        mika = sandbox.user("mika")
        job = await mika.slash("general", "imagine", prompt=f"1girl, {MARKER}", **LONG)
        await job.wait_message(lambda m: "Drawing" in texts(m), seconds=60)
        questions = []
        for _ in range(2):
            asked = await mika.slash("general", "privacy delete")
            assert asked.message is not None and "waiting or running (1)" in texts(asked.message)
            questions.append(asked)
        await asyncio.gather(*(mika.click(asked.message, "privacy:delete") for asked in questions))  # type: ignore[arg-type]

        def ended(message: Message) -> bool:
            return "It is gone" in texts(message) or "already" in message.content

        answers = [texts(await asked.wait_message(ended, seconds=60)) for asked in questions]
        assert sum("It is gone" in text for text in answers) == 1
        assert sum("Your data is being deleted already" in text for text in answers) == 1
        told = await job.wait_message(lambda m: "This job was cancelled" in texts(m), seconds=10)
        assert not told.files
        assert bytes_of(tmp_path, MARKER) == 0 and list(tmp_path.glob("pictures/*/*.png")) == []
