"""What stands above a list: which kind it is, which session it belongs to, whether it is marked as classified."""

import re
import unicodedata

from handlers.papers import cells
from handlers.papers.faults import N_, Term, Unreadable

KIND_WORDS = {"suggestion": Term(N_("suggestion")), "proposal": Term(N_("proposal"))}

_COUNT = "[0-9\u3007零一二两三四五六七八九十]+"
_SESSION = re.compile(rf"第?(?P<term>{_COUNT})届.{{0,20}}?第?(?P<sitting>{_COUNT})次")
_DIGITS = "零一二三四五六七八九"
_TENS = 10

# "Not classified" and "do not enter classified cases" must not read as a mark; a star is the printed mark of a secret.
_DENIED = re.compile(
    "(?:不|非|未|无|否|不得|勿|严禁|禁止)(?:涉及|属于|含|录入|上传|填报|填写|报送|出现)?(?:任何)?(?:国家)?(?:秘密|机密|绝密|涉密)"
    "|(?:涉密|涉及国家秘密)[^\\s\u3002;,]{0,12}(?:勿|不得|不要|严禁|禁止)[^\\s\u3002;,]*"
    "|涉密(?:情况)?[:]?\\s*(?:否|无)"
)
_STAMPED = re.compile(
    "(?:绝密|机密|秘密)\\s*[\u2605\u2606*]|[\\[(\u3010\u3014](?:秘密|机密|绝密|涉密)(?:件|级)?[\\])\u3011\u3015]"
)
_MARKED = re.compile(f"涉密|绝密|{_STAMPED.pattern}|^(?:秘密|机密)$")


def kind_guess(*hints: str) -> str | None:
    """Guess the kind from what stands above the list, the most telling hint first; None where it is open."""
    for hint in hints:
        suggestion = "建议" in hint
        proposal = "提案" in hint
        if suggestion != proposal:
            return "suggestion" if suggestion else "proposal"
        if suggestion:
            return None
    return None


def session(text: str) -> str | None:
    """Give term and sitting in one form: `九届人大4次会议` gives 第九届第四次; None if the text names none."""
    found = _SESSION.search(unicodedata.normalize("NFKC", "".join(text.split())))
    if not found:
        return None
    term, sitting = cells.numeral(found["term"]), cells.numeral(found["sitting"])
    return f"第{_written(term)}届第{_written(sitting)}次" if term and sitting else None


def _written(count: int) -> str:
    """Write a count below a hundred in Chinese numerals."""
    tens, ones = divmod(count, _TENS)
    if tens >= _TENS:
        return str(count)
    head = "" if not tens else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones or not tens else "")


def marked_secret(text: str) -> bool:
    """Tell whether a remark or a heading marks what it stands by as classified, denials left out."""
    return bool(_MARKED.search(_DENIED.sub("", unicodedata.normalize("NFKC", text))))


def stamped_secret(text: str) -> bool:
    """Tell whether a text that may well speak *of* secrets bears the printed mark of one."""
    return bool(_STAMPED.search(unicodedata.normalize("NFKC", text)))


def refuse_secret(*texts: str) -> None:
    """Raise `Unreadable` if what stands above the list marks the whole of it as classified."""
    if any(marked_secret(text) for text in texts):
        raise Unreadable("secret_sheet")
