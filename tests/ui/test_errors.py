"""Every error is one sentence; what a person cannot put right has a reference that the log has too."""

from __future__ import annotations

import logging
import re

import pytest

from bot.core.errors import EngineError, InvalidRequest
from bot.ui.errors import sentence_for


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
