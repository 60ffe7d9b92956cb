"""A newcomer with nothing but a keyboard asks for a picture on the page."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from bot.sandbox import Sandbox
from tests.sandbox.browser import PATIENCE_MS, chromium, visit

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_newcomer_gets_a_picture_with_the_keyboard_alone(sandbox: Sandbox) -> None:
    async with chromium() as browser, visit(browser, sandbox.page) as page:
        await page.locator("#composer-input").focus()
        await page.keyboard.type("/imagine 1girl, blue hair, smile")
        await page.keyboard.press("Enter")
        answer = page.locator(".message").last
        await expect(answer).to_contain_text("Mika used /imagine", timeout=PATIENCE_MS)
        await expect(answer).to_contain_text("AI-generated", timeout=PATIENCE_MS)
        pictures = answer.get_by_role("button", name="Open large: AI-generated picture")
        await expect(pictures).to_have_count(1)
        await pictures.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("dialog").get_by_role("img")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
