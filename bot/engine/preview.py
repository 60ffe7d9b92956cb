"""What a picture looks like so far: its latents' clean part by a linear map to colours; worker side."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from bot.core.errors import ModelError
from bot.engine.denoise import Glimpse

FILE = "preview.json"
LONGEST = 768
"""Pixels that a preview's longer side has at most: it is sent several times."""

Table = npt.NDArray[np.float32]


@dataclasses.dataclass(frozen=True, slots=True)
class Colours:
    """A linear map of latents to RGB in 0..1: ``weights`` is ``(4, 3)``, ``bias`` ``(3,)``."""

    weights: Table
    bias: Table


def colours(weights: Sequence[Sequence[float]], bias: Sequence[float]) -> Colours:
    """The map of plain numbers; raises ValueError when they are not four rows of three, and three."""
    table, middle = np.asarray(weights, np.float32), np.asarray(bias, np.float32)
    if table.shape != (4, 3) or middle.shape != (3,):
        raise ValueError(f"a map has 4 x 3 weights and 3 of bias, not {table.shape} and {middle.shape}")
    return Colours(table, middle)


SDXL = colours(
    [
        [0.3651, 0.4232, 0.4341],
        [-0.2533, -0.0042, 0.1068],
        [0.1076, 0.1111, -0.0362],
        [-0.3165, -0.2492, -0.2188],
    ],
    [0.1084, -0.0175, -0.0011],
)
"""For SDXL's own VAE, giving -1..1: the least-squares map that the web UIs use."""
SDXL_SCALING = 0.13025
"""The scaling factor that tells SDXL's VAE from others."""


def find(folder: Path, scaling_factor: float) -> Colours | None:
    """The map of a model: the file in its folder, SDXL's for a VAE of its scaling, or None.

    Raises ModelError for a file that is no map.
    """
    file = folder / FILE
    if file.is_file():
        try:
            values = json.loads(file.read_text("utf-8"))
            return colours(values["weights"], values["bias"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{file} is not a map of latents to colours: {error}.") from None
    if scaling_factor != SDXL_SCALING:
        return None
    half = np.float32(0.5)
    return Colours(SDXL.weights * half, SDXL.bias * half + half)


class Previewer:
    """Pictures of unfinished slots; ``scheduler`` is the model's, ``scale`` its pixels per latent."""

    def __init__(self, found: Colours, scheduler: Any, scale: int) -> None:
        self._colours = found
        self._kind = scheduler.config.prediction_type
        self._signal = scheduler.alphas_cumprod.double().cpu().numpy()
        self._scale = scale

    def picture(self, glimpse: Glimpse, enlarge: int) -> Image.Image:
        """The picture so far, as large as the finished one but for `LONGEST`; waits for the device."""
        latents = clean(glimpse, self._signal, self._kind).float().cpu().numpy()[0]
        levels = np.tensordot(latents, self._colours.weights, axes=(0, 0)) + self._colours.bias
        small = Image.fromarray(np.rint(np.nan_to_num(levels).clip(0, 1) * 255).astype(np.uint8))
        longest = max(small.size)
        scale = min(self._scale * enlarge, LONGEST / longest)
        size = round(small.width * scale), round(small.height * scale)
        return small.resize(size, Image.Resampling.BICUBIC)


def clean(glimpse: Glimpse, signal: npt.NDArray[np.float64], kind: str) -> torch.Tensor:
    """The prediction of the finished latents (x0) from what the model saw and answered.

    The scaled input is ``sqrt(a) x0 + sqrt(1 - a) noise`` for every sampler, with ``a`` the schedule's signal
    at the timestep (Ho et al. 2020, eq. 4); Karras timesteps lie between whole ones.
    """
    share = float(np.interp(glimpse.timestep, np.arange(len(signal)), signal))
    kept, lost = share**0.5, (1 - share) ** 0.5
    if kind == "v_prediction":
        found: torch.Tensor = kept * glimpse.seen - lost * glimpse.answer
    else:
        found = (glimpse.seen - lost * glimpse.answer) / kept
    return found
