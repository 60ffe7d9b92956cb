"""What a tagger reads in a picture."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class TagShare:
    """A tag as people write it, its category (``general``, ``character`` or ``series``), and how sure the
    tagger is of it, 0 to 1."""

    name: str
    category: str
    share: float
