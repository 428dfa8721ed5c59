"""How often one client may ask: a bucket of requests for each address, which fills again all the time."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import ip_address
from math import ceil

from inkdigit.errors import RateError

_MOST_CLIENTS = 50_000  # that are remembered; of more, those are forgotten that asked longest ago
_NETWORK = 64  # bits of an IPv6 address: whoever has one has all the others of its network


class Rate:
    """Lets every client ask so many times a minute, all at once or one after the other.

    Args:
        most: requests a minute of one client; 0: as many as it wants.
        clock: seconds that only grow.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # what is left, and at what time

    def error(self, client: str) -> RateError | None:
        """Takes one request out of a client's bucket; why it cannot, where it is empty."""
        if not self._most:
            return None
        name, now, each = _network(client), self._clock(), self._most / 60
        left, then = self._buckets.pop(name, (float(self._most), now))
        left = min(float(self._most), left + (now - then) * each)
        self._buckets[name] = (max(left - 1, 0.0) if left >= 1 else left, now)
        if len(self._buckets) > _MOST_CLIENTS:
            self._buckets.popitem(last=False)
        if left >= 1:
            return None
        seconds = ceil((1 - left) / each)
        wanted = f"at most {self._most:,} requests a minute"
        return RateError(wanted, "more", f"Send it again in {seconds} s", seconds)


def _network(client: str) -> str:
    """ "203.0.113.7" as it is, "2001:db8::1" as the network that one person has."""
    try:
        address = ip_address(client.partition("%")[0])
    except ValueError:
        return client
    if address.version == 4:
        return client
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped) if mapped else str(int(address) >> (128 - _NETWORK))
