"""The columns of a list of cases (chat.md 5) and the headings that offices give them."""

from handlers.papers.faults import N_, Term
from handlers.papers.headings import Field, Lexicon

PRIVATE = frozenset(
    [
        "联系电话",
        "电话",
        "手机",
        "手机号",
        "手机号码",
        "联系方式",
        "电话号码",
        "办公电话",
        "联系人电话",
        "身份证",
        "身份证号",
        "身份证号码",
        "住址",
        "家庭住址",
        "通讯地址",
        "出生年月",
        "出生日期",
        "银行卡号",
    ]
)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


CASES = Lexicon(
    private=PRIVATE,
    fields=(
        Field(
            "kind",
            Term(N_("type (suggestion or proposal)")),
            _words("类型 件别 建议提案 建议提案类型 提案建议类型 办件类型 案件类型 建议类型 提案类型 文种"),
        ),
        Field(
            "number",
            Term(N_("case number")),
            _words(
                "编号 建议编号 提案编号 建议号 提案号 案号 件号 建议案号 提案案号 建议提案编号 建议提案号 代表建议编号 "
                "代表建议号 立案号 立案编号 案件编号 议案号 正式编号 号 No"
            ),
            weak=_words("序号 顺序号 流水号 建议序号 提案序号 序"),
            required=True,
        ),
        Field(
            "title",
            Term(N_("case title")),
            _words(
                "标题 案由 题目 提案题目 建议标题 提案标题 建议题目 提案案由 建议案由 建议名称 提案名称 建议提案标题 "
                "建议提案题目 建议提案名称 题名 事由 主题 议题 件名 案名 案件标题 代表建议标题 建议内容标题"
            ),
            weak=_words("名称 代表建议 政协提案 提案 建议"),
            required=True,
        ),
        Field(
            "body",
            Term(N_("full text")),
            _words(
                "正文 建议内容 内容 提案内容 全文 建议正文 提案正文 建议全文 提案全文 具体内容 主要内容 情况和建议 "
                "问题和建议 建议具体内容 提案具体内容"
            ),
            weak=_words("内容摘要 摘要 建议摘要 提案摘要"),
        ),
        Field(
            "lead",
            Term(N_("lead proposer")),
            _words(
                "提出人 领衔代表 第一提案人 领衔人 领衔 领衔提案人 领衔委员 领衔代表姓名 领衔人姓名 第一提案者 "
                "第一领衔人 第一提出人 提出者 提出代表 建议人 主提人 主提案人 提案人姓名 提案者姓名 第一提案人姓名 "
                "建议代表 提议人"
            ),
            weak=_words(
                "提案者 提案人 提案委员 提案代表 提案单位 提出单位 代表姓名 委员姓名 提交人 姓名 代表 委员 第一"
            ),
            required=True,
        ),
        Field(
            "seconders",
            Term(N_("co-proposers")),
            _words(
                "联名人 附议代表 附议人 联名 附议 联名代表 联名委员 附议委员 联名提案人 联名者 附议者 附议人员 附署人 "
                "联署人 连名人 其他提案人 联合提案人 共同提案人 其他联名人 附议代表姓名 联名人姓名 "
                "附议人姓名 联名提案者"
            ),
            many=True,
        ),
        Field(
            "delegation",
            Term(N_("delegation or sector")),
            _words("所属代表团 代表团 界别 所属界别 代表团界别 所在代表团 界别代表团 党派界别 代表小组 选举单位"),
        ),
        Field(
            "category",
            Term(N_("subject category")),
            _words(
                "类别 分类 大类 内容分类 内容类别 建议类别 提案类别 建议分类 提案分类 专业分类 所属类别 建议提案类别"
            ),
        ),
        Field(
            "hosts",
            Term(N_("host unit")),
            _words(
                "主办 主办单位 主办部门 主办单位名称 独办 独办单位 分办 分办单位 独办分办 主办分办 主办独办 "
                "主办独办单位 牵头单位 牵头部门 牵头承办单位 主承办单位"
            ),
            weak=_words("承办单位 承办部门 承办 责任单位 办理单位 承办单位名称 责任部门"),
            many=True,
        ),
        Field(
            "co_handlers",
            Term(N_("co-handling units")),
            _words(
                "会办 会办单位 协办 协办单位 会办部门 协办部门 会办协办 协办会办 会办单位名称 协办单位名称 配合单位 "
                "配合部门 协同单位 协助办理单位 会协办单位"
            ),
            many=True,
        ),
        Field(
            "session",
            Term(N_("session of the congress")),
            _words("届次 会次 届 届别 届会 会议届次 会议 会议名称 所属会议 所属届次 大会届次"),
        ),
        Field(
            "recess",
            Term(N_("in session or in recess")),
            _words(
                "会间/闭会 会间闭会 会中闭会 会间会后 大会闭会 大会平时 大会期间闭会期间 提出时段 提出时机 提出期间 "
                "时段 是否闭会 闭会 平时 闭会期间 是否闭会期间 是否平时"
            ),
        ),
        Field(
            "publicity",
            Term(N_("consent to publication")),
            _words(
                "是否公开 是否同意公开 公开 同意公开 公开意见 公开意愿 能否公开 可否公开 公开方式 公开属性 公开情况 "
                "是否可以公开 是否愿意公开 是否可公开 是否公开答复 是否同意公开答复 是否同意公开提案 是否同意公开建议"
            ),
        ),
        Field(
            "secret",
            Term(N_("secrecy mark")),
            _words("是否涉密 涉密 密级 是否涉及国家秘密 涉密情况 涉密标识 是否涉密件 涉密与否 定密情况"),
        ),
        Field("remark", Term(N_("remark")), _words("备注 附注 备考 说明 其他说明 备注说明")),
        Field(
            "jurisdiction",
            Term(N_("tier (province, prefecture or city)")),
            _words("层级 级次 层次 所属层级 建议层级 提案层级 来源层级 交办层级 建议提案层级"),
        ),
        Field(
            "key_case",
            Term(N_("key case")),
            _words(
                "重点 是否重点 重点件 重点办理 重点督办 是否重点督办 是否重点办理 重点建议 重点提案 是否重点件 "
                "是否重点建议 是否重点提案 重点督办件"
            ),
        ),
        Field(
            "level",
            Term(N_("level (1 to 4)")),
            _words("级别 办理级别 分级 定级 等级 办理等级 领办级别 分级办理 办理分级"),
        ),
        Field("criterion", Term(N_("criterion of the level")), _words("定级依据 分级依据 定级理由 定级标准 级别依据")),
        Field(
            "lead_leader",
            Term(N_("lead leader")),
            _words("领办领导 领办 领办人 包案领导 牵头领导 市级领办领导 领办市领导 领衔办理领导 领办领导姓名"),
        ),
        Field(
            "assigned_on",
            Term(N_("assignment date")),
            _words("交办日期 交办时间 交办日 转办日期 转办时间 交办会日期 交办年月日"),
        ),
        Field(
            "due_on",
            Term(N_("due date")),
            _words(
                "办结时限 办理时限 答复时限 完成时限 办理期限 答复期限 办结期限 限办日期 截止日期 限时答复日期 "
                "应答复日期 应办结日期 要求答复日期 计划办结日期 到期日期 办理截止日期"
            ),
        ),
        Field(
            "replied_on",
            Term(N_("delivery date of the reply")),
            _words("答复日期 答复时间 答复日 办复日期 办复时间 复函日期 实际答复日期 送达日期 已答复日期"),
            weak=_words("办结日期 办结时间"),
        ),
        Field(
            "former_verdict",
            Term(N_("former rating")),
            _words(
                "原评价 评价 满意度 代表评价 委员评价 满意情况 满意程度 评价结果 评价意见 评价情况 代表满意度 "
                "委员满意度 办理结果评价 代表满意情况 代表意见"
            ),
        ),
    ),
)
