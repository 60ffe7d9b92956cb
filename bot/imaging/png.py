"""PNG files that say what they are: the web UIs' ``parameters`` text, and XMP marking AI generation."""

from __future__ import annotations

import dataclasses
import io

from PIL import Image, PngImagePlugin

DIGITAL_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC's word for media made by a trained model (https://cv.iptc.org/newscodes/digitalsourcetype/)."""
XMP_KEY = "XML:com.adobe.xmp"
SHOWN_HASH = 10
"""Hex digits of the model's hash that the web UIs write."""

_XMP = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">
   <Iptc4xmpExt:DigitalSourceType>{DIGITAL_SOURCE_TYPE}</Iptc4xmpExt:DigitalSourceType>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


@dataclasses.dataclass(frozen=True, slots=True)
class Recipe:
    """What made a picture; ``width`` and ``height`` are those it was generated at, before enlarging.

    ``rows`` are the row counts of its steps (`bot.core.job.Image`), written where they are known.
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
    rows: tuple[int, ...] = ()


def parameters(recipe: Recipe) -> str:
    """The text that the web UIs write and read: prompt, negative prompt, settings, one paragraph each."""
    settings = {
        "Steps": recipe.steps,
        "Sampler": recipe.sampler,
        "CFG scale": f"{recipe.cfg:g}",
        "Seed": recipe.seed,
        "Size": f"{recipe.width}x{recipe.height}",
        "Model hash": recipe.model_hash[:SHOWN_HASH],
        "Model": _plain(recipe.model),
        "Version": _plain(recipe.version),
    }
    if recipe.enlarged > 1:
        settings["Enlarged"] = recipe.enlarged
    if recipe.rows:
        settings["Rows"] = " ".join(map(str, recipe.rows))
    lines = [_one_line(recipe.positive)]
    if recipe.negative:
        lines.append(f"Negative prompt: {_one_line(recipe.negative)}")
    lines.append(", ".join(f"{key}: {value}" for key, value in settings.items()))
    return "\n".join(lines)


def encode(picture: Image.Image, recipe: Recipe) -> bytes:
    """A PNG file of the picture with its recipe and the mark of AI generation inside."""
    chunks = PngImagePlugin.PngInfo()
    text = parameters(recipe)
    if text.isascii():
        chunks.add_text("parameters", text)
    else:
        chunks.add_itxt("parameters", text)
    chunks.add_itxt(XMP_KEY, _XMP)
    file = io.BytesIO()
    picture.save(file, "PNG", pnginfo=chunks)
    return file.getvalue()


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _plain(value: str) -> str:
    """A value without the settings' own punctuation, which not every reader would leave alone in quotes."""
    return _one_line(value.translate(dict.fromkeys(map(ord, ',:"'), " ")))
