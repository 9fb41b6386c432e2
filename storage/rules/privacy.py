"""Telephone and identity numbers, which no mode sends by Telegram (chat.md 5)."""

import re
from functools import lru_cache

_GAP = "[-\u2010-\u2015 \u00a0\u3000]?"
_IDENTITY = rf"[1-9]\d{{5}}{_GAP}(?:18|19|20)\d{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]){_GAP}\d{{3}}[\dXx]"
_MOBILE = rf"(?:\+?86{_GAP})?1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}"
_LAND_LINE = rf"\(?0\d{{2,3}}\)?{_GAP}\d{{7,8}}"
_NUMBERS = re.compile(rf"(?<![0-9A-Za-z])(?:{_IDENTITY}|{_MOBILE}|{_LAND_LINE})(?![0-9A-Za-z])")
MASK = "***"


@lru_cache(256)
def masked(text: str) -> str:
    """Hide telephone numbers (Chinese mobiles and land lines) and identity numbers (GB 11643-1999) in words."""
    return _NUMBERS.sub(MASK, text)
