"""Feeds as sites write them, and as nobody should."""

from datetime import UTC, datetime

import pytest

from clients.networks import feed
from clients.networks.types import Account, NetworkError, NotSent, Refused, Unknown
from tests.clients.networks.odd import answer

RSS = """<rss version="2.0"><channel><title>Bakery</title><item><title>{title}</title><link>{link}</link>
<description>{text}</description>{more}</item></channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Bakery</title><entry><id>tag:bakery,1</id>
<title>Brot &amp; Salz</title><link href="https://bakery.example/1"/><updated>2026-11-25T09:00:00+01:00</updated>
<summary>Kurz</summary><content type="html">&lt;p&gt;Eins&lt;/p&gt;&lt;p&gt;Zwei&lt;/p&gt;</content></entry></feed>"""


@pytest.fixture
def read(odd):
    """A function that reads a feed of these bytes."""
    return lambda content, mime="application/xml": feed.entries(
        Account(odd(answer("200 OK", content, f"Content-Type: {mime}")).url, "")
    )


def rss(title="Neu", link="https://bakery.example/1", text="Hallo", more=""):
    return RSS.format(title=title, link=link, text=text, more=more).encode()


def test_atom_is_read(read):
    (entry,) = read(ATOM)

    assert (entry.id, entry.title, entry.text) == ("tag:bakery,1", "Brot & Salz", "Eins\n\nZwei")
    assert (entry.link, entry.at) == ("https://bakery.example/1", datetime(2026, 11, 25, 8, tzinfo=UTC))


def test_rss_without_a_date_has_none(read):
    (entry,) = read(rss())

    assert (entry.id, entry.title, entry.text, entry.at) == ("https://bakery.example/1", "Neu", "Hallo", None)


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "utf-16"])
def test_encoding_is_the_one_it_names(read, encoding):
    whole = (f'<?xml version="1.0" encoding="{encoding}"?>' + rss("Größe").decode()).encode(encoding)

    assert read(whole)[0].title == "Größe"


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "http://[::1", ""])
def test_link_that_is_no_address_is_left_out(read, link):
    assert read(rss(link=link))[0].link == ""


def test_scripts_are_no_text(read):
    (entry,) = read(rss("&lt;b&gt;Neu&lt;/b&gt;&lt;script&gt;alert(1)&lt;/script&gt;", text="&lt;img src=x onerror=alert(1)&gt;Da"))

    assert (entry.title, entry.text) == ("Neu", "Da")


def test_only_the_first_entries_are_read(read):
    item = "<item><title>x</title></item>"

    assert len(read(f'<rss version="2.0"><channel>{item * 150}</channel></rss>'.encode())) == feed.MOST


@pytest.mark.parametrize(
    "content",
    [
        b"", b"<html><body>Hallo</body></html>", b"{}", b"/etc/passwd", b"http://127.0.0.1/", b"\xff\xfe\x00", b"<" * 10_000,
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss version="2.0"/>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss version="2.0"/>'.encode("utf-16"),
    ],
)  # fmt: skip
def test_what_is_no_feed_is_refused(read, content):
    with pytest.raises(Refused):
        read(content)


def test_feed_too_large_is_refused(read):
    with pytest.raises(Refused):
        read(rss(text="x" * feed.LARGEST))


@pytest.mark.parametrize(
    ("reply", "error", "said"),
    [
        (answer("404 Not Found"), Refused, "404 Not Found"),
        (answer("301 Moved", b"", "Location: https://www.bakery.example/feed/"), Refused, "301 moved to https://www.bakery.example/feed/"),
        (answer("503 Broken"), Unknown, None),
        (b"", Unknown, None),
    ],
)
def test_site_that_does_not_answer_has_its_class(odd, reply, error, said):
    with pytest.raises(NetworkError) as info:
        feed.entries(Account(odd(reply).url, ""))

    assert (type(info.value), said is None or str(info.value) == said) == (error, True)


def test_site_that_is_down_is_told(odd):
    with pytest.raises(NotSent):
        feed.entries(Account("http://127.0.0.1:9", ""))
