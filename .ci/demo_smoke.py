"""Starts the demo, asks for a picture as the page does, looks at it, and stops the demo."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
import urllib.request
from typing import Any

from PIL import Image

PATIENCE = 300
ASKED = "1girl, red hair, smile, outdoors"


def call(page: str, path: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(page + path, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def wait_for_page(demo: subprocess.Popen[str]) -> str:
    assert demo.stdout is not None
    for line in demo.stdout:
        print(line, end="")
        if line.startswith("demo ready: "):
            return line.removeprefix("demo ready: ").strip()
    raise SystemExit("the demo ended before it was ready")


def ask(page: str) -> Image.Image:
    state = call(page, "page/state")
    user = state["me"]["id"]
    channel = next(each["id"] for each in state["guilds"][0]["channels"] if each["name"] == "general")
    commands = call(page, f"page/commands?user={user}&channel={channel}")["commands"]
    imagine = next(each["id"] for each in commands if each["name"] == "imagine")
    # A seed whose picture is not withheld: about one in a hundred is.
    options = [{"name": "prompt", "type": 3, "value": ASKED}, {"name": "seed", "type": 4, "value": 7}]
    asked = {"user": user, "channel": channel, "type": 2, "command": imagine, "options": options}
    assert call(page, "page/interactions", asked)["kind"] == "message"
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        messages = call(page, f"page/messages?user={user}&channel={channel}")["messages"]
        files = [file for message in messages for file in message["attachments"]]
        if files and "preview" not in files[0]["filename"]:
            with urllib.request.urlopen(page.rstrip("/") + files[0]["url"], timeout=30) as answer:
                return Image.open(io.BytesIO(answer.read()))
        time.sleep(0.5)
    raise SystemExit("no picture came")


def main() -> None:
    command = [sys.executable, "-m", "bot", "demo", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo:
        try:
            picture = ask(wait_for_page(demo))
        finally:
            demo.send_signal(signal.SIGTERM)
        code = demo.wait(30)
    assert picture.size == (416, 608), picture.size
    assert ASKED.split(", ")[1] in picture.info["parameters"]
    assert code == 0, f"the demo ended with {code}"
    print(f"the demo drew a picture of {picture.width}x{picture.height} pixels and stopped")


if __name__ == "__main__":
    main()
