"""签收 and 已阅领办: the unit signs for its part, the lead leader takes the case on."""

from handlers.notices.kinds import sentence
from handlers.office import Answer, Call, Office
from handlers.routes import Routes
from handlers.tongue import N_
from storage.acts import acknowledging


async def acknowledge(call: Call, office: Office) -> Answer:
    """Sign for the unit's part."""
    assert call.button is not None
    await office.press(call, acknowledging.acknowledge, call.button.id, call.button.version)
    return Answer(call.say(N_("Acknowledged")))


async def take_on(call: Call, office: Office) -> Answer:
    """Take a case on."""
    assert call.button is not None
    await office.press(call, acknowledging.take_on, call.button.id, call.button.version)
    return Answer(call.say(N_("Taken on")))


ROUTES = Routes(
    presses={"p.ack": acknowledge, "c.take_on": take_on},
    notices={
        "acknowledged": sentence(N_("%(unit)s: %(name)s has acknowledged it.")),
        "taken_on": sentence(N_("Lead leader %(name)s has taken it on.")),
    },
)
