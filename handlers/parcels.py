"""What comes with an answer: what cannot be one is refused in words, files are fetched before the act."""

from handlers.dialogues import Step
from handlers.office import Call, Office
from handlers.tongue import N_
from storage import files
from storage.rules.refusals import Refused

_BYTES = 20 * 1024 * 1024  # Bot API: what a bot can download


def refuse_odd(call: Call, step: Step) -> None:
    """Refuse what cannot be an answer: a forwarded word, a voice where words are asked, a file where none fits."""
    if call.forwarded and call.words and not call.files:
        raise Refused(
            N_("Forwarded words are somebody else's; please type the answer yourself. It can be sent along as a file.")
        )
    for sent in call.files:
        spoken = sent.kind in ("voice", "video_note")
        if spoken and not step.voice:
            raise Refused(
                N_("A voice message cannot be taken here; please type the answer. Your question is still open.")
            )
        if not spoken and not step.files:
            raise Refused(N_("A file cannot be taken here; please type the answer. Your question is still open."))
        if sent.size > _BYTES:
            raise Refused(
                N_(
                    "“%(name)s” is larger than 20 MB and cannot be received here; please split it "
                    "or hand it in on paper"
                ),
                {"name": sent.name},
            )


async def fetch(call: Call, office: Office, step: Step) -> list[files.Content]:
    """Download what was sent, before the act begins."""
    refuse_odd(call, step)
    return [files.Content(sent.name, sent.mime, await office.fetch(sent.telegram_id)) for sent in call.files]
