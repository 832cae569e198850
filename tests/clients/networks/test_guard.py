import socket

import pytest

from clients.networks import guard
from clients.networks import http as calls
from clients.networks.types import NetworkError, NotSent, Refused

INNER = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.1.2.3",
    "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.170", "192.0.2.1",
    "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.7",
    "224.0.0.1", "224.0.1.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:0.0.0.0", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
    "::ffff:192.168.1.1", "::ffff:7f00:1", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1", "64:ff9b:1::127.0.0.1", "100::1", "2001::1", "2001:0:7f00:1::", "2001:2::1", "2001:10::1",
    "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "3fff::1", "4000::1", "5f00::1", "fc00::1",
    "fd00::1", "fd12:3456:789a::1", "fe80::1", "fe80::1%1", "fec0::1", "ff02::1", "ff0e::1",
]  # fmt: skip
OUTER = [
    "1.1.1.1", "8.8.8.8", "9.9.9.9", "93.184.215.14", "100.63.255.255", "100.128.0.1", "172.15.255.255", "172.32.0.1",
    "192.0.1.1", "192.167.255.255", "198.17.255.255", "223.255.255.254", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
    "2001:4860:4860::8888", "2606:4700:4700::1111", "2a00:1450:4001:827::2004",
]  # fmt: skip
# Ways to write an inner address that a look-up understands.
WRITTEN = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7f.1", "0177.0.0.1", "017700000001",
    "127.0.0.1.", "0", "0.0.0.0", "localhost", "LOCALHOST", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[fe80::1]", "[fd00::1]", "169.254.169.254", "0xa9fea9fe", "2852039166",
    "10.1", "192.168.257", "[2002:7f00:1::]", "[2001:db8::1]", "１２７.０.０.１",
]  # fmt: skip


@pytest.mark.parametrize("address", INNER)
def test_inner_address_is_not_public(address):
    assert guard.public(address) is False


@pytest.mark.parametrize("address", OUTER)
def test_outer_address_is_public(address):
    assert guard.public(address) is True


@pytest.fixture
def inner():
    """A listener of our own network on every address, to which nothing may connect, and its port."""
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as listener:
        listener.settimeout(0.05)
        yield listener


def came(listener) -> bool:
    try:
        listener.accept()[0].close()
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", WRITTEN)
def test_nothing_connects_inwards_from_a_typed_in_address(inner, host, scheme):
    with pytest.raises(NetworkError) as info:
        calls.read(f"{scheme}://{host}:{inner.getsockname()[1]}/")

    assert came(inner) is False
    assert type(info.value) in (Refused, NotSent)  # NotSent where this machine's look-up does not know the notation


def test_refusal_says_what_is_wrong(inner):
    with pytest.raises(Refused) as info:
        calls.write(f"http://localhost:{inner.getsockname()[1]}/", payload={})

    assert str(info.value) == "the address does not lead to the public internet"


@pytest.fixture
def names(monkeypatch):
    """Names that lead to other addresses each time they are looked up, and how often they were."""
    real, asked = socket.getaddrinfo, []

    def look_up(host, port, *args, **more):
        if host != "changing.example":
            return real(host, port, *args, **more)
        asked.append(host)
        found = look_up.answers.pop(0)
        return [entry for address in found for entry in real(address, port, type=socket.SOCK_STREAM)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    look_up.asked = asked
    return look_up


def test_name_is_looked_up_once_so_that_it_cannot_change_between(inner, names):
    """The first answer is checked and connected to, in vain; the second one would lead inwards."""
    names.answers = [["1.2.3.4"], ["127.0.0.1"]]

    with pytest.raises(NetworkError), calls.within(2):
        calls.read(f"http://changing.example:{inner.getsockname()[1]}/")

    assert (came(inner), names.asked) == (False, ["changing.example"])


def test_one_inner_address_among_others_is_enough_to_refuse(inner, names):
    names.answers = [["93.184.215.14", "127.0.0.1"]]

    with pytest.raises(Refused):
        calls.read(f"http://changing.example:{inner.getsockname()[1]}/")

    assert came(inner) is False


def test_redirect_inwards_is_not_followed(inner, odd):
    port = inner.getsockname()[1]
    network = odd(f"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:{port}/\r\nContent-Length: 0\r\n\r\n".encode())

    with pytest.raises(Refused):
        calls.read(network.url, trusted=True)

    assert came(inner) is False


def test_trusted_address_may_lead_inwards(inner):
    with pytest.raises(NetworkError), calls.within(1.2):
        calls.read(f"http://127.0.0.1:{inner.getsockname()[1]}/", trusted=True)

    assert came(inner) is True
