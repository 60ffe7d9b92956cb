"""Tiny ONNX models in the forms of the real classifiers; they look at a picture's mean colour alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

LABELS = ["explicit", "general", "questionable", "sensitive"]
"""In another order than ours, on purpose."""
TAGS = ["general", "sensitive", "questionable", "explicit", "1girl", "child"]


def save(folder: Path, nodes: Sequence[Any], shape: Sequence[int | str], weights: Any, outputs: int) -> None:
    """Write ``model.onnx`` with the input ``input`` of a shape and the constant ``weights``."""
    graph = helper.make_graph(
        nodes,
        "model",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, list(shape))],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", outputs])],
        [helper.make_tensor("weights", TensorProto.FLOAT, weights.shape, weights.ravel())],
    )
    folder.mkdir(parents=True, exist_ok=True)
    built = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(built, str(folder / "model.onnx"))


def rating(folder: Path, side: int | str = 8, labels: Sequence[str] = LABELS, last: str = "Softmax") -> Path:
    """A rating model: white is general, red explicit, blue sensitive. ``last`` may spoil its answers."""
    weights = np.array([[6, 0, 0, 0], [0, 4, 0, 0], [-6, 4, 0, 8]], np.float32)  # colours to labels
    nodes = [
        helper.make_node("ReduceMean", ["input"], ["colour"], axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["colour", "weights"], ["scores"]),
        helper.make_node(last, ["scores"], ["output"]),
    ]
    save(folder, nodes, ["batch", 3, side, side], weights, 4)
    (folder / "meta.json").write_text(json.dumps({"labels": list(labels)}), "utf-8")
    return folder


def tagger(folder: Path, tags: Sequence[str] = TAGS, side: int = 8, weights: float | None = None) -> Path:
    """A tagger: white is general, red explicit, blue a child and sensitive. Levels 0..255, BGR, NHWC.

    ``weights`` replaces them all.
    """
    table = np.array(
        [
            [0.01, 0.06, -0.01, -0.01, 0.0, 0.06],  # blue
            [0.03, -0.02, -0.01, -0.02, 0.0, -0.04],  # green
            [0.01, -0.03, -0.01, 0.03, 0.0, -0.06],  # red
        ],
        np.float32,
    )
    if weights is not None:
        table[:] = weights
    nodes = [
        helper.make_node("ReduceMean", ["input"], ["colour"], axes=[1, 2], keepdims=0),
        helper.make_node("MatMul", ["colour", "weights"], ["scores"]),
        helper.make_node("Sigmoid", ["scores"], ["output"]),
    ]
    save(folder, nodes, ["batch", side, side, 3], table, len(TAGS))
    rows = [f"{number},{tag},{9 if number < 4 else 0},1" for number, tag in enumerate(tags)]
    (folder / "selected_tags.csv").write_text("\n".join(["tag_id,name,category,count", *rows, ""]), "utf-8")
    return folder
