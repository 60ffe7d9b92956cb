"""Says sentences in the language of whoever reads them.

The language is a context variable: whoever begins to answer somebody chooses it once (`bot.languages.speak`),
and everything that is said on the way, however deep, is in it. English is the language of the source, and
what no catalogue holds is said in English.
"""

from __future__ import annotations

import contextvars
import gettext

ENGLISH = gettext.NullTranslations()
CATALOGUE = contextvars.ContextVar[gettext.NullTranslations]("CATALOGUE")
"""The catalogue of the language that is spoken at present; English where nobody chose."""


def say(sentence: str, /, **values: object) -> str:
    """A sentence with its values filled in as ``str.format`` does, or as it is when there are none.

    The English sentence is the key of the catalogue: a literal, or one that `later` has marked.
    """
    said = CATALOGUE.get(ENGLISH).gettext(sentence)
    return said.format(**values) if values else said


def count(one: str, many: str, number: int, /, **values: object) -> str:
    """The sentence for one thing or for many, by the language's own rule; ``{n}`` stands for the number."""
    return CATALOGUE.get(ENGLISH).ngettext(one, many, number).format(n=number, **values)


def later(sentence: str) -> str:
    """Mark an English sentence that is said elsewhere, so that the catalogues must hold it."""
    return sentence
