"""Fast profiles measured on the demo model, and that its few-step LoRA is worth its bytes."""

from __future__ import annotations

import pytest

from bot.bench import profiles
from bot.config import Config, Profile


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_profiles_stand_beside_the_card_and_the_few_step_lora_beats_as_many_plain_steps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(profiles, "FEWER", profiles.FEWER[:1])
    result = profiles.run(3, Config(profiles={"blunt": Profile(steps=2, sampler="Euler")}))
    rows = result["profiles"]
    counts = {name: row["rows"] for name, row in rows.items()}
    assert counts == {"card": 56.0, "4 steps": 8.0, "lcm": 4.0, "blunt": 4.0}
    assert rows["card"]["distance"] == 0 < rows["lcm"]["distance"] < rows["4 steps"]["distance"]
    assert rows["lcm"]["shown"] >= rows["4 steps"]["shown"]
    assert "blunt" in profiles.table(result)
