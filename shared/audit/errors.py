"""How the audit log can be found tampered with, in words for the audit administrator."""

from typing import Any

from shared.errors import Text


class ChainBroken(Exception):
    """
    The audit log is not what was written; the message says where and what, in Chinese and English.

    ``pos`` is the position at fault, or ``None`` for an entry that is not in the chain.
    """

    text: Text

    def __init__(self, *, pos: int | None = None, **facts: Any) -> None:
        super().__init__("\n".join(part.format(pos=pos, **facts) for part in self.text))
        self.pos = pos


class EntryDeleted(ChainBroken):
    """A link has no entry."""

    text = Text("审计链第 {pos} 位的记录({entry})已被删除。", "The entry at position {pos} ({entry}) was deleted.")


class LinkDeleted(ChainBroken):
    """A position is missing."""

    text = Text("审计链缺少第 {pos} 位:该环节已被删除。", "Position {pos} is missing: its link was deleted.")


class EntryAltered(ChainBroken):
    """An entry or link is not what was hashed, or stands elsewhere."""

    text = Text(
        "审计链第 {pos} 位的记录({entry})已被修改或调换位置。",
        "The entry at position {pos} ({entry}) was changed or moved.",
    )


class ChainCut(ChainBroken):
    """The chain ends before a position that it is known to have reached."""

    text = Text(
        "审计链止于第 {last} 位,但曾到达第 {pos} 位:末尾的记录已被截去。",
        "The chain ends at position {last} but had reached position {pos}: its end was cut off.",
    )


class ChainRewritten(ChainBroken):
    """At an anchored position stands another hash."""

    text = Text(
        "审计链第 {pos} 位与当时留存的哈希不符:该位及之前的记录已被改写。",
        "The hash at position {pos} is not the one kept at the time: the chain up to there was written anew.",
    )


class AnchorForged(ChainBroken):
    """An anchor's signature is wrong."""

    text = Text(
        "第 {pos} 位的锚点签名无效:锚点被改动或伪造。", "The anchor at position {pos} is not signed by the platform."
    )


class KeyUnknown(ChainBroken):
    """A link or anchor was signed by a key that is not known."""

    text = Text(
        "第 {pos} 位使用的密钥 {key_id} 未知:若更换过平台密钥,请把旧密钥写入 XIANGQIAO_FORMER_SECRET_KEYS;否则为伪造。",
        "Position {pos} is signed by key {key_id}, which is not known: if the platform's secret key was changed, set "
        "the former one in XIANGQIAO_FORMER_SECRET_KEYS; otherwise it is forged.",
    )


class EntryUnchained(ChainBroken):
    """An entry is in no link and waits for none."""

    text = Text(
        "记录 {entry} 不在审计链中:系绕过平台写入,或其环节已被删除。",
        "Entry {entry} is not in the chain: it was written beside the platform, or its link was deleted.",
    )


class PendingDeleted(ChainBroken):
    """An entry was deleted before it came into the chain."""

    text = Text("记录 {entry} 在进入审计链之前已被删除。", "Entry {entry} was deleted before it came into the chain.")
