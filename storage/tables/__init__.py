"""SQLModel tables, by subject."""

from storage.tables.cases import CalendarDay, Card, Case, Part, RulesVersion, Seconder
from storage.tables.handling import (
    Attachment,
    Contact,
    CoOpinion,
    Deed,
    File,
    Instruction,
    Meeting,
    Note,
    Promise,
    Reply,
    Report,
    Request,
)
from storage.tables.oversight import Alert, Due, Item, Morning, Slip
from storage.tables.people import Binding, Group, Invitation, Person, Posting, Setting, Unit
from storage.tables.survey import Answer, Dispute, Form
from storage.tables.traffic import Absence, Draft, Entry, Lane, Letter, Opening, Update

__all__ = [
    "Absence",
    "Alert",
    "Answer",
    "Attachment",
    "Binding",
    "CalendarDay",
    "Card",
    "Case",
    "CoOpinion",
    "Contact",
    "Deed",
    "Dispute",
    "Draft",
    "Due",
    "Entry",
    "File",
    "Form",
    "Group",
    "Instruction",
    "Invitation",
    "Item",
    "Lane",
    "Letter",
    "Meeting",
    "Morning",
    "Note",
    "Opening",
    "Part",
    "Person",
    "Posting",
    "Promise",
    "Reply",
    "Report",
    "Request",
    "RulesVersion",
    "Seconder",
    "Setting",
    "Slip",
    "Unit",
    "Update",
]
