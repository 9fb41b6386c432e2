"""The trade's words as enumerations; their values are what the database and the record keep."""

from enum import IntEnum, StrEnum


class CaseKind(StrEnum):
    """What came in; the founding document treats both alike in two measures."""

    SUGGESTION = "suggestion"
    PROPOSAL = "proposal"


class Role(StrEnum):
    """A role on the roster (chat.md, people)."""

    OFFICE_HEAD = "office_head"
    CLERK = "clerk"
    CONGRESS_DESK = "congress_desk"
    PROPOSAL_DESK = "proposal_desk"
    LEADER = "leader"
    SECRETARY = "secretary"
    UNIT_HEAD = "unit_head"
    UNIT_DEPUTY_HEAD = "unit_deputy_head"
    LIAISON = "liaison"
    HANDLER = "handler"
    DEPUTY = "deputy"
    MEMBER = "member"
    OBSERVER = "observer"


OFFICE_ROLES = frozenset({Role.OFFICE_HEAD, Role.CLERK})
DESK_ROLES = frozenset({Role.CONGRESS_DESK, Role.PROPOSAL_DESK})
UNIT_ROLES = frozenset({Role.UNIT_HEAD, Role.UNIT_DEPUTY_HEAD, Role.LIAISON, Role.HANDLER})
PROPOSER_ROLES = frozenset({Role.DEPUTY, Role.MEMBER})

DESK_OF = {CaseKind.SUGGESTION: Role.CONGRESS_DESK, CaseKind.PROPOSAL: Role.PROPOSAL_DESK}
PROPOSER_OF = {CaseKind.SUGGESTION: Role.DEPUTY, CaseKind.PROPOSAL: Role.MEMBER}


class Standing(StrEnum):
    """What a person is *on this case*; every right hangs on it, none on a role alone."""

    OFFICE_HEAD = "office_head"
    CLERK = "clerk"
    DESK = "desk"
    LEAD_LEADER = "lead_leader"
    LEADER = "leader"  # a city leader in whose portfolio the case lies
    SECRETARY = "secretary"  # of the lead leader
    UNIT_HEAD = "unit_head"
    UNIT_DEPUTY_HEAD = "unit_deputy_head"
    LIAISON = "liaison"
    HANDLER = "handler"
    PROPOSER = "proposer"  # the lead proposer, whom the form asks
    SECONDER = "seconder"
    HOST = "host"  # of the host unit, with respect to a co-handler's part


class Level(IntEnum):
    """Levels of article 2: each has a leader who answers in person."""

    FIRST = 1
    SECOND = 2
    THIRD = 3
    FOURTH = 4


class Criterion(StrEnum):
    """Why a case has its level (article 2); the highest that fits."""

    MAJOR = "major"
    JOINT = "joint"
    FORCEFUL = "forceful"
    OTHER = "other"


CRITERION_OF = {
    Level.FIRST: Criterion.MAJOR,
    Level.SECOND: Criterion.JOINT,
    Level.THIRD: Criterion.FORCEFUL,
    Level.FOURTH: Criterion.OTHER,
}


class PartKind(StrEnum):
    """A unit's part in a case."""

    SOLE = "sole"
    HOST = "host"
    SEPARATE = "separate"
    CO_HANDLER = "co_handler"


REPLYING = frozenset({PartKind.SOLE, PartKind.HOST, PartKind.SEPARATE})


class Phase(StrEnum):
    """When a contact is made (article 6: early, middle and late)."""

    EARLY = "early"
    MIDDLE = "middle"
    LATE = "late"


class Method(StrEnum):
    """How a contact is made; meeting, visit and symposium are face to face."""

    MEETING = "meeting"
    VISIT = "visit"
    TELEPHONE = "telephone"
    SYMPOSIUM = "symposium"
    OTHER = "other"


class Confirmation(StrEnum):
    """What the proposer says of a contact that the unit has recorded."""

    TRUE = "true"
    DIFFERS = "differs"
    NO_CONTACT = "no_contact"
    NOT_NEEDED = "not_needed"


class InPerson(StrEnum):
    """The five acts in person of article 3."""

    PLAN = "plan"
    DEPLOY = "deploy"
    PUSH = "push"
    HANDLE = "handle"
    COORDINATE = "coordinate"


class ResultClass(StrEnum):
    """Result classes of the shipped scheme (domain.md 2.1, national); B and C ask for a promise."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


PROMISING = frozenset({ResultClass.B, ResultClass.C})


class Publicity(StrEnum):
    """How far a reply may be published."""

    FULL = "full"
    SUMMARY = "summary"
    NONE = "none"


class DeliveryWay(StrEnum):
    """How a reply reaches its proposer."""

    FACE = "face"
    MAIL = "mail"
    CHAT = "chat"


class Verdict(StrEnum):
    """What a proposer says of attitude and of result; never merged, never derived."""

    SATISFIED = "satisfied"
    BASICALLY = "basically"
    DISSATISFIED = "dissatisfied"


class Solved(StrEnum):
    """Whether the matter is solved, in the proposer's eyes."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"
    UNCLEAR = "unclear"


class Relevance(StrEnum):
    """Whether the reply answers the point (Hongkou's form)."""

    ANSWERS = "answers"
    MOSTLY = "mostly"
    MISSES = "misses"


class ContactMade(StrEnum):
    """How the proposer says he was contacted."""

    VISIT = "visit"
    TELEPHONE = "telephone"
    OTHER = "other"
    NOT_NEEDED = "not_needed"
    NONE = "none"


class Telling(StrEnum):
    """Who may hear the proposer's reason."""

    UNIT_TOO = "unit_too"
    DESK_AND_OFFICE = "desk_and_office"


class VerdictSource(StrEnum):
    """Who entered a verdict; only the proposer's own counts without a mark."""

    PROPOSER = "proposer"
    PAPER = "paper"
    IMPORTED = "imported"


class DisputeReason(StrEnum):
    """Why a rating that stands in somebody's name is not his own view."""

    PRESSED = "pressed"
    BY_PROXY = "by_proxy"
    EMBARRASSED = "embarrassed"
    MISTAKE = "mistake"
    OWN_WORDS = "own_words"


class DisputeTelling(StrEnum):
    """Who hears of a dispute before there is a finding."""

    DESK_ONLY = "desk_only"
    OFFICE_TOO = "office_too"


class SlipKind(StrEnum):
    """The three slips of article 5."""

    ASSIGNMENT = "assignment"
    URGE = "urge"
    SUPERVISION = "supervision"


class AlertCause(StrEnum):
    """What is alarmed every working morning until somebody acts."""

    DISSATISFIED = "dissatisfied"
    DISPUTED = "disputed"
    PAPER_UNVERIFIED = "paper_unverified"


class Closing(StrEnum):
    """What closes an alert: a fact, or the deed that somebody states."""

    HANDLED = "handled"
    NEW_FORM = "new_form"
    CONFERENCE = "conference"
    DESK_CONFIRMED = "desk_confirmed"
    FINDING = "finding"
    VERIFIED = "verified"
