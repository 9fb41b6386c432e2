"""Every conversation of the house."""

from handlers import (
    acknowledging,
    alerting,
    assigning,
    attending,
    belonging,
    consulting,
    delivering,
    disputing,
    extending,
    grading,
    handing,
    importing,
    instructing,
    joining,
    listing,
    mornings,
    opining,
    papering,
    registering,
    replies,
    replying,
    reporting,
    retaking,
    returning,
    searching,
    settling,
    surveying,
    urging,
)
from handlers.reception import Reception
from handlers.routes import merge

ROUTES = merge(
    conversation.ROUTES
    for conversation in (
        joining,
        importing,
        registering,
        grading,
        assigning,
        acknowledging,
        handing,
        instructing,
        attending,
        returning,
        extending,
        consulting,
        reporting,
        opining,
        replying,
        delivering,
        surveying,
        papering,
        disputing,
        urging,
        alerting,
        mornings,
        listing,
        searching,
        settling,
        retaking,
        replies,
        belonging,
    )
)
LOBBY = Reception()
