"""The words of the press that is measured: the same card, keyboard and update for everybody who is compared."""

import json
from typing import Any, Final

BOT_ID: Final = 7000000001
TOKEN: Final = f"{BOT_ID}:AAEhBP0av28s3uLQm1Fh7nKd1pJzWqBench"
FIRST_ACCOUNT: Final = 10_000_001
TOAST: Final = "已签收"
TEXT: Final = (
    "<b>建议 0001 · 关于改善老旧小区排水设施、治理雨季内涝的建议</b>\n"
    "阶段：办理中\n提出人：张某某等5人\n"
    "三级件 · 领办领导：—\n"
    "独办：市住建局第0001处 · 办理中 · 2026年3月2日 09:30 由李某某签收\n"
    "交办：2026年3月2日\n答复期限：2026年6月2日，还有92天"
)
LABELS: Final = ("约见", "记录沟通", "报送进展", "申请退办", "详情")
TAG: Final = "AAAAAAAA"


def rows(number: int) -> list[list[tuple[str, str]]]:
    """Give the keyboard under an edited card: labels and callback data of the length that ours has."""
    keys = [(label, f"v1:p.{place}:{number}:2::{TAG}") for place, label in enumerate(LABELS)]
    return [keys[0:2], keys[2:4], keys[4:5]]


def message(chat_id: int, message_id: int) -> dict[str, Any]:
    """Give a message as Telegram answers an edit with it."""
    keyboard = [[{"text": text, "callback_data": data} for text, data in row] for row in rows(message_id)]
    return {
        "message_id": message_id,
        "from": {"id": BOT_ID, "is_bot": True, "first_name": "督办助手", "username": "duban_bench_bot"},
        "chat": {"id": chat_id, "first_name": "李某某", "type": "private"},
        "date": 1772415000,
        "edit_date": 1772415060,
        "text": TEXT.replace("<b>", "").replace("</b>", ""),
        "entities": [{"offset": 0, "length": 31, "type": "bold"}],
        "reply_markup": {"inline_keyboard": keyboard},
    }


def press(update_id: int, chat_id: int, message_id: int, data: str) -> bytes:
    """Give an update with a press, as JSON."""
    held = message(chat_id, message_id)
    del held["edit_date"]
    query = {
        "id": str(query_of(update_id)),
        "from": {"id": chat_id, "is_bot": False, "first_name": "李某某", "language_code": "zh-hans"},
        "message": held,
        "chat_instance": str(-chat_id * 7919),
        "data": data,
    }
    return json.dumps({"update_id": update_id, "callback_query": query}, ensure_ascii=False).encode()


_QUERIES: Final = 4_382_000_000_000_000_000


def query_of(update_id: int) -> int:
    """Give the id of the press that an update brings."""
    return _QUERIES + update_id


def update_of(query_id: int) -> int:
    """Give the update that brought a press."""
    return query_id - _QUERIES
