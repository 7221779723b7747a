"""How a simulation can be refused or end."""

from shared.errors import InvalidInput, Text, Unavailable


class SimulationOfOnePolicy(InvalidInput):
    """A policy is compared with another one."""

    title = Text("两个政策版本相同", "Both policies are the same")
    remedy = Text("请在 against 中填写另一个版本的编号。", "Give the id of another version in against.")


class SimulationGivenUp(Unavailable):
    """The simulation failed at every attempt; it is told in the operation."""

    title = Text("政策模拟多次尝试均未成功", "The simulation failed at every attempt")
    remedy = Text("请联系运维人员查明原因后重新发起。", "Have the operators find the cause, then begin another one.")
