"""The closed questions of a sheet: which words mean which answer, as data."""

from collections.abc import Mapping

from handlers.papers.cells import plain
from handlers.papers.workbooks import Value

KINDS: Mapping[str, str] = {
    word: kind
    for kind, words in {
        "suggestion": "建议 代表建议 人大建议 人大代表建议 人大 建议案 代表建议批评和意见 建议批评和意见 suggestion",
        "proposal": "提案 政协提案 委员提案 政协 政协委员提案 proposal",
    }.items()
    for word in words.split()
}

YES = frozenset(["是", "有", "对", "y", "yes", "true", "1", "√", "✓", "✔", "v"])
NO = frozenset(["否", "不是", "没有", "无", "n", "no", "false", "0", "\u00d7", "x"])

SECRET = frozenset(["涉密", "秘密", "机密", "绝密", "密", "涉及", "涉及国家秘密", "内部秘密"])
NOT_SECRET = frozenset(
    ["不涉密", "非涉密", "未涉密", "不涉及", "不涉及国家秘密", "非密", "无密级", "公开", "不属于涉密"]
)

KEY_CASE = frozenset(["重点", "重点件", "重点督办", "重点办理", "重点督办件", "重点建议", "重点提案"])
NOT_KEY_CASE = frozenset(["非重点", "一般", "普通", "一般件"])

RECESS = frozenset(["闭会", "闭会期间", "闭会期", "平时", "平时提案", "平时建议", "会后", "闭会期间建议", "闭会建议"])
SESSION = frozenset(
    [
        "会间",
        "大会",
        "会议期间",
        "大会期间",
        "会上",
        "会期",
        "会中",
        "大会建议",
        "大会提案",
        "全会",
        "会间建议",
        "会间提案",
    ]
)

PUBLICITY: Mapping[str, str] = {
    word: answer
    for answer, words in {
        "full": "是 同意 公开 同意公开 全文公开 可公开 可以公开 同意全文公开 主动公开 全文 y yes √ 1",
        "summary": "可公开摘要 公开摘要 摘要 摘要公开 部分公开 同意摘要公开 可以公开摘要 只公开摘要 仅公开摘要 "
        "同意公开摘要",
        "none": "否 不同意 不公开 不同意公开 不宜公开 不可公开 不予公开 n no \u00d7 x 0",
    }.items()
    for word in words.split()
}

JURISDICTIONS: Mapping[str, str] = {
    word: tier
    for tier, words in {
        "province": "省 省级 辽宁 辽宁省",
        "prefecture": "葫芦岛 葫芦岛市 葫芦岛级 地级市",
        "city": "本市 本级 本市级 兴城 兴城市 县级 县市级 县级市",
    }.items()
    for word in words.split()
}

LEVELS: Mapping[str, int] = {
    f"{prefix}{word}{suffix}": level
    for level, words in enumerate(("一 1 i", "二 2 ii", "三 3 iii", "四 4 iv"), start=1)
    for word in words.split()
    for prefix in ("", "第")
    for suffix in ("", "级", "级办理")
}

# Article 2 of both measures; a fragment is enough, the highest that fits wins.
CRITERIA: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("major", ("重大", "产业", "全局", "major")),
    ("joint", ("多部门", "多个部门", "难度", "joint")),
    ("forceful", ("强力", "关注", "forceful")),
    ("other", ("其它", "其他", "一般", "other")),
)

VERDICTS: Mapping[str, str] = {
    "满意": "satisfied",
    "很满意": "satisfied",
    "非常满意": "satisfied",
    "基本满意": "basically",
    "不满意": "dissatisfied",
}
NO_VERDICT = frozenset(["未反馈", "未评价", "未表态", "未填", "未回复"])

# What a fault offers in place of a word that was not understood.
OFFERED: Mapping[str, str] = {
    "kind": "建议, 提案",
    "recess": "会间, 闭会",
    "publicity": "同意, 可公开摘要, 不同意",
    "secret": "是, 否",
    "jurisdiction": "省, 葫芦岛, 本市",
    "key_case": "是, 否",
    "level": "一级, 二级, 三级, 四级",
    "criterion": "重大项目·产业·全局, 多部门·难度大, 强力推进·关注度高, 其它",
    "former_verdict": "满意, 基本满意, 不满意",
}


def yes_or_no(value: Value, yes: frozenset[str] = frozenset(), no: frozenset[str] = frozenset()) -> bool | None:
    """Answer a yes-or-no cell by the common words and those of its own column; None if it is neither."""
    word = plain(value)
    if word in YES | yes:
        return True
    return False if word in NO | no else None


def criterion(value: Value) -> str | None:
    """Find the criterion of article 2 that a cell speaks of, the highest first."""
    word = plain(value)
    return next((code for code, marks in CRITERIA if any(mark in word for mark in marks)), None)
