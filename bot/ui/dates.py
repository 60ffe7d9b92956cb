"""Days as people write them; all are days of UTC, as Discord hands no time zone out."""

from __future__ import annotations

import datetime
import re

from bot.core.errors import InvalidRequest

WORDS = {"today": 0, "yesterday": 1, "last week": 7, "last month": 30, "last year": 365}
"""How many days ago each is."""
YEARS = range(2015, 2100)
_AGO = re.compile(r"(?P<many>[0-9]{1,4}) ?(?P<unit>days?|weeks?|months?|years?|[dwmy])(?: ago)?")
_UNITS = {"d": 1, "w": 7, "m": 30, "y": 365}
_DAY = re.compile(r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{1,2})(?:-(?P<day>[0-9]{1,2}))?)?")


def span(text: str, today: datetime.date) -> tuple[datetime.date, datetime.date]:
    """The first and the last day that a text means: a day, a month, a year or so long ago.

    Raises InvalidRequest for any other text, and for days that there never were.
    """
    typed = " ".join(text.lower().split())
    if typed in WORDS:
        day = today - datetime.timedelta(WORDS[typed])
        return day, day
    try:
        if (ago := _AGO.fullmatch(typed)) is not None:
            day = today - datetime.timedelta(int(ago["many"]) * _UNITS[ago["unit"][0]])
            return day, day
        if (named := _DAY.fullmatch(typed)) is not None and int(named["year"]) in YEARS:
            return _named(int(named["year"]), named["month"], named["day"])
    except (ValueError, OverflowError):
        pass
    raise InvalidRequest(
        "That is no day that can be searched for; write 2026-11-03, 2026-11, yesterday or 10 days ago."
    )


def _named(year: int, month: str | None, day: str | None) -> tuple[datetime.date, datetime.date]:
    if month is None:
        return datetime.date(year, 1, 1), datetime.date(year, 12, 31)
    if day is None:
        first = datetime.date(year, int(month), 1)
        return first, (first + datetime.timedelta(31)).replace(day=1) - datetime.timedelta(1)
    return (one := datetime.date(year, int(month), int(day))), one
