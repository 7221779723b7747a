"""How an API client can be wrong."""

from shared.errors import Conflict, Forbidden, InvalidInput, NotFound, Text


class ApiClientNotFound(NotFound):
    """There is no API client of this name."""

    title = Text("没有这个接口客户端", "There is no such API client")
    remedy = Text("请检查 client_id。", "Check client_id.")


class ApiClientAlreadyExists(Conflict):
    """The name is taken."""

    title = Text("接口客户端名称已被使用", "The client_id is taken")
    remedy = Text("请换一个 client_id。", "Choose another client_id.")


class ApiClientSecretNotFound(NotFound):
    """The API client has no such secret."""

    title = Text("该客户端没有这个密钥", "The API client has no such secret")
    remedy = Text("请检查 secret_id,见客户端列表中的 secrets。", "Check secret_id; the list of API clients names them.")


class TwoSecretsAreLive(Conflict):
    """An API client has at most two live secrets: the one in use and the one that replaces it."""

    title = Text("已有两个有效密钥", "Two secrets are live")
    remedy = Text(
        "请先停用不再使用的密钥,再新建。", "Revoke the secret that is not used any more, then create another."
    )


class ActivatorIsCreator(Forbidden):
    """Nobody lets in what he made: two people decide on every client and secret (四眼原则)."""

    title = Text("不能激活本人创建的客户端或密钥", "You cannot activate a client or secret that you created")
    remedy = Text(
        "请由另一位安全管理员核对角色和范围后激活。", "Let another security administrator check and activate it."
    )


class ServicesAreDeployed(Forbidden):
    """The services' own clients, which see everything, come from the deployment alone."""

    title = Text("服务客户端不能通过接口创建", "Clients of services are not made through the API")
    remedy = Text(
        "角色 service 及其密钥只由部署配置(bootstrap)设置,请联系运维人员。",
        "The role service and its secrets come from the deployment (bootstrap); ask the operators.",
    )


class ExpiresInThePast(InvalidInput):
    """The end of a client or secret is over already."""

    title = Text("到期时间已过", "The expiry is in the past")
    remedy = Text("请填写将来的时间,或留空。", "Give a time in the future, or none.")


class ClientDivisionUnknown(InvalidInput):
    """The division is not in the table of divisions, or not in force any more."""

    title = Text("行政区划不存在或已停用", "The division is unknown or no longer in force")
    remedy = Text("请使用现行的 12 位行政区划代码。", "Use a 12-digit code that is in force.")


class ClientOrganizationUnknown(InvalidInput):
    """The organization that the client speaks for has no record."""

    title = Text("该机构没有记录", "The organization is not on record")
    remedy = Text("请先登记该机构,再为其开通接口客户端。", "Record the organization first.")


class RoleNeedsDivision(InvalidInput):
    """An office's role works under a division."""

    title = Text("该角色须指定行政区划", "This role needs a division")
    remedy = Text("请填写 12 位行政区划代码。", "Name a division as 12 digits.")


class RoleNeedsOrganization(InvalidInput):
    """An organization's role works for one organization."""

    title = Text("该角色须指定机构", "This role needs an organization")
    remedy = Text("请填写 organization_id。", "Name an organization_id.")
