"""What `bench ack` counts with; the whole of it runs for a minute and is run by people."""

from __future__ import annotations

import pytest

from bot.bench import ack
from bot.cli import main


async def test_an_echo_answers_everyone() -> None:
    answers = await ack._echoes(5)
    assert len(answers) == 5
    assert all(answer.queued and not answer.drawn and answer.seconds > 0 for answer in answers)


def test_nobody_cannot_ask(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "ack", "--people", "0"]) == 1
    assert "at least 1" in capsys.readouterr().err
