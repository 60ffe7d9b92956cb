"""Headless Chromium for tests of the page: one browser, a fresh and watched page for each visit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright

CHROMIUM = Path("/usr/bin/chromium")
# no sandbox: containers run as root; the rest keeps the browser from calling home
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE_MS = 60_000  # a busy machine is slow, not wrong


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium; the test is skipped where it is not installed."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def visit(
    browser: Browser, url: str, *, width: int = 1280, height: int = 800, **context: Any
) -> AsyncIterator[Page]:
    """A newcomer's page on `url`. On leaving: nothing may have been complained of in the console,
    thrown in the page, or asked of any other place."""
    faults: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            faults.append(f"console: {message.text}")

    def watch(request: Request) -> None:
        if not request.url.startswith((url, "data:", "blob:")):
            faults.append(f"outside request: {request.url}")

    visitor = await browser.new_context(viewport={"width": width, "height": height}, **context)
    try:
        visitor.set_default_timeout(PATIENCE_MS)
        page = await visitor.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: faults.append(f"thrown: {error}"))
        page.on("request", watch)
        await page.goto(url)
        await page.locator(".place.here").wait_for(state="attached")
        yield page
    finally:
        await visitor.close()
    assert faults == []
