"""`sandbox` as a command: what it prints, a clean stop, a port that is taken."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from bot.cli import main
from bot.sandbox import Sandbox


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_prints_its_addresses_and_stops_cleanly(stop: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "sandbox", "--json"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert told.keys() == {"api_base", "gateway_url", "token", "page"}
        request = urllib.request.Request(f"{told['api_base']}/users/@me")
        request.add_header("Authorization", f"Bot {told['token']}")
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert json.load(answer)["bot"] is True
        process.send_signal(stop)
        assert process.wait(20) == 0


def test_a_taken_port_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["sandbox", "--port", str(port)]) == 1
        assert f"cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err


def test_only_loopback_is_served() -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.1"):
        Sandbox(host="0.0.0.0")
