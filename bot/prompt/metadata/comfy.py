"""ComfyUI's graphs: the ``prompt`` that was run, else the ``workflow`` as it stood on the screen."""

from __future__ import annotations

import collections
from collections.abc import Iterator, Mapping
from typing import Any

from bot.prompt.metadata.settings import Maker, Settings, load_json, number, text_of, whole
from bot.prompt.metadata.webui import literal

MAX_NODES = 5_000
MAX_SAMPLERS = 10
MAX_BEHIND = 100
"""Nodes that are looked at in search of one value."""
_WIDGETS = {
    "KSampler": ("seed", "", "steps", "cfg", "sampler_name", "scheduler", "denoise"),
    "KSamplerAdvanced": ("", "noise_seed", "", "steps", "cfg", "sampler_name", "scheduler"),
    "CLIPTextEncode": ("text",),
    "EmptyLatentImage": ("width", "height"),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "LoraLoader": ("lora_name", "strength_model"),
    "LoraLoaderModelOnly": ("lora_name", "strength_model"),
}
"""The names of a node's values on the screen, in order (ComfyUI's nodes.py); "" is passed over."""
_TEXTS = ("text", "text_g", "text_l", "string", "value", "prompt")

Inputs = dict[str, Any]


def parse(prompt: str, workflow: str) -> Settings | None:
    """The settings of the first sampler of a graph; None where there is none."""
    graph = _Graph.of_prompt(load_json(prompt)) or _Graph.of_workflow(load_json(workflow))
    return None if graph is None else graph.settings()


class _Graph:
    """Nodes by id: what each is, and its inputs, of which lists lead to other nodes."""

    def __init__(self, nodes: Mapping[str, tuple[str, Inputs]]) -> None:
        self._nodes = nodes

    @classmethod
    def of_prompt(cls, found: object) -> _Graph | None:
        if not isinstance(found, dict) or not 0 < len(found) <= MAX_NODES:
            return None
        return cls(
            {
                key: (text_of(node.get("class_type")), node["inputs"])
                for key, node in found.items()
                if isinstance(node, dict) and isinstance(node.get("inputs"), dict)
            }
        )

    @classmethod
    def of_workflow(cls, found: object) -> _Graph | None:
        if not isinstance(found, dict) or not isinstance(found.get("nodes"), list):
            return None
        links = {link[0]: link[1] for link in _lists(found.get("links")) if len(link) > 1 and _plain(link[0])}
        nodes = {
            str(node.get("id")): (text_of(node.get("type")), _inputs(node, links))
            for node in found["nodes"][:MAX_NODES]
            if isinstance(node, dict)
        }
        return cls(nodes)

    def settings(self) -> Settings | None:
        """What the first sampler was given; one that begins from an empty picture comes first."""
        samplers = [
            inputs
            for kind, inputs in self._nodes.values()
            if "positive" in inputs and "steps" in inputs and "sampler_name" in inputs
        ]
        del samplers[MAX_SAMPLERS:]
        samplers.sort(key=lambda inputs: self._size(inputs) is None)
        if not samplers:
            return None
        inputs = samplers[0]
        size = self._size(inputs)
        return Settings(
            maker=Maker.COMFY,
            positive=literal(self._text(inputs.get("positive"))),
            negative=literal(self._text(inputs.get("negative"))),
            steps=whole(self._value(inputs.get("steps"))),
            cfg=number(self._value(inputs.get("cfg"))),
            sampler=text_of(self._value(inputs.get("sampler_name"))),
            schedule=text_of(self._value(inputs.get("scheduler"))),
            seed=whole(self._value(inputs.get("seed", inputs.get("noise_seed")))),
            width=None if size is None else size[0],
            height=None if size is None else size[1],
            model=self._model(inputs),
            loras=self._loras(inputs),
            begun=size is None,
            others=("further samplers",) if len(samplers) > 1 else (),
        )

    def _behind(self, start: object, along: tuple[str, ...] = ()) -> Iterator[Inputs]:
        """The inputs of the node that a link leads to and of all behind it, along some inputs or any."""
        waiting, seen = collections.deque([start]), set[str]()
        while waiting and len(seen) < MAX_BEHIND:
            link = waiting.popleft()
            key = str(link[0]) if isinstance(link, list) and link and _plain(link[0]) else ""
            if key in seen or key not in self._nodes:
                continue
            seen.add(key)
            inputs = self._nodes[key][1]
            yield inputs
            waiting += [
                value
                for name, value in inputs.items()
                if isinstance(value, list) and (not along or name in along)
            ]

    def _value(self, given: object) -> object:
        """A value, or the first of the node that it comes from."""
        if not isinstance(given, list):
            return given
        for inputs in self._behind(given):
            for value in inputs.values():
                if isinstance(value, str | int | float):
                    return value
        return None

    def _text(self, given: object) -> str:
        """The words of the nearest node that has some."""
        for inputs in self._behind(given):
            for name in _TEXTS:
                found = self._value(inputs.get(name))
                if isinstance(found, str):
                    return found
        return ""

    def _size(self, sampler: Inputs) -> tuple[int, int] | None:
        for inputs in self._behind(sampler.get("latent_image"), ("samples", "latent")):
            width = whole(self._value(inputs.get("width")))
            height = whole(self._value(inputs.get("height")))
            if width and height and "samples" not in inputs:
                return width, height
        return None

    def _model(self, sampler: Inputs) -> str:
        for inputs in self._behind(sampler.get("model"), ("model",)):
            if name := text_of(inputs.get("ckpt_name") or inputs.get("unet_name")):
                return _stem(name)
        return ""

    def _loras(self, sampler: Inputs) -> tuple[tuple[str, float], ...]:
        found = []
        for inputs in self._behind(sampler.get("model"), ("model",)):
            weight = number(inputs.get("strength_model"))
            if isinstance(inputs.get("lora_name"), str) and weight is not None:
                found.append((_stem(inputs["lora_name"]), weight))
        return tuple(found)


def _inputs(node: dict[str, Any], links: Mapping[object, object]) -> Inputs:
    """A screen's node in the form of a run's."""
    names = _WIDGETS.get(text_of(node.get("type")), _TEXTS[:1])
    values = node.get("widgets_values")
    inputs: Inputs = dict(zip(names, values, strict=False)) if isinstance(values, list) else {}
    inputs.pop("", None)
    given = node.get("inputs")
    for each in given if isinstance(given, list) else ():
        if isinstance(each, dict) and _plain(each.get("link")) and each["link"] in links:
            inputs[text_of(each.get("name"))] = [links[each["link"]], 0]
    return inputs


def _lists(value: object) -> list[list[Any]]:
    return [each for each in value if isinstance(each, list)] if isinstance(value, list) else []


def _plain(value: object) -> bool:
    return isinstance(value, str | int)


def _stem(path: str) -> str:
    """A file's name without its folders and its kind."""
    return path.replace("\\", "/").rpartition("/")[2].removesuffix(".safetensors").removesuffix(".ckpt")
