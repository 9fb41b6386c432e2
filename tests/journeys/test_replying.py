"""提交答复, 审核通过, 签发, 退回修改, 送达, 已收到."""

from storage.rules.stages import Stage
from tests import casework_replies
from tests.world import World


async def test_smoke(world: World) -> None:
    """A smoke."""
    case = await casework_replies.delivered(world, received=True)
    assert casework_replies.stage(world, case) is Stage.RECEIVED
