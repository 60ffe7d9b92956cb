"""PNG files that say what they are: the web UIs' ``parameters`` text, and XMP marking AI generation."""

from __future__ import annotations

import io

from PIL import Image, PngImagePlugin

from bot.core.job import HIRES_SCALE, HIRES_STRENGTH
from bot.core.recipe import Recipe

DIGITAL_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC's word for media made by a trained model (https://cv.iptc.org/newscodes/digitalsourcetype/)."""
XMP_KEY = "XML:com.adobe.xmp"
SHOWN_HASH = 10
"""Hex digits of the model's hash that the web UIs write."""
SHOWN_LORA = 12
"""... and of a LoRA's."""

_XMP = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">
   <Iptc4xmpExt:DigitalSourceType>{DIGITAL_SOURCE_TYPE}</Iptc4xmpExt:DigitalSourceType>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


def parameters(recipe: Recipe) -> str:
    """The text that the web UIs write and read: prompt, negative prompt, settings, one paragraph each."""
    settings = {
        "Steps": recipe.steps,
        "Sampler": recipe.sampler,
        "CFG scale": number(recipe.cfg),
        "Seed": recipe.seed,
        "Size": f"{recipe.width}x{recipe.height}",
        "Model hash": recipe.model_hash[:SHOWN_HASH],
        "Model": _plain(recipe.model),
        "Version": _plain(recipe.version),
    }
    for name, value in (("Device", recipe.device), ("Libraries", recipe.libraries)):
        if value:
            settings[name] = _plain(value)
    if recipe.enlarged > 1:
        settings["Enlarged"] = recipe.enlarged
    if recipe.upscaled > 1:
        settings["Postprocess upscale by"] = recipe.upscaled
    if recipe.upscaler and max(recipe.enlarged, recipe.upscaled) > 1:
        settings["Postprocess upscaler"] = _plain(recipe.upscaler)
    if recipe.rows:
        settings["Rows"] = " ".join(map(str, recipe.rows))
    settings |= _beginnings(recipe)
    if recipe.schedule is not None:
        settings["Schedule"] = recipe.schedule
    if recipe.guidance is not None:
        settings["Guidance"] = "{:g} to {:g}".format(*recipe.guidance)
    if recipe.loras:
        hashes = ", ".join(f"{_plain(lora.name)}: {digest[:SHOWN_LORA]}" for lora, digest in recipe.loras)
        settings["Lora hashes"] = f'"{hashes}"'
    calls = (f"<lora:{_plain(lora.name)}:{lora.weight:g}>" for lora, _ in recipe.loras)
    lines = [" ".join([_one_line(recipe.positive), *calls])]
    if recipe.negative:
        lines.append(f"Negative prompt: {_one_line(recipe.negative)}")
    lines.append(", ".join(f"{key}: {value}" for key, value in settings.items()))
    return "\n".join(lines)


def _beginnings(recipe: Recipe) -> dict[str, object]:
    """What a picture began from and went on to, in the web UIs' words."""
    settings: dict[str, object] = {}
    if recipe.vary is not None:
        settings["Variation seed"] = recipe.vary.seed
        settings["Variation seed strength"] = number(recipe.vary.share)
    if recipe.strength is not None or recipe.hires:
        strength = HIRES_STRENGTH if recipe.strength is None else recipe.strength
        settings["Denoising strength"] = number(strength)
    if recipe.source:
        settings["Init image hash"] = recipe.source
    if recipe.mask:
        settings["Mask hash"] = recipe.mask
    if recipe.hires:
        settings["Hires upscale"] = number(HIRES_SCALE)
        settings["Hires upscaler"] = "Latent (nearest-exact)"
    return settings


def number(value: float) -> str:
    """The shortest text that reads back as the same number."""
    short = f"{value:g}"
    return short if float(short) == value else repr(float(value))


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
