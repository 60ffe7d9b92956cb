"""Keeps what the engine learnt about its speed from one start to the next."""

from __future__ import annotations

import json

from bot.engine.costs import Costs
from bot.storage.memory import Memory

KEY = "costs"
EVERY = 180.0
"""Seconds between two savings: a crash loses no more than that, and it is soon learnt again."""


async def load(memory: Memory) -> Costs:
    """What an earlier run learnt; nothing when there is none, or none that can be read."""
    text = await memory.get(KEY)
    try:
        kept = json.loads(text) if text is not None else {}
    except ValueError:
        kept = {}
    return Costs.from_dict(kept if isinstance(kept, dict) else {})


async def save(memory: Memory, costs: Costs) -> None:
    """Keep what is known now; raises StorageError."""
    await memory.put(KEY, json.dumps(costs.to_dict()))
