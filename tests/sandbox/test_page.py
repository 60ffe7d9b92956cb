"""The page in a real browser, with a stock bot on the sandbox behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from bot.sandbox import Limits, Sandbox
from tests.sandbox.bots import stage
from tests.sandbox.browser import PATIENCE_MS, chromium, visit
from tests.sandbox.pagebot import HOSTILE, PageBot, png

# one browser and one bot for all of this file: starting them is most of its time
pytestmark = pytest.mark.asyncio(loop_scope="module")
expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Scene:
    browser: Browser
    sandbox: Sandbox
    bot: PageBot


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Scene]:
    bot = PageBot()
    async with chromium() as browser, stage(bot.prepare, limits=Limits(ack_seconds=60)) as there:
        yield Scene(browser, there.sandbox, bot)


async def choose(page: Page, key: str, times: int = 1) -> None:
    for _ in range(times):
        await page.keyboard.press(key)


async def test_a_picture_by_keyboard_alone(scene: Scene) -> None:
    scene.bot.gate.clear()
    async with visit(scene.browser, scene.sandbox.page) as page:
        await page.locator("#composer-input").focus()
        await expect(page.locator(".hint")).to_contain_text("Try: /imagine")
        await page.keyboard.type("/ima")
        await expect(page.get_by_role("option", name="/imagine")).to_have_attribute("aria-selected", "false")
        await page.keyboard.press("Enter")
        prompt = page.get_by_role("combobox", name="prompt: What to draw")
        await expect(prompt).to_be_focused()
        await page.keyboard.type("1girl, sil")
        await expect(page.get_by_role("option", name="1girl, silver hair")).to_be_visible()
        await choose(page, "ArrowDown")
        await page.keyboard.press("Enter")
        await expect(prompt).to_have_value("1girl, silver hair")
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("combobox", name="Add an option")).to_be_focused()
        await expect(page.get_by_role("option")).to_have_count(3)
        await page.keyboard.type("si")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("combobox", name="size: Width and height")).to_be_focused()
        await choose(page, "ArrowDown", 1)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("combobox", name="size: Width and height")).to_have_value("1024x1024")
        await page.keyboard.press("Enter")

        answer = page.locator(".message").last
        await expect(answer).to_contain_text("Mika used /imagine")
        await expect(answer).to_contain_text("Step 7 of 28")
        scene.bot.gate.set()
        picture = answer.get_by_role("button", name="Open large: 1girl, silver hair")
        await expect(picture).to_be_visible()
        await expect(answer).to_contain_text("1024x1024")
        await picture.focus()
        await page.keyboard.press("Enter")
        large = page.get_by_role("dialog").get_by_role("img")
        await expect(large).to_be_visible()
        assert (await large.bounding_box() or {"width": 0})["width"] > 300  # 104 pixels wide on disk
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await expect(picture).to_be_focused()
        await expect(page.locator(".hint")).to_be_hidden()


async def test_buttons_selects_and_forms(scene: Scene) -> None:
    scene.bot.gate.set()
    async with visit(scene.browser, scene.sandbox.page) as page:
        # a line that was pasted whole is a command all the same
        await page.locator("#composer-input").fill("/imagine starry sky size:1216x832")
        await page.keyboard.press("Enter")
        answer = page.locator(".message").last
        await expect(answer).to_contain_text("1216x832")
        where = f'.message[data-id="{await answer.get_attribute("data-id")}"]'
        answer = page.locator(where)
        await answer.get_by_role("button", name="Keep").click()
        await expect(answer.get_by_role("button", name="Kept")).to_be_disabled()

        await answer.get_by_role("button", name="Choose a size").click()
        await choose(page, "ArrowDown")
        await page.keyboard.press("Enter")
        await expect(page.locator(".message.ephemeral").last).to_contain_text("Size: Square")

        await answer.get_by_role("button", name="Edit").click()
        form = page.get_by_role("dialog", name="Edit and draw again")
        field = form.get_by_label("Prompt")
        await expect(field).to_have_value("starry sky")
        await field.fill("")
        await form.get_by_role("button", name="Submit").click()
        await expect(form).to_contain_text("This field is required.")
        await field.fill("smile, night")
        await page.keyboard.press("Control+Enter")
        await expect(form).to_have_count(0)
        await expect(page.locator(".message").last).to_contain_text("Drawing again: smile, night")

        patient = scene.sandbox.state.limits
        scene.sandbox.state.limits = replace(patient, ack_seconds=0.2)
        await answer.get_by_role("button", name="Silent").click()
        await expect(answer).to_contain_text("did not respond")
        scene.sandbox.state.limits = patient


async def test_options_are_checked_before_they_are_sent(scene: Scene) -> None:
    async with visit(scene.browser, scene.sandbox.page) as page:
        await page.locator("#composer-input").click()
        await page.keyboard.type("/imagine ")  # the space takes the command
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("prompt is required.")).to_be_visible()
        await page.keyboard.type("cat")
        await page.keyboard.press("Tab")
        await page.keyboard.type("count")
        await page.keyboard.press("Enter")
        for typed, said in (("9", "The most is 4."), ("1.5", "Write a whole number.")):
            await page.keyboard.press("Control+a")
            await page.keyboard.type(typed)
            await page.keyboard.press("Enter")
            await expect(page.get_by_text(said)).to_be_visible()
        await choose(page, "Backspace", 4)  # empties the option, then takes it away
        await expect(page.locator(".chip")).to_have_count(1)
        await choose(page, "Escape", 2)
        await expect(page.locator("#composer-input")).to_be_focused()
        assert await page.locator(".message.outgoing").count() == 0


async def test_an_ephemeral_answer_is_for_its_asker(scene: Scene) -> None:
    async with visit(scene.browser, scene.sandbox.page) as page:
        await page.locator("#composer-input").fill("/whisper")
        await page.keyboard.press("Enter")  # takes it from the list
        await page.keyboard.press("Enter")
        whispered = page.locator(".message.ephemeral", has_text="Only for you")
        await expect(whispered).to_contain_text("Only you can see this")
        await page.get_by_role("button", name="Playing as Mika").click()
        await page.get_by_role("option", name="Ren").click()
        await expect(page.get_by_role("button", name="Playing as Ren")).to_be_visible()
        await expect(whispered).to_have_count(0)
        await page.get_by_role("button", name="Playing as Ren").click()
        await page.get_by_role("option", name="Mika").click()
        await whispered.get_by_text("dismiss").click()
        await expect(whispered).to_have_count(0)


async def test_words_files_reactions_and_threads(scene: Scene) -> None:
    async with visit(scene.browser, scene.sandbox.page) as page:
        writer = page.locator("#composer-input")
        file = {"name": "SPOILER_moon.png", "mimeType": "image/png", "buffer": png()}
        await page.locator(".composer-line input[type=file]").set_input_files(file)  # type: ignore[arg-type]
        await expect(page.locator(".tray li img")).to_be_visible()
        await writer.fill("**Look** at ||this||")
        await page.keyboard.press("Enter")
        mine = page.locator(".message", has_text="Look at").last
        await expect(mine.locator("strong", has_text="Look")).to_be_visible()
        cover = mine.get_by_role("button", name="Spoiler picture")
        await cover.click()
        await expect(mine.get_by_role("button", name="Open large: SPOILER_moon.png")).to_be_visible()
        await expect(mine.locator(".spoiler-text")).to_be_hidden()
        await mine.locator(".spoiler").click()
        await expect(mine.locator(".spoiler-text")).to_be_visible()

        await mine.get_by_role("button", name="More").click()
        await page.get_by_role("button", name="React with ✨").click()
        await expect(mine.locator(".reaction.mine")).to_have_text("✨1")
        await mine.get_by_role("button", name="More").click()
        await page.get_by_role("menuitem", name="Start a thread").click()
        await page.get_by_role("dialog").get_by_label("Name").fill("About the moon")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("About the moon")
        await page.get_by_role("link", name="general").first.click()
        await mine.get_by_role("button", name="More").click()
        await page.get_by_role("menuitem", name="Delete").click()
        await expect(mine).to_have_count(0)


async def test_an_attachment_as_an_option(scene: Scene) -> None:
    scene.bot.gate.set()
    async with visit(scene.browser, scene.sandbox.page) as page:
        await page.locator("#composer-input").click()
        await page.keyboard.type("/imagine smile")
        await page.keyboard.press("Tab")
        await page.keyboard.type("image")
        await page.keyboard.press("Enter")
        file = {"name": "start.png", "mimeType": "image/png", "buffer": png()}
        await page.locator(".chip input[type=file]").set_input_files(file)  # type: ignore[arg-type]
        await expect(page.locator(".chip-thumb")).to_be_visible()
        await page.get_by_role("button", name="Send").click()
        await expect(page.locator(".message").last).to_contain_text("start.png")


async def test_sub_commands_and_places_as_options(scene: Scene) -> None:
    async with visit(scene.browser, scene.sandbox.page) as page:
        await page.locator("#composer-input").click()
        await page.keyboard.type("/settings place ")
        await expect(page.get_by_role("combobox", name="where: Which channel")).to_be_focused()
        await page.keyboard.type("art")
        await page.keyboard.press("Tab")  # takes the only match
        await page.get_by_role("button", name="Send").click()
        answer = page.locator(".message").last
        await expect(answer).to_contain_text("Mika used /settings place")
        await answer.get_by_role("link", name="art-requests").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("art-requests")
        await page.get_by_role("link", name="notices").click()
        await expect(page.locator("#composer-input")).to_be_disabled()


async def test_earlier_words_and_a_line_that_breaks(scene: Scene) -> None:
    sora = scene.sandbox.user("sora")
    first = sora.write("doodles", "the first of all")
    for number in range(60):
        sora.write("doodles", f"word {number}")
    async with visit(scene.browser, scene.sandbox.page) as page:
        await page.goto(f"{scene.sandbox.page}#/{first.channel_id}")
        await expect(page.get_by_text("word 59")).to_be_in_viewport()
        await expect(page.get_by_text("the first of all")).to_have_count(0)
        await page.get_by_role("button", name="Earlier messages").click()
        await expect(page.get_by_text("the first of all")).to_have_count(1)

        scene.sandbox.state.viewers.close()  # every page loses its line, and finds it again
        await expect(page.locator(".cut-off")).to_have_count(1)
        sora.write("doodles", "said meanwhile")
        await expect(page.locator(".message", has_text="said meanwhile")).to_have_count(1)
        await expect(page.locator(".cut-off")).to_have_count(0)


async def test_markup_stays_text(scene: Scene) -> None:
    ren = scene.sandbox.user("ren")
    ren.user.global_name = HOSTILE[:32]
    ren.write("general", f"{HOSTILE} [y](javascript:window.pwned=1)")
    async with visit(scene.browser, scene.sandbox.page) as page:
        await expect(page.locator(".prose", has_text=HOSTILE)).to_be_visible()
        await page.locator("#composer-input").fill("/hostile")
        await choose(page, "Enter", 2)
        card = page.locator(".embed").last
        await expect(card).to_contain_text("window.pwned=1")
        await expect(card.locator(".foreign")).to_contain_text("not loaded")
        assert await page.evaluate("window.pwned") is None
        made = '.message script, .message a[href^="javascript"], .message img[src="x"]'
        assert await page.locator(made).count() == 0
    ren.user.global_name = "Ren"


WIDER = """(limit) => [...document.querySelectorAll('.stream *')]
    .filter((node) => node.getBoundingClientRect().right > limit)
    .map((node) => node.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_phone_has_room_for_everything(scene: Scene, scheme: str) -> None:
    long = "w" * 300 + " `" + "x" * 200 + "` https://example.com/" + "y" * 200
    scene.sandbox.user("mika").write("general", long)
    phone = {"width": 360, "height": 740, "has_touch": True}
    async with visit(scene.browser, scene.sandbox.page, color_scheme=scheme, **phone) as page:
        assert await page.evaluate("document.documentElement.dataset.theme") == scheme
        await expect(page.locator("#sidebar")).not_to_be_in_viewport()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
        assert await page.evaluate(WIDER, 361) == []
        await page.get_by_role("button", name="Places").click()
        await expect(page.locator("#sidebar")).to_be_in_viewport()
        await page.locator("#sidebar").get_by_role("link", name="art-requests").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("art-requests")
        await expect(page.locator("#sidebar")).not_to_be_in_viewport()
        await page.get_by_role("button", name="Light or dark").click()
        assert await page.evaluate("document.documentElement.dataset.theme") != scheme


MARKDOWN = {
    "**bold** *it* _it_": "<p><strong>bold</strong> <em>it</em> <em>it</em></p>",
    "__under__ ~~gone~~": "<p><u>under</u> <s>gone</s></p>",
    "***both*** snake_case_word \\*plain\\*": "<p><strong><em>both</em></strong> snake_case_word *plain*</p>",
    "`a **b**` ``c ` d``": "<p><code>a **b**</code> <code>c ` d</code></p>",
    "```py\nx = 1\n```after": '<pre tabindex="0"><code>x = 1</code></pre><p>after</p>',
    "> said\nreply": "<blockquote><p>said</p></blockquote><p>reply</p>",
    "## Head\n-# small": '<p class="heading heading-2">Head</p><p class="small-text">small</p>',
    "- one\n- two\n1. first": "<ul><li>one</li><li>two</li></ul><ol><li>first</li></ol>",
    "<b>&amp;</b> **open": "<p>&lt;b&gt;&amp;amp;&lt;/b&gt; **open</p>",
    "[x](javascript:alert(1)) [y](data:text/html,z)": "<p>[x](javascript:alert(1)) [y](data:text/html,z)</p>",
    "<@&1> @everyone": '<p>&lt;@&amp;1&gt; <span class="mention">@everyone</span></p>',
    "(https://example.com/a_(b)).": '<p>(<a href="https://example.com/a_(b)" target="_blank" '
    'rel="noopener noreferrer nofollow">https://example.com/a_(b)</a>).</p>',
    "<t:0:R> then": None,
}
EXHAUSTING = [
    mark * 1000 for mark in ("****", "||||", "_a_a", "[[[[", "**a ", "````", "> > ", "- - ", "<t:<")
]
EXHAUSTING.append("https://" + "(" * 4000)
RENDER = """async (text) => {
    const { markdown } = await import('/static/markdown.js');
    const none = () => undefined;
    const look = { user: none, role: none, channelLink: none, commandLink: none, internal: none };
    const box = document.createElement('div');
    box.append(...markdown(text, look));
    return box.innerHTML;
}"""


async def test_markdown_becomes_what_it_says(scene: Scene) -> None:
    async with visit(scene.browser, scene.sandbox.page) as page:
        for source, wanted in MARKDOWN.items():
            found = await page.evaluate(RENDER, source)
            assert found == wanted or (wanted is None and "years ago</time> then" in found), source
        for text in EXHAUSTING:
            assert await page.evaluate(RENDER, text), "hostile text must neither hang nor overflow"
