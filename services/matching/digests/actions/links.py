"""The links of digests: each says whom and what it is for, and proves that the platform made it."""

from dataclasses import dataclass
from uuid import UUID

from services.matching.digests.errors import LinkNotValid
from services.matching.digests.models import DigestRecipient
from shared.sealing import Sealer

ID_DIGITS = 32


@dataclass(frozen=True)
class DigestLinks:
    """
    Makes links below ``public_url`` and reads them.

    Nothing of them is stored: a link is the receiver's id and a keyed hash of it, which nobody else can compute.
    """

    public_url: str
    sealer: Sealer

    def unsubscribe(self, recipient: DigestRecipient) -> str:
        """Return the link that ends a receiver's digests, the same in each of them."""
        return f"{self._base}/unsubscribe/{self._sign('unsubscribe', recipient.id.hex)}"

    def confirm(self, recipient: DigestRecipient) -> str:
        """Return the link by which a receiver agrees, as long as it is not asked anew."""
        return f"{self._base}/confirm/{self._sign('confirm', recipient.id.hex + recipient.confirmation.hex)}"

    def read_unsubscribe(self, token: str) -> UUID:
        """
        Return the receiver that a link to unsubscribe is for.

        :raises LinkNotValid: if the platform did not make it
        """
        return UUID(self._check("unsubscribe", token, ID_DIGITS))

    def read_confirm(self, token: str) -> tuple[UUID, UUID]:
        """
        Return the receiver that a link to agree is for, and which asking it answers.

        :raises LinkNotValid: if the platform did not make it
        """
        signed = self._check("confirm", token, 2 * ID_DIGITS)
        return UUID(signed[:ID_DIGITS]), UUID(signed[ID_DIGITS:])

    @property
    def _base(self) -> str:
        return f"{self.public_url.rstrip('/')}/matching/v1/digest-recipients"

    def _sign(self, purpose: str, signed: str) -> str:
        return signed + self.sealer.hash(f"{purpose} {signed}")

    def _check(self, purpose: str, token: str, length: int) -> str:
        signed, proof = token[:length], token[length:]
        if not token.isascii() or not self.sealer.matches(f"{purpose} {signed}", proof):
            raise LinkNotValid(pointer="path/token")
        return signed
