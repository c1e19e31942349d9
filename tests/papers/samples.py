"""An emergency report as the bank would send it, with every kind of block."""

from core.paper import (
    Bullets,
    Fields,
    Grid,
    Heading,
    PageBreak,
    Paper,
    Paragraph,
    Signature,
)

REPORT = Paper(
    title="关于合肥分行“稳健增利三号”\n到期未兑付引发客户聚集的紧急报告",
    subtitle="（首报）",
    number="合银应急〔2026〕7号",
    blocks=(
        Heading("一、基本情况"),
        Fields(
            (
                ("发生地点", "合肥分行营业部（长江中路88号）"),
                ("发生时间", "2026年11月22日 09:40"),
                ("涉及金额", "人民币 1,286.50 万元"),
                ("已采取措施", "1. 启动预案；\n2. 分散接待，三人以上另室。"),
                ("备注", ""),
            )
        ),
        Heading("（一）事件经过", level=2),
        Paragraph("上午9时40分，客户陆续到场……情绪平稳。\n产品管理人称：“处置延后”。"),
        Bullets(("每两小时续报一次；", "由客户经理逐一上门说明——留存记录。")),
        PageBreak(),
        Heading("二、电话通知"),
        Grid(
            ("序号", "岗位", "姓名", "结果"),
            (("1", "分行行长", "李囍", "已接通"), ("2", "总行值班", "欧阳文华", "无人接听")),
        ),
        Signature("起草人", "李囍", "2026年11月22日"),
        Signature("签发人"),
    ),
    signed=("江淮银行合肥分行", "2026年11月22日"),
    footer="内部资料，注意保管",
)

LONG_GRID = Paper(
    title="电话通知表",
    blocks=(
        Grid(
            ("序号", "应急岗位", "通知结果"),
            tuple((str(i), f"岗位{i}号", f"已通知{i}号" * (1 + i % 7)) for i in range(300)),
            widths=(1, 2, 4),
        ),
    ),
)
