"""The exception tree. Each message is one sentence: what was wrong, and what would work.

BotError
├── UserError            a person can put it right; shown to them as it is, not logged as a fault
│   ├── InvalidRequest   a value that cannot be used
│   ├── Refused          policy said no; carries the decision
│   ├── Barred           the person or the server may not ask at present, or nobody may
│   ├── Busy             as much waits as may; later it works
│   └── NotFound         no such job, page, model ...
├── ConfigError          the owner's file or environment
├── ModelError           model files that are missing, incomplete, changed or not allowed
├── StorageError         the database or the picture files
└── EngineError          the worker could not do it
"""

from __future__ import annotations

from bot.core.language import say
from bot.core.prompt import Decision


class BotError(Exception):
    """Anything that this program raises on purpose."""


class UserError(BotError):
    """Something that the asker can put right.

    The sentence is said in the asker's language, with the values filled in (`bot.core.language.say`).
    """

    def __init__(self, sentence: str, /, **values: object) -> None:
        super().__init__(say(sentence, **values))
        self.sentence, self.values = sentence, values


class InvalidRequest(UserError):
    """A value that cannot be used."""


class Refused(UserError):
    """Policy denied the prompt; ``decision`` holds the reasons."""

    def __init__(self, sentence: str, decision: Decision) -> None:
        super().__init__(sentence)
        self.decision = decision


class Barred(UserError):
    """This person or server may not ask now, or nobody may; the message says who decides or when it ends."""


class Busy(UserError):
    """As much waits already as may; the same request works later."""


class NotFound(UserError):
    """There is no such thing, or none that this person may see."""


class ConfigError(BotError):
    """The owner's configuration cannot be used; the message names the key path."""


class ModelError(BotError):
    """Model files that are missing, incomplete, changed or not allowed."""


class StorageError(BotError):
    """The database or the folder of pictures cannot be used."""


class EngineError(BotError):
    """The worker could not do what was asked."""
