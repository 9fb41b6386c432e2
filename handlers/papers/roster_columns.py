"""The columns of a roster (chat.md 5), the headings that offices give them, and the words for roles (chat.md 1)."""

from collections.abc import Mapping

from handlers.papers.case_columns import PRIVATE
from handlers.papers.faults import N_, Term
from handlers.papers.headings import Field, Lexicon


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PEOPLE = Lexicon(
    private=PRIVATE | frozenset(["性别", "民族", "籍贯", "政治面貌", "学历", "年龄"]),
    fields=(
        Field(
            "person_number",
            Term(N_("person number")),
            _words("人员编号 编号 人员号 代码 人员代码 工号 代表证号 委员证号 证号 代表编号 委员编号"),
        ),
        Field(
            "name",
            Term(N_("name of the person or group")),
            _words("姓名 名字 人员姓名 代表姓名 委员姓名 姓名或团体 姓名名称 姓名单位"),
            weak=_words("代表 委员 名称 人员"),
            required=True,
        ),
        Field(
            "roles",
            Term(N_("role on the roster")),
            _words("角色 身份 人员类别 人员角色 类别 系统角色 人员身份 用户角色"),
            required=True,
        ),
        Field("unit", Term(N_("unit of the person")), _words("单位 单位名称 承办单位 部门 所属单位 单位部门 部门单位")),
        Field("post", Term(N_("post of the person")), _words("职务 职位 岗位 现任职务 党政职务 职务职称")),
        Field(
            "portfolio",
            Term(N_("units in charge of")),
            _words("分管单位 分管部门 分管 分管领域单位 联系单位 分管联系单位 分管或联系单位"),
            many=True,
        ),
        Field(
            "works_at", Term(N_("place of work")), _words("所在单位 工作单位 所在工作单位 任职单位 本职单位 所在村社区")
        ),
        Field(
            "under",
            Term(N_("supervising unit")),
            _words("主管单位 主管部门 上级单位 上级主管单位 上级主管部门 归口单位"),
        ),
        Field(
            "contact",
            Term(N_("contact of a group")),
            _words("联系人 团体联系人 联络人 所联系领导 服务领导 对应领导 联系人姓名"),
        ),
        Field("remark", Term(N_("remark")), _words("备注 说明 附注 备考")),
    ),
)

ROLES: Mapping[str, str] = {
    word: role
    for role, words in {
        "office_head": "政府办负责人 督查室主任 督查室负责人 政府办主任 政府办公室负责人 市政府办负责人",
        "clerk": "政府办 督查室 政府办工作人员 督查室工作人员 政府办公室 市政府办 市政府办公室 政府办人员",
        "congress_desk": "人大代表工委 代表工委 人大代工委 市人大代表工委 人大常委会代表工委 人大代表工作委员会 代工委",
        "proposal_desk": "提案办公室 提案委 政协提案委 提案办 政协提案办公室 市政协提案办公室 提案委员会 "
        "政协提案委员会",
        "leader": "市领导 市级领导 市政府领导 政府领导 市长 副市长",
        "secretary": "领导秘书 秘书 市领导秘书 领导联络员",
        "unit_head": "单位主要领导 主要领导 单位主要负责人 主要负责人 单位一把手 一把手 单位负责人",
        "unit_deputy_head": "单位分管领导 分管领导 单位分管负责人 分管负责人 单位分管副职",
        "liaison": "单位联络员 联络员 承办单位联络员 部门联络员",
        "handler": "承办人 经办人 承办人员 具体承办人 经办人员",
        "deputy": "代表 人大代表 市人大代表",
        "member": "委员 政协委员 市政协委员",
        "observer": "列席人员 列席 民主监督员 特邀列席人员",
    }.items()
    for word in words.split()
}

# What a fault offers in place of a word that was not understood: the words of chat.md 1.
OFFERED_ROLES = (
    "政府办, 政府办负责人, 人大代表工委, 提案办公室, 市领导, 领导秘书, 单位主要领导, 单位分管领导, 单位联络员, "
    "承办人, 代表, 委员, 列席人员"
)
