"""Where webhooks may go is decided by what an address is, however it is spelt."""

from ipaddress import IPv4Network, IPv6Network, ip_address

import pytest

from services.matching.subscriptions.models import Destinations
from shared.contracts.codes import Role
from shared.testing import Call
from tests.matching.subscriptions.conftest import SetSettings

PATH = "/matching/v1/subscriptions"
OFFICES = Destinations([IPv6Network("fd12::/16"), IPv4Network("10.0.0.0/8")], [443, 8443], [80, 443, 8080])
THE_MACHINE_ITSELF = [
    "127.0.0.1", "127.8.9.1", "2130706433", "0x7f000001", "017700000001", "0x7f.0.0.1", "0177.0.0.1", "127.1",
    "127.0.1", "0", "0.0.0.0", "00000.0.0.1", "127.0.0.1.", "%31%32%37.0.0.1",  # noqa: S104
    "１２７.０.０.１", "127。0。0。1", "①②⑦.⓪.⓪.①",
    "[::]", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]",
    "127.0.0.1\\@receiver.example",
]  # fmt: skip
WITHIN = [
    "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "192.0.0.8", "198.18.0.1", "240.0.0.1", "255.255.255.255",
    "[fd00::1]", "[fe80::1]", "[fec0::1]", "[ff02::1]", "[::ffff:10.1.2.3]", "[64:ff9b::a01:203]", "224.0.0.1",
]  # fmt: skip
OF_A_CLOUD = [
    "169.254.169.254",
    "0xa9fea9fe",
    "[::ffff:a9fe:a9fe]",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "[fd00:ec2::254]",
]


@pytest.mark.parametrize("host", THE_MACHINE_ITSELF + WITHIN + OF_A_CLOUD)
async def test_an_inner_address_is_refused_in_every_spelling(call: Call, host: str) -> None:
    body = {"endpoint": f"https://{host}/hook", "event_types": ["matching.pairing.*"]}
    refused = await call(Role.PROVINCIAL_OFFICER).post(PATH, json=body)
    assert (refused.status_code, refused.json()["type"]) == (422, "/matching/problems/endpoint-not-allowed")


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://receiver.example@127.0.0.1/",  # pragma: allowlist secret
        "https://127.0.0.1%00.example/",
        "https://[fe80::1%25eth0]/",
        "https://127.0.0.1:443:80/",
        "https://256.1/",
        "https://4294967296/",
        "https://receiver.example:65536/",
        "file:///etc/passwd",
        "gopher://receiver.example/",
    ],
)
async def test_what_two_readers_could_read_differently_is_no_endpoint(call: Call, endpoint: str) -> None:
    body = {"endpoint": endpoint, "event_types": ["matching.pairing.*"]}
    refused = await call(Role.PROVINCIAL_OFFICER).post(PATH, json=body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/endpoint")


@pytest.mark.parametrize(
    ("endpoint", "allowed", "status"),
    [
        ("https://receiver.example/", [], 201),
        ("https://receiver.example:8443/", [], 201),
        ("https://receiver.example:22/", [], 422),
        ("https://receiver.example:0/", [], 422),
        ("https://8.8.8.8/", [], 201),
        ("https://8.8.8.8:6379/", [], 422),
        ("http://receiver.example/", [], 422),
        ("http://8.8.8.8/", [], 422),
        ("https://10.1.2.3/", ["10.0.0.0/8"], 201),
        ("http://10.1.2.3:8080/", ["10.0.0.0/8"], 201),
        ("http://172.16.0.1/", ["10.0.0.0/8"], 422),
        ("http://receiver.gov.example:8080/", ["10.0.0.0/8"], 201),
    ],
)
async def test_an_endpoint_is_public_and_https_or_in_an_allowed_network(
    call: Call, set_settings: SetSettings, endpoint: str, allowed: list[str], status: int
) -> None:
    set_settings(push_allowed_networks=[IPv4Network(network) for network in allowed])
    body = {"endpoint": endpoint, "event_types": ["matching.pairing.*"]}
    answer = await call(Role.PROVINCIAL_OFFICER).post(PATH, json=body)
    assert answer.status_code == status
    if status == 422:
        assert answer.json()["type"] == "/matching/problems/endpoint-not-allowed"


@pytest.mark.parametrize(
    ("address", "scheme", "port", "expected"),
    [
        ("2606:4700::1111", "https", 443, True),
        ("2606:4700::1111", "https", 25, False),
        ("2606:4700::1111", "http", 443, False),
        ("64:ff9b::808:808", "https", 443, True),
        ("64:ff9b:1::808:808", "https", 443, False),
        ("fd12::1", "http", 80, True),
        ("fd12::1", "http", 6379, False),
        ("fd13::1", "https", 443, False),
        ("10.1.2.3", "http", 8080, True),
        ("10.1.2.3", "http", 22, False),
        ("::ffff:10.1.2.3", "https", 443, False),
        ("64:ff9b::a01:203", "https", 443, False),
        ("::8.8.8.8", "https", 443, False),
        ("::ffff:8.8.8.8", "https", 443, False),
        ("::ffff:0:8.8.8.8", "https", 443, False),
        ("2002:808:808::1", "https", 443, False),
        ("2001:0:808:808::1", "https", 443, False),
        ("5f00::1", "https", 443, False),
        ("3fff::1", "https", 443, False),
        ("192.88.99.1", "https", 443, False),
    ],
)
def test_an_address_is_judged_by_what_it_leads_to(address: str, scheme: str, port: int, expected: bool) -> None:
    assert OFFICES.admits(ip_address(address), port, scheme=scheme) is expected
