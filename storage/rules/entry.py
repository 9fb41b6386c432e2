"""A case before it stands in the database: what a sheet or a clerk says of it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from storage.rules.words import CaseKind

OWN_TIER = "本市"

Key = tuple[CaseKind, str, str, str]  # kind, tier, session, number


@dataclass(frozen=True, slots=True)
class NewCase:
    """One case as a sheet or a clerk gives it: names are words still; `row` counts as the office's program numbers it.

    `lead_id` says who the lead proposer is where the clerk has chosen among namesakes.
    """

    row: int
    kind: CaseKind
    number: str
    title: str
    lead: str
    body: str = ""
    seconders: tuple[str, ...] = ()
    delegation: str = ""
    hosts: tuple[str, ...] = ()
    co_handlers: tuple[str, ...] = ()
    session: str = ""
    recess: bool = False
    tier: str = OWN_TIER
    category: str = ""
    publicity: str | None = None
    remark: str = ""
    key_case: bool = False
    level: int | None = None
    criterion: str | None = None
    lead_leader: str = ""
    assigned_on: date | None = None
    due_on: date | None = None
    replied_on: date | None = None
    former_verdict: str = ""
    lead_id: int | None = None

    @property
    def key(self) -> Key:
        """What no two cases share."""
        return (self.kind, self.tier, self.session, self.number)

    @property
    def taken_over(self) -> bool:
        """Tell whether it is under way by its level and its day of assignment; a day alone binds nobody (chat.md 5)."""
        return self.replied_on is None and self.assigned_on is not None and self.level is not None

    @property
    def ungraded(self) -> bool:
        """Tell whether the sheet assigned it without a level: it goes in as registered, the day kept with the sheet."""
        return self.replied_on is None and self.assigned_on is not None and self.level is None

    @property
    def own(self) -> dict[str, Any]:
        """The case's own words, by the names of their columns."""
        return {
            "title": self.title,
            "body": self.body,
            "category": self.category,
            "publicity": self.publicity,
            "remark": self.remark,
            "recess": self.recess,
            "former_verdict": self.former_verdict,
        }

    @property
    def sheet(self) -> dict[str, Any]:
        """What the sheet says of the handling, kept as it said it; nothing where it said nothing."""
        told: dict[str, Any] = {
            "hosts": list(self.hosts),
            "co_handlers": list(self.co_handlers),
            "delegation": self.delegation,
            "key_case": self.key_case,
            "level": self.level,
            "criterion": self.criterion,
            "lead_leader": self.lead_leader,
            "assigned_on": self.assigned_on.isoformat() if self.assigned_on else None,
            "due_on": self.due_on.isoformat() if self.due_on else None,
            "replied_on": self.replied_on.isoformat() if self.replied_on else None,
        }
        return {name: value for name, value in told.items() if value}
