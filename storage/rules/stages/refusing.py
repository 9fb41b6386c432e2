"""Why a step is not to be had: the sentence for each need that is not met, and for each fact that bars."""

from storage.rules.refusals import N_
from storage.rules.stages.cells import Fact, Step

UNMET: dict[Fact, str] = {
    Fact.TAKEN_ON: N_(
        "A case of level 1 counts once the mayor has pressed “taken on”, or the signed paper is noted; "
        "nothing was assigned"
    ),
    Fact.REPLYING: N_("Only the host unit does this; a co-handling unit gives its opinion to the host"),
    Fact.CO_HANDLING: N_("Only a co-handling unit gives a co-handling opinion"),
    Fact.RETURN_OPEN: N_("The days in which a case may be returned are over; the unit goes on handling it"),
    Fact.EARLY_CONTACT: N_("Before a reply, an early contact with the proposer must be on record"),
    Fact.OPINIONS_IN: N_("The co-handling units' opinions are not all in"),
    Fact.WINDOW_OPEN: N_("The form's window has closed; what stands can still be disputed"),
    Fact.DISSATISFIED: N_("Handling anew, or a conference, follows only after “dissatisfied”"),
    Fact.REDO_SPENT: N_("A conference follows only where the case has been handled anew as often as the rules allow"),
    Fact.FORMS_OVER: N_("An opinion form of this case can still be answered; the conference follows when it is over"),
    Fact.BY_OFFICE: N_("The desk has recorded this conference; the head of the office agrees to it, or does not"),
    Fact.OVERDUE: N_("A supervision slip follows an urge slip in vain, or an overdue date"),
    Fact.HOST_AT_WORK: N_("The host unit has submitted its reply already; the opinion stays as it was given"),
    Fact.PAPER: N_("There is no paper form in your name that waits for your word"),
    Fact.NO_DEPUTY: N_("The unit's deputy head checks the reply first; nothing was changed"),
}

BARRED: dict[Fact, str] = {
    Fact.CONFERENCE_OPEN: N_("A conference is recorded already and waits for the other side's word"),
    Fact.BY_OFFICE: N_("The office has recorded this conference; the proposers' desk agrees to it, or does not"),
    Fact.OWN_RECORD: N_("You have recorded this conference yourself; the other side agrees to it"),
    Fact.TAKEN_ON: N_("This case has been taken on already"),
    Fact.KEY: N_("This is a key case already"),
    Fact.OWN_CASE: N_("You have put this case forward yourself: others of the unit and the office prepare its reply"),
    Fact.REDO_SPENT: N_("This case has been handled anew as often as the rules allow; what follows is a conference"),
}


def unmet(step: Step, facts: frozenset[Fact]) -> tuple[str, dict[str, object]]:
    """Say which need is not met, or which fact bars the step."""
    for fact in Fact:
        if fact in step.needs - facts and fact in UNMET:
            return UNMET[fact], {}
        if fact in step.bars & facts and fact in BARRED:
            return BARRED[fact], {}
    return N_("“%(act)s” is not possible for this case; nothing was changed"), {"act": step.act}
