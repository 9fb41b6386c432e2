"""What comes with an answer: what cannot be one is refused in words, files are fetched before the act."""

from handlers.dialogues import Step
from handlers.office import Call, Office
from handlers.tongue import N_
from storage import files
from storage.rules.refusals import Refused

_SPOKEN = ("voice", "video_note")
_BYTES = 20 * 1024 * 1024  # Bot API: what a bot can download


LEFT_OUT = N_("Words forwarded with a file are not taken as your own and were left out; the file is received.")


def own_words(call: Call) -> str:
    """Give what the caller says himself; what stands on a forwarded file is somebody else's."""
    return "" if call.forwarded else call.words.strip()


def words_left_out(call: Call) -> bool:
    """Tell whether there were words that are not the caller's own."""
    return own_words(call) != call.words.strip()


def refuse_odd(call: Call, step: Step) -> None:
    """Refuse what cannot be an answer: what somebody else said, a voice where words are asked, an unfitting file."""
    if call.forwarded and all(sent.kind in _SPOKEN for sent in call.files) and (call.words or call.files):
        raise Refused(
            N_("Forwarded words are somebody else's; please type the answer yourself. It can be sent along as a file.")
        )
    for sent in call.files:
        spoken = sent.kind in _SPOKEN
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
