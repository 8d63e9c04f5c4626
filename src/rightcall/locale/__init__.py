"""English and Spanish for every sentence that people read.

A sentence is a message with named values; `Words` says it in a language, with numbers and dates in its manner.
"""

from __future__ import annotations

import datetime
import gettext as catalogs
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton, format_time, get_month_names
from babel.numbers import format_currency, format_decimal, format_percent

LANGUAGES = ("en", "es")


def N_(message: str) -> str:
    """Mark a message for the catalog; it is said later, in the reader's language."""
    return message


@cache
def _catalog(language: str) -> catalogs.NullTranslations:
    folder = Path(__file__).parent
    return catalogs.translation("messages", localedir=str(folder), languages=[language], fallback=True)


@dataclass(frozen=True)
class Words:
    """Says messages in one language."""

    language: str = "en"

    def __call__(self, message: str, **values: Any) -> str:
        """The message in this language, its values filled in: `{n}` a number, `{share}` see `percent`."""
        said = _catalog(self.language).gettext(message) if message else ""
        # A word without values may be somebody's own, braces and all.
        return said.format(**{name: self.value(value) for name, value in values.items()}) if values else said

    def month(self, number: int) -> str:
        """The name of a month, 1 to 12."""
        return str(get_month_names("wide", locale=self.locale)[number])

    def plural(self, one: str, many: str, n: int, **values: Any) -> str:
        """One or many, by the rules of the language; `{n}` is the number."""
        said = _catalog(self.language).ngettext(one, many, n)
        return said.format(n=self.value(n), **{name: self.value(value) for name, value in values.items()})

    @property
    def locale(self) -> Locale:
        """Babel's locale: the words of the language as they are written in the United States."""
        return Locale.parse({"en": "en_US", "es": "es_US"}[self.language])

    def value(self, value: Any) -> str:
        """A value in the manner of the language; text as it is."""
        if isinstance(value, Share):
            return self.percent(value.value)
        if isinstance(value, Money):
            return self.dollars(value)
        if isinstance(value, Message):
            return self(value.message, **value.values)
        if isinstance(value, bool) or value is None:
            return self(N_("unknown")) if value is None else self(N_("yes") if value else N_("no"))
        if isinstance(value, int):
            return str(format_decimal(value, locale=self.locale))
        if isinstance(value, float):
            return str(format_decimal(value, format="#,##0.0#", locale=self.locale))
        if isinstance(value, datetime.datetime):
            return str(format_datetime(value, "medium", locale=self.locale))
        if isinstance(value, datetime.date):
            return str(format_date(value, "long", locale=self.locale))
        if isinstance(value, (list, tuple)):
            return ", ".join(self.value(item) for item in value)
        return str(value)

    def hour(self, at: datetime.datetime, *, today: datetime.date) -> str:
        """A time of day, with its day where that is not today."""
        told = str(format_time(at, "short", locale=self.locale))
        return told if at.date() == today else f"{format_skeleton('MMMd', at, locale=self.locale)}, {told}"

    def short_day(self, day: datetime.date) -> str:
        """A day of the week and of the month."""
        return str(format_skeleton("MMMEd", day, locale=self.locale))

    def percent(self, share: float) -> str:
        """A share, with one decimal below ten percent and none above; a tiny one is less than 0.1 %."""
        if 0 < share < 0.0005:
            return "<" + self.percent(0.001)
        pattern = "#,##0.0%" if 0 < share < 0.0995 or 0.995 <= share < 1 else "#,##0%"
        return str(format_percent(share, format=pattern, locale=self.locale))

    def dollars(self, money: Money) -> str:
        """Dollars: to the cent where they are exact, else to three digits that count, whole dollars at least."""
        if money.exact:
            return str(format_currency(Decimal(money.cents) / 100, "USD", locale=self.locale))
        dollars = round(money.cents / 100)
        digits = max(0, len(str(abs(dollars))) - 3)
        return str(format_currency(round(dollars, -digits), "USD", format="¤#,##0;-¤#,##0", currency_digits=False, locale=self.locale))  # fmt: skip


@dataclass(frozen=True)
class Money:
    """Cents, to be said as dollars; `exact`: to the cent, as a budget has them."""

    cents: int
    exact: bool = False


@dataclass(frozen=True)
class Share:
    """A share from 0 to 1, to be said as a percentage."""

    value: float


@dataclass(frozen=True)
class Message:
    """A sentence that is not yet said: the message and its values."""

    message: str
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return ENGLISH(self.message, **self.values)


ENGLISH = Words("en")
