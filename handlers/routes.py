"""Which press, command and word goes to which conversation; each conversation states its own."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from handlers.dialogues import Dialogue
from handlers.notices.kinds import Notice
from handlers.office import Answer, Call, Office
from handlers.prompts import Prompts
from storage.rules.words import Role

Conversation = Callable[[Call, Office], Awaitable[Answer]]


@dataclass(frozen=True)
class Command:
    """A command: who is offered it in his menu (nobody's right hangs on that), its description and its plain words."""

    name: str
    converse: Conversation
    description: str
    words: tuple[str, ...] = ()
    roles: frozenset[Role] = frozenset()  # empty: everybody
    open: bool = False  # also for an account that is bound to nobody


@dataclass(frozen=True)
class Routes:
    """What one conversation, or the whole house, answers to."""

    commands: tuple[Command, ...] = ()
    presses: Mapping[str, Conversation] = field(default_factory=dict)
    open_presses: Mapping[str, Conversation] = field(default_factory=dict)  # for accounts not bound yet
    dialogues: tuple[Dialogue, ...] = ()
    notices: Mapping[str, Notice] = field(default_factory=dict)

    @property
    def prompts(self) -> Prompts:
        """The way through the dialogues."""
        return Prompts(self.dialogues)


def merge(parts: Iterable[Routes]) -> Routes:
    """Put the conversations' routes together; two that answer to the same are a fault of ours."""
    commands: list[Command] = []
    presses: dict[str, Conversation] = {}
    open_presses: dict[str, Conversation] = {}
    dialogues: list[Dialogue] = []
    notices: dict[str, Notice] = {}
    for part in parts:
        for mine, theirs in ((presses, part.presses), (open_presses, part.open_presses), (notices, part.notices)):
            twice = mine.keys() & theirs.keys()
            if twice:
                msg = f"answered twice: {sorted(twice)}"
                raise ValueError(msg)
            mine.update(theirs)  # type: ignore[arg-type]  # each pair is of one kind
        commands += part.commands
        dialogues += part.dialogues
    return Routes(tuple(commands), presses, open_presses, tuple(dialogues), notices)
