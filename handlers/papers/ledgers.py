"""台账: the record book as a table, headed as an import reads it again."""

from collections.abc import Collection, Iterator

from handlers.papers.tables import Entry
from handlers.tongue import Tongue
from storage.queries.ledger import Line
from storage.rules.words import CaseKind

HEADINGS = (
    *("类型", "编号", "标题", "提出人", "联名人", "级别", "领办领导", "主办", "会办"),
    *("届次", "状态", "交办日期", "办结时限", "重点", "备注"),
)


def rows(
    lines: Collection[Line], tongue: Tongue, named: Collection[CaseKind] = tuple(CaseKind)
) -> Iterator[tuple[Entry, ...]]:
    """Put each case into the columns of `HEADINGS`.

    Of kinds that are not `named` the proposers and the free words beside them, which may name them too, stay empty.
    """
    for line in lines:
        known = line.kind in named
        yield (
            tongue.term(line.kind),
            line.number,
            line.title,
            line.lead if known else "",
            "、".join(line.seconders) if known else "",
            tongue.term(line.level) if line.level else "",
            line.lead_leader,
            "、".join(line.hosts),
            "、".join(line.co_handlers),
            line.session,
            tongue.term(line.stage),
            line.assigned_on,
            line.reply_due,
            "重点" if line.key_case else "",
            line.remark if known else "",
        )
