"""The terms under which the office works: its zone, its hours, its numbers."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from storage.rules.quiet import Quiet
from storage.rules.ruleset import RuleSet


@dataclass(frozen=True)
class Terms:
    """What acts need of the settings; the working calendar is read from the database where it is needed."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    rules: RuleSet = field(default_factory=RuleSet)
    quiet: Quiet = field(default_factory=lambda: Quiet.parse("17:30-08:30"))
    quiet_days_off: bool = True
    morning: time = time(8, 30)
    code_days: int = 30
    office_name: str = ""

    def local(self, at: datetime) -> datetime:
        """Give a moment as the office's clock on the wall shows it."""
        return at.astimezone(self.zone)

    def today(self, at: datetime) -> date:
        """Give the office's day; it ends at 24:00 there."""
        return self.local(at).date()

    def new_year(self, day: date) -> datetime:
        """Give the moment at which a day's year began in the office."""
        return datetime(day.year, 1, 1, tzinfo=self.zone)
