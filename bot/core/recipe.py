"""What made a picture, as its file says."""

from __future__ import annotations

import dataclasses

from bot.core.lora import Lora
from bot.core.request import Vary


@dataclasses.dataclass(frozen=True, slots=True)
class Recipe:
    """What made a picture; ``width`` and ``height`` are those it was generated at, before enlarging.

    ``upscaled`` is the factor that was asked for, ``enlarged`` that of showing on top of it, and ``upscaler``
    the name of what did either.
    ``rows`` are the row counts of its steps (`bot.core.job.Image`), written where they are known.
    ``strength``, ``source`` and ``mask`` are those of the picture that it began from: its share of the steps,
    and the sha256 of both files. ``loras`` come with the sha256 of their tensors, and stand at the end of the
    prompt as the web UIs write them. ``device`` is the kind that drew it, such as ``cuda``, and ``libraries``
    their versions, such as ``torch 2.11.0; diffusers 0.36.0``; older files have neither.
    """

    positive: str
    negative: str
    steps: int
    sampler: str
    cfg: float
    seed: int
    width: int
    height: int
    model: str
    model_hash: str
    version: str
    enlarged: int = 1
    upscaled: int = 1
    upscaler: str = ""
    rows: tuple[int, ...] = ()
    hires: bool = False
    vary: Vary | None = None
    strength: float | None = None
    source: str = ""
    mask: str = ""
    loras: tuple[tuple[Lora, str], ...] = ()
    schedule: str | None = None
    guidance: tuple[float, float] | None = None
    device: str = ""
    libraries: str = ""
