"""The demo model: drawings, captions, training, weights. Imports nothing else of this project."""

from __future__ import annotations

from pathlib import Path

MODEL_DIR: Path = Path(__file__).parent / "model"
"""The shipped diffusers folder: `StableDiffusionXLPipeline.from_pretrained(MODEL_DIR)` loads it."""

RATING_DIR: Path = Path(__file__).parent / "rating"
"""The shipped rating classifier: `model.onnx` and `meta.json` (labels in the order of its output)."""

LORA: Path = Path(__file__).parent / "loras" / "sketch.safetensors"
"""The shipped LoRA of the model, a drawing style, in the format of kohya's scripts."""

LCM: Path = Path(__file__).parent / "loras" / "lcm.safetensors"
"""The shipped LoRA for pictures in a few steps at CFG 1, in the same format."""

TAGGER_DIR: Path = Path(__file__).parent / "tagger"
"""The shipped tagger: `model.onnx` and `selected_tags.csv` (its tags in the order of its output)."""
