"""Joining: a code, a question, one account a person; codes of deputies come from their desk alone."""

import csv
import io

from storage.acts import people
from tests.world import World, person


async def code_of(world: World, giver: str, name: str) -> str:
    """Have somebody ask for codes and read one from the sheet."""
    await world[giver].writes("/codes")
    sheet = world[giver].hears(file="codes.csv")
    world[giver].hears("尚未加入")
    rows = {row["姓名"]: row for row in csv.DictReader(io.StringIO(sheet.file.content.decode("utf-8-sig")))}
    return rows[name]["code"]


async def test_a_deputy_joins_with_a_code_of_his_desk_and_the_desk_is_told(world: World) -> None:
    """The code binds once, the desk hears of it, and the bot knows the deputy from then on."""
    world.acts(people.enrol, [person("钱代表", "deputy")])
    code = await code_of(world, "施主任", "钱代表")
    await world.newcomer("钱代表")
    qian = world["钱代表"]
    await world.standin.press_start(qian.user_id, code)
    await world.settled()
    qian.hears("钱代表", "您本人")
    await qian.presses("是我")
    qian.hears("欢迎")
    world["施主任"].hears("钱代表", "已加入")
