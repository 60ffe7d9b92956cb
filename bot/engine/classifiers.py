"""The classifiers of finished pictures: where the hub has them, which are here, and opening them."""

from __future__ import annotations

import dataclasses
import logging
import os
from collections.abc import Mapping
from pathlib import Path

from bot.engine import lock
from bot.engine.models import hub_folder
from bot.imaging.detectors import Detector, OnnxRating, PackagedRating
from bot.imaging.rating import Rater
from bot.imaging.tagger import OnnxTagger, Tagger

log = logging.getLogger(__name__)

NAME = "classifiers"
"""What ``model pull`` calls them."""
RATING_REPO = "deepghs/anime_dbrating"
RATING_MODEL = "swinv2pv3_v0_ls0.2"
"""84.16 % accuracy over the four ratings, by its card."""
SMALL_MODEL = "mobilenetv3_large_100_v0_ls0.2"
"""75.08 %, by the same card, with 4.2 million parameters: for a worker on a CPU."""
TAGGER_REPO = "SmilingWolf/wd-swinv2-tagger-v3"

FILES: Mapping[str, tuple[str, ...]] = {
    RATING_REPO: tuple(
        f"{model}/{name}" for model in (RATING_MODEL, SMALL_MODEL) for name in ("model.onnx", "meta.json")
    ),
    TAGGER_REPO: ("model.onnx", "selected_tags.csv"),
}
"""The files of each repository that are pulled."""
MOST_THREADS = 4


@dataclasses.dataclass(frozen=True, slots=True)
class ClassifierFiles:
    """Folders of the classifiers that are here; the packaged one comes on top of whatever they are.

    ``rating`` and ``small`` are alternatives: a worker on a CPU takes ``small`` where it is there.
    ``describer`` is a tagger that describes pictures and is no judge of them, since it knows no tag of
    somebody young; where there is a ``tagger``, that one describes too.
    ``age_tags`` are the tags of somebody young that the tagger is asked for.
    """

    rating: Path | None = None
    small: Path | None = None
    tagger: Path | None = None
    describer: Path | None = None
    age_tags: frozenset[str] = frozenset()

    def rating_on(self, device: str) -> Path | None:
        """The rating classifier for a kind of device, as torch names it."""
        return self.small or self.rating if device == "cpu" else self.rating or self.small


PACKAGED_ALONE = ClassifierFiles()
"""Nothing was pulled."""


def find(models: Path, age_tags: frozenset[str]) -> ClassifierFiles:
    """Those that were pulled."""
    rating, tagger = hub_folder(models, RATING_REPO), hub_folder(models, TAGGER_REPO)

    def whole(folder: Path, *names: str) -> Path | None:
        return folder if all((folder / name).is_file() for name in names) else None

    return ClassifierFiles(
        rating=whole(rating / RATING_MODEL, "model.onnx", "meta.json"),
        small=whole(rating / SMALL_MODEL, "model.onnx", "meta.json"),
        tagger=whole(tagger, "model.onnx", "selected_tags.csv"),
        age_tags=age_tags,
    )


def missing(models: Path) -> str | None:
    """The sentence that says which classifiers were not pulled; None where all are here."""
    found = find(models, frozenset())
    names = [name for name in ("rating", "small", "tagger") if getattr(found, name) is None]
    if not names:
        return None
    return (
        f"The classifiers of pictures ({', '.join(names)}) are not in {models}; "
        f"fetch them with `python -m bot model pull {NAME}`."
    )


def device_kind(name: str) -> str:
    """What kind of device a name of the config stands for, as a worker would find it."""
    if name != "auto":
        return name.partition(":")[0]
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def open_tagger(files: ClassifierFiles, threads: int = 0) -> Tagger | None:
    """The tagger that describes pictures, None where none is here; raises as `open_rater` does."""
    threads = threads or min(MOST_THREADS, os.cpu_count() or 1)
    if files.tagger is not None:
        lock.verify(files.tagger)
        return OnnxTagger(files.tagger, files.age_tags, threads)
    return None if files.describer is None else Tagger(files.describer, threads)


def open_rater(
    files: ClassifierFiles,
    device: str,
    threads: int = 0,
    seconds: float = 5.0,
    tagger: Tagger | None = None,
) -> Rater:
    """Every classifier for a kind of device (torch's name of it), each tried on a picture.

    ``threads`` of 0 takes up to four; ``tagger`` is what `open_tagger` found, where that was asked for
    already. Raises ModelError for files that differ from their lock, that cannot
    be opened, or that give no sensible answer.
    """
    threads = threads or min(MOST_THREADS, os.cpu_count() or 1)
    detectors: list[Detector] = []
    if (rating := files.rating_on(device)) is not None:
        lock.verify(rating)
        detectors.append(OnnxRating(rating, threads))
    else:
        log.warning("no rating classifier was pulled: the packaged one, made for photographs, judges alone")
    judge = tagger or open_tagger(files, threads)
    if isinstance(judge, OnnxTagger):
        detectors.append(judge)
    rater = Rater([*detectors, PackagedRating(threads)], seconds)
    rater.check()
    log.info("pictures are rated by %s", rater.source)
    return rater
