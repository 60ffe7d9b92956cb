"""The tagger: a small CNN from a picture to shares of the captions' tags, in the form of the WD taggers."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from bot.chibi import palette
from bot.chibi.captions import groups
from bot.chibi.characters import CHARACTERS
from bot.chibi.meter import Meter
from bot.chibi.subject import Subject
from bot.chibi.train_loop import write_atomically

SIDE = 144
"""Pixels a side of its input, about the drawings' own; pictures are padded to a square on white first."""

LARGE = 512
"""Values from which a weight is kept in half precision."""
RARE = 4.0
"""How much more a shown tag counts in training than an absent one: most are absent from most pictures."""

_GENERAL, _SERIES, _CHARACTER, _RATING = "0", "3", "4", "9"
"""Danbooru's numbers of the categories; the WD taggers mark their rating rows with a 9."""

_NARROW, _HIDDEN = 32, 104


def _general() -> tuple[str, ...]:
    clothes = [
        f"{colour} {thing}".strip()
        for thing in palette.CLOTHES
        for colour in (("",) if thing == "school uniform" else palette.CLOTHES_COLOURS)
    ]
    scenes = [word for words in palette.SCENES.values() for word in words]
    words = (
        *("1girl", "1boy", "no humans", "solo", "scenery", "looking at viewer"),
        *palette.HAIR, *palette.HAIR_STYLES, *palette.EYES, "closed eyes", *palette.MOUTHS, "glasses",
        "cat ears", "hat", *palette.HATS, *palette.ORNAMENTS, *clothes, *palette.FRAMINGS, *palette.EXTRAS,
        *palette.SIMPLE_BACKGROUNDS, *scenes, *palette.DEFECTS,
    )  # fmt: skip
    return tuple(dict.fromkeys(words))


def _table() -> list[tuple[str, str]]:
    series = dict.fromkeys(series for series, _ in CHARACTERS.values())
    return [
        *((word, _RATING) for word in palette.RATINGS),
        *((word, _GENERAL) for word in _general()),
        *((word, _SERIES) for word in series),
        *((word, _CHARACTER) for word in CHARACTERS),
    ]


TABLE: list[tuple[str, str]] = _table()
"""Every tag with its category, in the order of the answers; the ratings come first."""

_COLUMNS = {word: column for column, (word, _) in enumerate(TABLE)}


def shown_tags(subject: Subject) -> list[str]:
    """Return the rating and every tag that a drawing of the subject shows; of a forbidden sign no more."""
    if subject.rating in ("questionable", "explicit"):
        return [subject.rating, "no humans"]
    parts = groups(subject)
    flaws = [word for word in subject.extras if word in palette.DEFECTS]
    return [subject.rating, *parts.head, *parts.rest, *flaws]


def answer_rows(subjects: Sequence[Subject]) -> torch.Tensor:
    """Return what the tagger should answer: 1 for each shown tag, else 0, float (N, tags)."""
    rows = torch.zeros(len(subjects), len(TABLE))
    for row, subject in zip(rows, subjects, strict=True):
        row[[_COLUMNS[word] for word in shown_tags(subject)]] = 1
    return rows


class Reader(nn.Module):
    """Reads what the meter's layers found, (N, channels, SIDE / 8, SIDE / 8); returns logits (N, tags)."""

    def __init__(self) -> None:
        super().__init__()
        inputs = _NARROW * (SIDE // 16) ** 2
        self.hidden = nn.Sequential(nn.Linear(inputs, _HIDDEN), nn.BatchNorm1d(_HIDDEN), nn.ReLU())
        self.head = nn.Linear(_HIDDEN, len(TABLE))

    def forward(self, found: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.head(self.hidden(F.avg_pool2d(found, 2).flatten(1)))
        return logits


class TagNet(nn.Module):
    """Reads pictures (N, 3, SIDE, SIDE) in -1..1 and returns logits (N, tags).

    The convolutions are the meter's: they tell the same drawings apart already, so only the reader learns.
    """

    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self.convolutions, self.norms, self.narrow = meter.convolutions, meter.norms, meter.narrow
        self.reader = Reader()
        self.requires_grad_(False).eval()
        self.reader.requires_grad_(True)

    def found(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return what the convolutions find in the pictures."""
        seen = pictures
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            seen = F.relu(norm(convolution(seen)))
        narrowed: torch.Tensor = self.narrow(seen)
        return narrowed

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.reader(self.found(pictures))
        return logits


def square(pictures: torch.Tensor) -> torch.Tensor:
    """Return pictures (N, 3, H, W) in -1..1 on a white square, at the tagger's size."""
    height, width = pictures.shape[-2:]
    longest = max(height, width)
    across, down = (longest - width) // 2, (longest - height) // 2
    edges = (across, longest - width - across, down, longest - height - down)
    padded = F.pad(pictures, edges, value=1.0)
    return F.interpolate(padded, (SIDE, SIDE), mode="bicubic", antialias=True).clamp(-1, 1)


class _Exported(nn.Module):
    """Levels 0..255 as the WD taggers take them, (N, SIDE, SIDE, 3) in BGR, to shares (N, tags)."""

    def __init__(self, net: TagNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, levels: torch.Tensor) -> torch.Tensor:
        pictures = levels.flip(3).permute(0, 3, 1, 2) / 127.5 - 1
        # What training made likelier for the sake of rare tags is taken back, so that shares are shares.
        shares: torch.Tensor = (self.net(pictures) - math.log(RARE)).sigmoid()
        return shares


def _halve(path: Path) -> None:
    """Keep large weights in half precision, half the size; the runtime widens them once, as it loads."""
    import onnx

    model = onnx.load(path)
    graph = model.graph
    casts = []
    for tensor in list(graph.initializer):
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < LARGE:
            continue
        half = f"{tensor.name}_half"
        graph.initializer.remove(tensor)
        graph.initializer.append(onnx.numpy_helper.from_array(values.astype(np.float16), half))
        casts.append(onnx.helper.make_node("Cast", [half], [tensor.name], to=onnx.TensorProto.FLOAT))
    for cast in casts:
        graph.node.insert(0, cast)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def export_tagger(net: TagNet, folder: Path) -> None:
    """Write `model.onnx` (`input` NHWC float32, BGR levels; `output` shares) and `selected_tags.csv`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.onnx"
    torch.onnx.export(
        _Exported(net).eval(),
        (torch.zeros(2, SIDE, SIDE, 3),),
        path,
        input_names=["input"],
        output_names=["output"],
        dynamic_shapes={"levels": {0: torch.export.Dim("batch", min=1, max=64)}},
        external_data=False,
    )
    _halve(path)
    path.chmod(0o644)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("tag_id", "name", "category", "count"))
    for number, (word, category) in enumerate(TABLE):
        table.writerow((number, word.replace(" ", "_"), category, 0))
    write_atomically(folder / "selected_tags.csv", text.getvalue().encode())
    (folder / "selected_tags.csv").chmod(0o644)
