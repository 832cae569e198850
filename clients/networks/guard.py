"""Keeps calls to addresses that somebody typed in out of our own network: looked up once, checked, then used."""

import ipaddress
import socket
import time

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

NAT64 = ipaddress.ip_network("64:ff9b::/96")
GLOBAL = ipaddress.ip_network("2000::/3")
# Tunnels to other addresses, and blocks that older versions of Python take for public ones.
SPECIAL = tuple(
    ipaddress.ip_network(block) for block in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20")
)


class Inside(Exception):
    """The name leads to an address that is not on the public internet."""


def public(address: str) -> bool:
    """Whether a numeric IP address is one of the public internet, seen through the ways to write an IPv4 in an IPv6."""
    ip = ipaddress.ip_address(address)
    if ip.version == 6 and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    elif ip in NAT64:
        ip = ipaddress.ip_address(ip.packed[-4:])
    if any(ip in block for block in SPECIAL) or (ip.version == 6 and ip not in GLOBAL):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved)


def connect(host: str, port: int, timeout: float) -> socket.socket:
    """A connection to one of the host's addresses, within `timeout` seconds. Raises Inside where any is not public."""
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    if not all(public(place[0]) for *_, place in found):
        raise Inside(host)
    deadline, last = time.monotonic() + timeout, OSError("the name has no address")
    for family, kind, protocol, _, place in found:
        try:
            return _connected(socket.socket(family, kind, protocol), place, deadline - time.monotonic())
        except OSError as error:
            last = error
    raise last


def _connected(line: socket.socket, place: tuple, seconds: float) -> socket.socket:
    try:
        if seconds <= 0:
            raise TimeoutError("no address answered in time")
        line.settimeout(seconds)
        line.connect(place)
    except OSError:
        line.close()
        raise
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


class _Guarded:
    """Opens connections with `connect` and tells failures in urllib3's words."""

    def _new_conn(self) -> socket.socket:
        try:
            return connect(self._dns_host, self.port, self.timeout)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "no connection in time") from error
        except OSError as error:
            raise NewConnectionError(self, str(error)) from error


class _HTTP(_Guarded, HTTPConnection):
    pass


class _HTTPS(_Guarded, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _HTTP


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _HTTPS


class Adapter(HTTPAdapter):
    """For a session whose every connection is checked."""

    def init_poolmanager(self, *args, **more) -> None:
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
