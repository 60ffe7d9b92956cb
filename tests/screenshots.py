"""Pictures of everything that people see, taken by Chromium on the sandbox's page.

``python -m tests.screenshots FOLDER`` runs the bot with the demo model, brings it into every state, and
writes a PNG of each, in English and Japanese, for whoever wants to see all at once. Takes some minutes.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Error, Page

from bot.config import Policy
from bot.sandbox import Sandbox
from bot.sandbox.driver import Outcome, Person
from bot.sandbox.messages import Message
from tests.flows.conftest import running
from tests.flows.test_imagine import has_pictures, texts
from tests.sandbox.browser import chromium, visit

PEOPLE = {"en": "mika", "ja": "yuki"}
PLACE = "general"
SECONDS = 120.0
TRIES = 10

ASKED = "1girl, blue hair, cat ears, beach"

Shot = Callable[[Sandbox, Person], Awaitable[Message]]


def job_of(message: Message) -> str:
    return str(message.embeds[0]["footer"]["text"]).rsplit(" ", 1)[-1]


def at_once(outcome: Outcome) -> Message:
    assert outcome.message is not None
    return outcome.message


async def imagine(person: Person, prompt: str = ASKED, **options: object) -> Outcome:
    return await person.slash(PLACE, "imagine", prompt=prompt, **{"seed": 7, **options})


async def queued(_: Sandbox, person: Person) -> Message:
    asked = [await imagine(person, steps=60) for _ in range(3)]
    return at_once(asked[-1])


async def drawing(_: Sandbox, person: Person) -> Message:
    asked = await imagine(person, "1girl, red hair, hat", steps=60)
    return await asked.wait_message(lambda message: bool(message.files), seconds=SECONDS)


async def one(_: Sandbox, person: Person) -> Message:
    return await (await imagine(person)).wait_message(has_pictures, seconds=SECONDS)


async def four(_: Sandbox, person: Person) -> Message:
    asked = await imagine(person, seed=1, count=4)
    return await asked.wait_message(has_pictures, seconds=SECONDS)


async def refused(_: Sandbox, person: Person) -> Message:
    return at_once(await imagine(person, "1girl, nsfw"))


async def wrong(_: Sandbox, person: Person) -> Message:
    return at_once(await imagine(person, "1girl, (smile:99)"))


async def source_refused(_: Sandbox, person: Person) -> Message:
    file = io.BytesIO()
    Image.new("RGB", (4, 4)).save(file, "PNG")
    asked = await imagine(person, image=("tiny.png", file.getvalue()))
    return await asked.wait_message(seconds=SECONDS)


def command(name: str, **options: object) -> Shot:
    async def shot(_: Sandbox, person: Person) -> Message:
        return await (await person.slash(PLACE, name, **options)).wait_message(seconds=SECONDS)

    return shot


async def shown(sandbox: Sandbox, person: Person) -> Message:
    first = await one(sandbox, person)
    asked = await person.slash(PLACE, "show", job=job_of(first))
    return await asked.wait_message(has_pictures, seconds=SECONDS)


async def info(sandbox: Sandbox, person: Person) -> Message:
    first = await one(sandbox, person)
    pressed = await person.click(first, f"info:{job_of(first)}")
    return await pressed.wait_message(seconds=SECONDS)


async def private(_: Sandbox, person: Person) -> Message:
    return await (await imagine(person, private=True)).wait_message(has_pictures, seconds=SECONDS)


async def identified(sandbox: Sandbox, person: Person) -> Message:
    first = await one(sandbox, person)
    asked = await person.slash(PLACE, "identify", picture=("found.png", first.files[0].data))
    return await asked.wait_message(seconds=SECONDS)


async def presets(_: Sandbox, person: Person) -> Message:
    await person.slash(PLACE, "preset save", name="Beach", prompt=ASKED, steps=20, replace=True)
    return at_once(await person.slash(PLACE, "preset list"))


async def withheld(_: Sandbox, person: Person) -> Message:
    asked = await imagine(person, steps=8)
    return await asked.wait_message(lambda message: "not posted" in texts(message), seconds=SECONDS)


SHOTS: dict[str, Shot] = {
    "done-one": one,
    "done-four": four,
    "private": private,
    "info": info,
    "show": shown,
    "identify": identified,
    "queued": queued,
    "running": drawing,
    "refused": refused,
    "mistake": wrong,
    "source-refused": source_refused,
    "history": command("history"),
    "queue": command("queue"),
    "settings": command("settings show"),
    "presets": presets,
    "privacy": command("privacy show"),
    "about": command("about"),
    "help": command("help"),
}


@contextlib.asynccontextmanager
async def page_of(sandbox: Sandbox, browser: Browser, person: Person) -> AsyncIterator[Page]:
    """The page as one person sees it, large enough for a whole message."""
    async with visit(browser, sandbox.page, width=900, height=1400) as page:
        await page.evaluate("id => localStorage.setItem('lantern.user', id)", person.id)
        await page.reload()
        yield page


async def take(folder: Path) -> None:
    """Take every picture into the folder."""
    async with chromium() as browser, contextlib.AsyncExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sandbox = await stack.enter_async_context(Sandbox())
        for language, name in PEOPLE.items():
            person = sandbox.user(name)
            async with page_of(sandbox, browser, person) as page:
                async with running(sandbox, data / "open"):
                    for shot, make in SHOTS.items():
                        await keep(page, await make(sandbox, person), folder / f"{shot}-{language}.png")
                async with running(sandbox, data / "strict", policy=Policy(withhold_general=1e-9)):
                    message = await withheld(sandbox, person)
                    await keep(page, message, folder / f"withheld-{language}.png")


async def keep(page: Page, message: Message, path: Path) -> None:
    """A picture of one message, without what lies around it."""
    node = page.locator(f"li.message[data-id='{message.id}']")
    for _ in range(TRIES):
        # A message that changes is drawn anew by the page, and may do so at just this moment.
        with contextlib.suppress(Error):
            await node.scroll_into_view_if_needed()
            await asyncio.sleep(0.3)  # pictures fade in
            await node.screenshot(path=path)
            return
    raise SystemExit(f"{path.stem}: the message never stood still")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(target))
