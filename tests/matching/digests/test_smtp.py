"""E-mail goes to a real server, and what the server says decides whether it is sent again."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.matching.remote import smtp
from services.matching.remote.notifier import Address, NoNotifier, Notice, NoticeDelayed, NoticeRefused
from services.matching.remote.smtp import SmtpNotifier
from tests.matching.mailbox import Mailbox, taking_mail

UNSUBSCRIBE = f"https://xiangqiao.test/matching/v1/digest-recipients/{'a' * 120}/unsubscribe"
NOTICE = Notice(
    key="digest.1",
    to=Address(email="office@example.org"),
    subject="【乡桥】待办 2 项",
    text="您好!\n有待办。\n",
    at=datetime(2026, 11, 23, 1, tzinfo=UTC),
    unsubscribe_url=UNSUBSCRIBE,
)
RIGHT, WRONG = ({"password": one} for one in ("right", "wrong"))


def notifier(mailbox: Mailbox, **options: Any) -> SmtpNotifier:
    given = {"sender": "乡桥 <notice@xiangqiao.test>", "security": "none", **options}
    return SmtpNotifier(host="127.0.0.1", port=mailbox.port, **given)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a certificate for 127.0.0.1 that signs itself, and its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


def served(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_a_message_arrives_as_it_was_written_and_twice_under_one_name() -> None:
    async with taking_mail() as mailbox:
        assert notifier(mailbox).reaches(NOTICE.to)
        assert not notifier(mailbox).reaches(Address(phone="0816-2345678"))
        for _ in range(2):
            await notifier(mailbox).send(NOTICE)
    first, second = mailbox.received
    assert (first["To"], first["Subject"]) == ("office@example.org", "【乡桥】待办 2 项")
    assert str(first["From"]) == "乡桥 <notice@xiangqiao.test>"
    assert mailbox.texts()[0] == NOTICE.text
    assert first["Message-ID"] == second["Message-ID"] == "<digest.1@xiangqiao.test>"
    assert f"List-Unsubscribe: <{UNSUBSCRIBE}>".encode() in mailbox.raw[0].splitlines()
    assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert first["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    ("to", "data", "expected"),
    [
        ("550 no such user", "250 OK", NoticeRefused),
        ("451 later", "250 OK", NoticeDelayed),
        ("250 OK", "554 no", NoticeRefused),
        ("250 OK", "452 full", NoticeDelayed),
    ],
)
async def test_a_refusal_for_good_and_one_for_now_are_two_things(to: str, data: str, expected: type[Exception]) -> None:
    async with taking_mail() as mailbox:
        mailbox.to, mailbox.data = to, data
        with pytest.raises(expected) as refused:
            await notifier(mailbox).send(NOTICE)
    assert "example.org" not in str(refused.value)


async def test_a_server_that_is_not_there_is_a_matter_of_time() -> None:
    async with taking_mail() as mailbox:
        pass
    with pytest.raises(NoticeDelayed):
        await notifier(mailbox).send(NOTICE)
    assert not NoNotifier().reaches(NOTICE.to)
    with pytest.raises(NoticeDelayed):
        await NoNotifier().send(NOTICE)


async def test_it_signs_in_over_tls_and_a_wrong_password_is_for_the_operators_to_mend(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "trusted_roots", lambda: ssl.create_default_context(cafile=str(certificate)))
    async with taking_mail(tls_context=served(certificate)) as mailbox:
        await notifier(mailbox, security="starttls", user="xiangqiao", **RIGHT).send(NOTICE)
        with pytest.raises(NoticeDelayed):
            await notifier(mailbox, security="starttls", user="xiangqiao", **WRONG).send(NOTICE)
    assert len(mailbox.received) == 1
    assert mailbox.signed_in[0].endswith(" xiangqiao right")


async def test_a_server_that_cannot_prove_who_it_is_is_told_nothing(certificate: Path) -> None:
    async with taking_mail(tls_context=served(certificate)) as mailbox:
        for security in ("starttls", "tls"):
            with pytest.raises(NoticeDelayed):
                await notifier(mailbox, security=security, user="xiangqiao", **RIGHT).send(NOTICE)
    assert (mailbox.received, mailbox.signed_in) == ([], [])
