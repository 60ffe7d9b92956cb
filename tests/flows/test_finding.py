"""People find what they drew: pages with thumbnails, filters, jobs brought back, settings read from files."""

from __future__ import annotations

import asyncio
import io
import re
import zlib
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from bot.sandbox import Sandbox
from bot.sandbox.messages import Message
from tests.flows.test_imagine import EPHEMERAL, has_pictures, texts
from tests.flows.test_queue import LONG, ask, controls, is_cancelled, is_running
from tests.flows.test_sources import link_to

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATIENCE = 60.0


async def drawn(sandbox: Sandbox, name: str, place: str = "general", **options: Any) -> Message:
    asked = await sandbox.user(name).slash(place, "imagine", steps=4, **options)
    return await asked.wait_message(has_pictures, seconds=PATIENCE)


def job_of(message: Message) -> str:
    return str(message.embeds[0]["footer"]["text"]).rpartition(" ")[2]


def labelled(message: Message, label: str) -> str:
    (custom_id,) = (key for key, part in controls(message).items() if part.get("label") == label)
    return custom_id


async def history(sandbox: Sandbox, name: str, place: str = "general", /, **options: Any) -> Message:
    asked = await sandbox.user(name).slash(place, "history", **options)
    message = await asked.wait_message(lambda message: bool(message.content), seconds=PATIENCE)
    assert message.flags & EPHEMERAL
    return message


def listed(message: Message) -> list[str]:
    return [str(embed["description"]).split("\n")[0] for embed in message.embeds]


async def test_the_history_shows_thumbnails_and_is_leafed_through_both_ways(sandbox: Sandbox) -> None:
    sora = sandbox.user("sora")
    for number in range(7):
        await drawn(sandbox, "sora", prompt=f"no humans, night, page{number}", seed=number + 1)
    first = await history(sandbox, "sora")
    assert listed(first) == [f"no humans, night, page{number}" for number in (6, 5, 4, 3, 2)]
    assert len(first.files) == 5 and all(len(file.data) < 40_000 for file in first.files)
    names = {f"attachment://{file.filename}" for file in first.files}
    assert {embed["thumbnail"]["url"] for embed in first.embeds} == names
    with Image.open(io.BytesIO(first.files[0].data)) as small:
        assert max(small.size) == 256
    for label, length, newest in (("Older", 2, 1), ("Newer", 5, 6), ("Older", 2, 1), ("Newest", 5, 6)):
        await sora.click(first, labelled(first, label))
        async with asyncio.timeout(PATIENCE):
            while len(first.embeds) != length:
                await asyncio.sleep(0.01)
        assert listed(first)[0] == f"no humans, night, page{newest}"
        assert len(first.files) == length

    found = await history(sandbox, "sora", search="PAGE3 night", **{"from": "today", "rating": "general"})
    assert listed(found) == ["no humans, night, page3"]
    opened = await sora.select(
        found, "history:open", [controls(found)["history:open"]["options"][0]["value"]]
    )
    brought = await opened.wait_message(has_pictures, seconds=PATIENCE)
    assert brought.flags & EPHEMERAL and controls(brought)
    assert "Nothing was found" in (await history(sandbox, "sora", to="yesterday")).content
    elsewhere = sora.channel("art-requests").id
    assert "Nothing was found" in (await history(sandbox, "sora", channel=elsewhere)).content
    assert "Nothing was found" in (await history(sandbox, "sora", favourite=True)).content
    for options, said in (
        ({"from": "tomorrow"}, "no day"),
        ({"from": "today", "to": "last week"}, "ends before it begins"),
        ({"search": "*,"}, "holds no word"),
    ):
        asked = await sora.slash("general", "history", **options)
        assert asked.message is not None and said in asked.message.content


async def test_a_job_is_shown_again_with_live_buttons(sandbox: Sandbox) -> None:
    mika, ren = sandbox.user("mika"), sandbox.user("ren")
    first = await drawn(sandbox, "mika", prompt="1girl, orange hair", seed=3)
    job = job_of(first)
    sandbox.user("aoi").remove(first)
    again = await mika.slash("art-requests", "show", job=f" {job.upper()} ")
    shown = await again.wait_message(has_pictures, seconds=PATIENCE)
    assert not shown.flags & EPHEMERAL and job_of(shown) == job and controls(shown)
    assert "0.0 s" not in texts(shown)
    other = await ren.slash("general", "show", job=job, private=True)
    assert (await other.wait_message(has_pictures, seconds=PATIENCE)).flags & EPHEMERAL


async def test_what_is_not_for_ones_eyes_is_as_if_it_were_not_there(sandbox: Sandbox) -> None:
    mika, ren, yuki = (sandbox.user(name) for name in ("mika", "ren", "yuki"))
    private = job_of(await drawn(sandbox, "mika", prompt="1girl", seed=3, private=True))
    staff = job_of(await drawn(sandbox, "aoi", "staff-room", prompt="1girl", seed=3))
    public = job_of(await drawn(sandbox, "ren", prompt="1girl", seed=3))
    for person, place, job in (
        (ren, "general", private),
        (ren, "general", staff),
        (yuki, "tea-room", public),
        (ren, "general", "0" * 8),
    ):
        asked = await person.slash(place, "show", job=job)
        assert asked.message is not None and asked.message.flags & EPHEMERAL
        assert asked.message.content.startswith(f"There is no job {job} that can be shown to you here")
    own = await mika.slash("general", "show", job=private)
    assert (await own.wait_message(has_pictures, seconds=PATIENCE)).flags & EPHEMERAL
    for typed in ("@everyone", "'; --", "x" * 100, "jobless"):
        asked = await mika.slash("general", "show", job=typed)
        assert asked.message is not None and "no job id" in asked.message.content


async def test_ids_are_completed_from_ones_own_jobs(sandbox: Sandbox) -> None:
    mika = sandbox.user("mika")
    job = job_of(await drawn(sandbox, "mika", prompt="1girl, " + "a very long tag, " * 9 + "unicorn", seed=3))
    for typed in ("", job[:4], "unicorn", "UNICORN girl"):
        choices = await mika.complete("general", "show", "job", typed)
        assert len(choices) <= 25 and all(len(each["name"]) <= 100 for each in choices)
        if typed != "UNICORN girl":
            assert choices[0]["value"] == job
    assert await sandbox.user("ren").complete("general", "show", "job", job) == []


def written(text: str, keyword: str = "parameters") -> bytes:
    chunks = PngImagePlugin.PngInfo()
    chunks.add_itxt(keyword, text, zip=True)
    file = io.BytesIO()
    Image.new("RGB", (64, 64)).save(file, "PNG", pnginfo=chunks)
    return file.getvalue()


async def identified(sandbox: Sandbox, data: bytes) -> Message:
    asked = await sandbox.user("ren").slash("general", "identify", picture=("a.png", data))
    message = await asked.wait_message(lambda message: bool(texts(message).strip("[]")), seconds=PATIENCE)
    assert message.flags & EPHEMERAL and "Traceback" not in texts(message)
    return message


async def test_this_bots_picture_is_identified_and_run_again_the_same(sandbox: Sandbox) -> None:
    ren = sandbox.user("ren")
    first = await drawn(sandbox, "mika", prompt="1girl, green hair", seed=7, size="1024x1024", cfg=6)
    looked = await ren.use_on(first, "Identify this picture")
    told = await looked.wait_message(lambda message: bool(message.embeds), seconds=PATIENCE)
    for said in ("this bot", "green hair", "'7'", "'4'", "'6'", "Euler a"):
        assert said in texts(told), said
    linked = await ren.slash("general", "identify", link=link_to(sandbox, first))
    same = await linked.wait_message(lambda message: bool(message.embeds), seconds=PATIENCE)
    assert same.embeds[0]["fields"] == told.embeds[0]["fields"]
    nothing = await ren.slash("general", "identify")
    assert nothing.message is not None and "There is no picture" in nothing.message.content
    run = await ren.click(told, "identify:run")
    again = await run.wait_message(has_pictures, seconds=PATIENCE)
    pixels = [Image.open(io.BytesIO(each.files[0].data)).tobytes() for each in (first, again)]
    assert pixels[0] == pixels[1] and not again.flags & EPHEMERAL
    await ren.slash("general", "settings mine", private=True)
    alone = await (await ren.click(told, "identify:run")).wait_message(has_pictures, seconds=PATIENCE)
    assert alone.flags & EPHEMERAL
    await ren.slash("general", "settings mine", reset="private")


WEBUI = (
    "1girl, (smile:1.2), <lora:sketch:0.7>, <lora:absent:1>\nNegative prompt: lowres\n"
    "Steps: 6, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 30, Seed: 4, Size: 600x900, "
    "Model: elsewhere"
)


async def test_another_programs_picture_is_run_with_the_nearest_settings(sandbox: Sandbox) -> None:
    told = await identified(sandbox, written(WEBUI))
    for said in (
        "A1111",
        "600x900",
        "nearest",
        "832x1216",
        "CFG becomes 15",
        "not used here: 1",
        "elsewhere",
    ):
        assert said in texts(told), said
    run = await sandbox.user("ren").click(told, "identify:run")
    shown = await run.wait_message(has_pictures, seconds=PATIENCE)
    for said in ("832x1216", "DPM++ 2M Karras", "sketch:0.7", "6 steps"):
        assert said in texts(shown), said


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (written("x, " * 3_500_000), "more than 1 MB"),
        (written("[" * 500_000, "prompt"), "no settings"),
        (written('{"a":' * 100_000, "workflow"), "no settings"),
        (written(WEBUI)[:60], "no settings"),
        (b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffzTXtparameters\0\0" + zlib.compress(b"x"), "no settings"),
        (b"no picture", "no PNG, JPEG or WebP"),
        (written("1girl, nude\nSteps: 5, Seed: 4, CFG scale: 5"), "above this place"),
        (written("(1girl:9)\nSteps: 5, Seed: 4, CFG scale: 5"), "outside 0 to 2"),
    ],
    ids=["large", "nested list", "nested object", "cut off", "lie", "no picture", "denied", "weight"],
)
async def test_hostile_files_are_told_in_a_sentence(sandbox: Sandbox, file: bytes, said: str) -> None:
    told = await identified(sandbox, file)
    assert said in texts(told) and "identify:run" not in controls(told)
    assert "reference" not in texts(told)


async def test_nothing_in_a_file_is_markup_or_a_mention(sandbox: Sandbox) -> None:
    words = "@everyone <@123456789012345678> **b** ||s|| [x](http://x.example) \u202e\x1b[31m `c`"
    text = f"1girl, {words}\nSteps: 5, Seed: 4, Sampler: {words}, Model: {words}, {words}: 1"
    told = await identified(sandbox, written(text))
    shown = texts(told)
    assert not told.mentions and "@everyone" not in shown and "<@1" not in shown
    values = " ".join(field["value"] for embed in told.embeds for field in embed["fields"])
    assert "b" in values and not re.search(r"(?<!\\)[*|`\[\]]|[\u202e\x1b]", values), values


async def test_a_moderator_sees_and_cancels_what_others_wait_for(sandbox: Sandbox) -> None:
    aoi, ren = sandbox.user("aoi"), sandbox.user("ren")
    job = await ask(sandbox, "mika", **LONG)
    await job.wait_message(is_running, seconds=PATIENCE)
    plain = await ren.slash("general", "queue")
    assert plain.message is not None and "queue:stop" not in controls(plain.message)
    shown = await aoi.slash("general", "queue")
    assert shown.message is not None and "1girl, smile" in texts(shown.message)
    (option,) = controls(shown.message)["queue:stop"]["options"]
    stopped = await aoi.select(shown.message, "queue:stop", [option["value"]])
    assert stopped.kind == "update"
    ended = await job.wait_message(
        lambda message: "A moderator of this server" in texts(message), seconds=PATIENCE
    )
    assert not is_cancelled(ended) and not controls(ended)
    late = (
        await aoi.select(shown.message, "queue:stop", [option["value"]]) if controls(shown.message) else None
    )
    assert late is None or late.message is None or "has ended" in late.message.content
