"""Every error is one sentence; what a person cannot put right has a reference that the log has too."""

from __future__ import annotations

import logging
import re

import discord
import pytest

from bot.core.errors import EngineError, InvalidRequest
from bot.ui.errors import answer, sentence_for


def test_a_persons_mistake_is_told_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    assert sentence_for(InvalidRequest("Seed -1 is outside 0 to 5.")) == "Seed -1 is outside 0 to 5."
    assert not caplog.records


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("secret detail"), EngineError("The engine is not running.")]
)
def test_a_fault_has_a_reference_and_its_rest_in_the_log(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        sentence = sentence_for(error)
    reference = re.search(r"`([0-9a-f]{6})`", sentence)
    assert reference is not None
    assert reference[1] in caplog.text
    assert "secret" not in sentence
    assert caplog.records[0].exc_info is not None


class Gone:
    """An interaction whose time is over, whatever is answered."""

    type = None

    def __init__(self) -> None:
        self.response = self.followup = self

    def is_done(self) -> bool:
        return False

    async def send_message(self, sentence: str, *, ephemeral: bool) -> None:
        assert ephemeral
        reply = type("Reply", (), {"status": 404, "reason": "Not Found"})()
        raise discord.NotFound(reply, {"code": 10062, "message": "Unknown interaction"})


async def test_what_was_typed_is_not_logged_when_its_answer_comes_too_late(
    caplog: pytest.LogCaptureFixture,
) -> None:
    try:
        raise InvalidRequest("'what was typed' is not a tag.")
    except InvalidRequest as error:
        await answer(Gone(), error)  # type: ignore[arg-type]
    assert "InvalidRequest could not be told" in caplog.text and "10062" in caplog.text
    assert "what was typed" not in caplog.text
