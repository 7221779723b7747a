"""How a funnel can be refused."""

from shared.errors import Forbidden, Text


class RankingForOfficials(Forbidden):
    """Somebody else than an official wants places or organizations compared."""

    title = Text("排名仅供管理部门查看", "Rankings are for officials only")
    remedy = Text(
        "请不按地区或组织分组(可按领域、政策版本分组),查看本单位的数据。",
        "Ask without grouping by place or organization (by field or policy version is fine) for your own figures.",
    )
