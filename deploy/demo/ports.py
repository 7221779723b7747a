"""The port of the demo's subscriber: the same at every start, so that what waits for it still finds it."""

import random
from pathlib import Path

from deploy.demo.keeping import Kept
from shared.processes import PortTaken, require_free_port

BELOW_EPHEMERAL = range(20_000, 32_000)
"""Where the system takes no port by itself for the connection of another program."""


def settle_subscriber_port(folder: Path, host: str) -> int:
    """
    Return the port, chosen at the first start.

    :raises PortTaken: if another program has it now
    """
    known = Kept(folder / "demo-port.json")
    if "subscriber" in known.values:
        port = int(known.values["subscriber"])
        require_free_port(host, port)
        return port
    for port in random.sample(BELOW_EPHEMERAL, 50):
        try:
            require_free_port(host, port)
        except PortTaken:
            continue
        known.put("subscriber", port)
        return port
    raise PortTaken(port)
