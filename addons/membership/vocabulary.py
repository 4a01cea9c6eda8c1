"""The words membership adds to the language of rules: who the member is."""

from __future__ import annotations

from core.settings import Setting
from rules.vocabulary import Choice, Effect, Fact, Kind, Text

_PLACE = "member"

TIERS = (
    Choice("none", Text("非會員", "非会员", "not a member")),
    Choice("ordinary", Text("普卡", "普卡", "ordinary")),
    Choice("gold", Text("金卡", "金卡", "gold")),
    Choice("diamond", Text("鑽石卡", "钻石卡", "diamond")),
)
SEXES = (
    Choice("unknown", Text("未填", "未填", "not given")),
    Choice("female", Text("女", "女", "female")),
    Choice("male", Text("男", "男", "male")),
)

FACTS: tuple[Fact, ...] = (
    Fact("member.present", Kind.YES_NO, Text("是會員", "是会员", "Is a member"), neutral=False, place=_PLACE),
    Fact(
        "member.tier",
        Kind.CHOICE,
        Text("會員等級", "会员等级", "Tier"),
        neutral="none",
        choices=TIERS,
        place=_PLACE,
    ),
    Fact(
        "member.card_active",
        Kind.YES_NO,
        Text("會員卡已啟用", "会员卡已激活", "Card is active"),
        neutral=False,
        help=Text(
            "在本次消費之前已啟用，未掛失、未停用。",
            "在本次消费之前已激活，未挂失、未停用。",
            "Activated before this receipt, not lost and not stopped.",
        ),
        place=_PLACE,
    ),
    Fact(
        "member.receipts_before",
        Kind.COUNT,
        Text("之前的消費次數", "之前的消费次数", "Receipts before this one"),
        neutral=0,
        place=_PLACE,
    ),
    Fact(
        "member.is_birthday",
        Kind.YES_NO,
        Text("今天生日", "今天生日", "Has a birthday today"),
        neutral=False,
        help=Text(
            "2 月 29 日出生者，平年以 2 月 28 日計；選擇過農曆生日者按農曆。",
            "2 月 29 日出生者，平年以 2 月 28 日计；选择过农历生日者按农历。",
            "A birthday on 29 February is kept on 28 February in other years; by the moon where the member wishes it.",
        ),
        place=_PLACE,
    ),
    Fact("member.is_staff", Kind.YES_NO, Text("是員工", "是员工", "Is staff"), neutral=False, place=_PLACE),
    Fact(
        "member.sex",
        Kind.CHOICE,
        Text("性別", "性别", "Sex"),
        neutral="unknown",
        help=Text(
            "只可用於訊息措辭，不可定價。",
            "只可用于消息措辞，不可定价。",
            "For the wording of messages, never for prices.",
        ),
        choices=SEXES,
        place=_PLACE,
        words_only=True,
    ),
    Fact(
        "member.age",
        Kind.COUNT,
        Text("年齡", "年龄", "Age"),
        neutral=0,
        help=Text("滿歲；未知為 0。", "满岁；未知为 0。", "Full years; 0 when not known."),
        place=_PLACE,
    ),
)
EFFECTS: tuple[Effect, ...] = ()

SETTINGS: tuple[Setting, ...] = (
    Setting(
        name="membership.mandatory_fields",
        kind="choice",
        default="three",
        choices=(
            Choice(
                "three",
                Text(
                    "姓名、生日（或不便透露）、電話",
                    "姓名、生日（或不便透露）、电话",
                    "Name, birthday or declined, phone",
                ),
            ),
            Choice("phone", Text("只要電話", "只要电话", "The phone number alone")),
        ),
        label=Text("入會必填", "入会必填", "Fields a member must give"),
        help=Text(
            "潛在顧客只要電話即可建檔；成為會員時必填。",
            "潜在顾客只要电话即可建档；成为会员时必填。",
            "A prospect needs a phone number; these are needed to become a member.",
        ),
        decision="C38",
        quotation="顧客姓名、生日、,三項必須填寫正確",
        alternatives=(
            Text(
                "只要電話：「散客,從一個號碼開始建檔」", "只要电话：“散客,从一个号码开始建档”", "The phone number alone"
            ),
        ),
    ),
    Setting(
        name="membership.birthday_lock_days",
        kind="count",
        default=90,
        at_most=366,
        label=Text("生日鎖定天數", "生日锁定天数", "Days a birthday is locked"),
        help=Text(
            "生日前這些天內更改，須說明理由並由第二人核准。",
            "生日前这些天内更改，须说明理由并由第二人审批。",
            "Within so many days before it a change needs a reason and a second person.",
        ),
        decision="C14",
        quotation="生日當天消費按7.8折結算",
        alternatives=(Text("不鎖定（0 天）", "不锁定（0 天）", "Only on the day itself (0 days)"),),
    ),
    Setting(
        name="membership.birthday_of",
        kind="choice",
        default="own",
        choices=(
            Choice("own", Text("會員本人", "会员本人", "The member's own")),
            Choice(
                "child",
                Text(
                    "孩子的（沒有孩子入會者用本人）",
                    "孩子的（没有孩子入会者用本人）",
                    "The children's, else the member's own",
                ),
            ),
        ),
        label=Text("算誰的生日", "算谁的生日", "Whose birthday counts"),
        help=Text(
            "童裝品牌可以按孩子的生日：會員是其監護人的所有會員。",
            "童装品牌可以按孩子的生日：会员是其监护人的所有会员。",
            "For childrenswear: the members whose guardian she is.",
        ),
        decision="C14",
        quotation="生日當天消費按7.8折結算",
        alternatives=(Text("童裝：孩子的生日", "童装：孩子的生日", "Childrenswear: the child's birthday"),),
    ),
    Setting(
        name="membership.waiting_list",
        kind="yes_no",
        default=True,
        label=Text("名額已滿時候補", "名额已满时候补", "Keep a waiting list"),
        help=Text(
            "名額在「名額」頁按等級、系列、門市設定；未設即不限。",
            "名额在“名额”页按等级、系列、门店设定；未设即不限。",
            "Quotas are set by tier, series and store; without one cards are unlimited.",
        ),
        decision="C26",
        quotation="VIP卡必須限量,不能無限制發行",
        alternatives=(Text("不設候補", "不设候补", "No waiting list"),),
    ),
    Setting(
        name="membership.direct_issue",
        kind="yes_no",
        default=False,
        label=Text("可直接發金卡、鑽石卡", "可直接发金卡、钻石卡", "Gold and diamond may be issued directly"),
        help=Text(
            "關閉時只能逐級升等，或由總部兩人特批。",
            "关闭时只能逐级升级，或由总部两人特批。",
            "When off, members climb, or headquarters grants it with two persons.",
        ),
        decision="C27",
        quotation="金卡和鉆石會員,不能直接辦理",
        alternatives=(
            Text(
                "可直接發：「為高端顧客發放精美的VIP卡」",
                "可直接发：“为高端顾客发放精美的VIP卡”",
                "Directly to high-end customers",
            ),
        ),
    ),
    Setting(
        name="membership.other_stores",
        kind="choice",
        default="presenting",
        choices=(
            Choice(
                "presenting",
                Text(
                    "出示卡或電話即可服務，聯絡資料遮蔽",
                    "出示卡或电话即可服务，联系资料遮蔽",
                    "Who presents a card, contacts masked",
                ),
            ),
            Choice("closed", Text("只服務本店會員", "只服务本店会员", "Own members only")),
        ),
        label=Text("他店會員", "他店会员", "Members of other stores"),
        decision="C31",
        quotation="默認為本店VIP顧客信息",
        alternatives=(Text("只服務本店會員", "只服务本店会员", "Each store serves its own members only"),),
    ),
    Setting(
        name="membership.minor_age",
        kind="count",
        default=14,
        at_most=20,
        label=Text("未成年界限", "未成年界限", "Age below which a guardian answers"),
        help=Text(
            "未滿此歲數的會員須有監護人。",
            "未满此岁数的会员须有监护人。",
            "A member younger than this needs a guardian.",
        ),
        decision="C32",
        quotation="興趣、特征、愛好、習慣、工作、生日以及家人信息",
        alternatives=(Text("18 歲", "18 岁", "18 years"),),
    ),
    Setting(
        name="membership.minor_consent",
        kind="yes_no",
        default=True,
        label=Text("未成年須監護人同意", "未成年须监护人同意", "Minors need their guardian's consent"),
        decision="C32",
        quotation="興趣、特征、愛好、習慣、工作、生日以及家人信息",
        alternatives=(Text("不需要", "不需要", "Not needed"),),
    ),
)
