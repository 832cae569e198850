"""What a mail says, from its bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.networks import mail_text


def mail(body="Hallo", *headers, mime="text/plain; charset=utf-8"):
    lines = ["From: Carla <carla@people.example>", *headers, f"Content-Type: {mime}", "", body]
    return mail_text.read("\r\n".join(lines).encode())


@pytest.mark.parametrize(
    ("headers", "thread"),
    [
        (("Message-ID: <a@x>",), "a@x"),
        (("Message-ID: <a@x>", "In-Reply-To: <b@x>"), "b@x"),
        (("Message-ID: <a@x>", "In-Reply-To: <b@x>", "References: <c@x> <b@x>"), "c@x"),
        (("Message-ID: <a@x>", "References: <c@x>\r\n\t<b@x>"), "c@x"),
        (("Message-ID: <a@x>", "References: nonsense"), "a@x"),
        ((), ""),
    ],
)
def test_thread_is_the_first_mail_it_refers_to(headers, thread):
    assert mail("Hallo", *headers).thread == thread


@pytest.mark.parametrize(
    ("header", "automatic"),
    [
        ("Auto-Submitted: auto-replied", True),
        ("Auto-Submitted: auto-generated; x=y", True),
        ("Auto-Submitted: no", False),
        ("Precedence: bulk", True),
        ("Precedence: first-class", False),
        ("List-Unsubscribe: <https://x.example>", True),
        ("Return-Path: <>", True),
        ("Return-Path: <carla@people.example>", False),
        ("X-Mailer: Thunderbird", False),
    ],
)
def test_what_no_person_wrote_is_automatic(header, automatic):
    assert mail("Hallo", header).automatic is automatic


@pytest.mark.parametrize("sender", ["noreply@shop.example", "no-reply@shop.example", "MAILER-DAEMON@mail.example"])
def test_sender_that_nobody_reads_is_automatic(sender):
    assert mail_text.read(f"From: {sender}\r\n\r\nHallo".encode()).automatic is True


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Ja.\n\nAm 25.11.26 um 9:00 schrieb Bakery <info@bakery.example>:\n> Offen?\n", "Ja."),
        ("Ja.\n\nAm Mittwoch, 25. November 2026 um 09:00 Uhr schrieb Bakery\n<info@bakery.example>:\n\n> Offen?", "Ja."),
        ("Yes.\n\nOn Wed, Nov 25, 2026 at 9:00 AM Bakery <info@bakery.example> wrote:\n> Open?", "Yes."),
        ("Ja.\n-----Ursprüngliche Nachricht-----\nVon: Bakery\nOffen?", "Ja."),
        ("Ja.\n\n________________________________\nVon: Bakery\nGesendet: Mittwoch\nOffen?", "Ja."),
        ("Ja.\n\nVon: Bakery <info@bakery.example>\nGesendet: Mittwoch, 25. November\nAn: Carla\n\nOffen?", "Ja."),
        ("Ja.\n> Offen?\n", "Ja."),
        ("> Offen?\nJa.", "> Offen?\nJa."),
        ("Von: Berlin nach Hamburg geliefert, bitte!", "Von: Berlin nach Hamburg geliefert, bitte!"),
        ("Am Montag schrieb ich euch: warum keine Antwort?", "Am Montag schrieb ich euch: warum keine Antwort?"),
        ("> alles zitiert", "> alles zitiert"),
        ("", ""),
    ],
)
def test_what_is_quoted_is_left_out(text, said):
    assert mail_text.unquoted(text) == said


def test_html_becomes_text():
    html = "<html><head><title>x</title><style>p {}</style><body><p>Habt ihr&nbsp;<b>auf</b>?</p><script>alert(1)</script>"

    assert mail(html, mime="text/html; charset=utf-8").text == "Habt ihr auf?"


def test_plain_part_goes_before_the_html():
    parts = "--x\r\nContent-Type: text/html\r\n\r\n<p>HTML</p>\r\n--x\r\nContent-Type: text/plain\r\n\r\nText\r\n--x--\r\n"

    assert mail(parts, mime='multipart/alternative; boundary="x"').text == "Text"


def test_end_that_is_missing_does_no_harm():
    parts = "--x\r\nContent-Type: text/plain\r\n\r\nText\r\n--x\r\nContent-Type: image/png\r\nContent-Transfer-Enc"

    assert mail(parts, mime='multipart/mixed; boundary="x"').text == "Text"


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "klingon", "utf-16"])
def test_charset_that_is_wrong_or_unknown_is_read_all_the_same(charset):
    assert isinstance(mail("Größe", mime=f"text/plain; charset={charset}").text, str)


def test_answer_goes_to_one_address_only():
    found = mail("Hallo", "Reply-To: Karl <Karl@people.example>, many@people.example")

    assert (found.address, found.sender, found.name) == ("karl@people.example", "carla@people.example", "Karl")


@pytest.mark.parametrize(
    "line", ["From: <>", "From: a b c", "From: =?utf-8?q?=", "From: x@y\x00z", "Subject: =?x?y?z?=", "References: " + "<" * 5_000]
)
def test_odd_header_does_no_harm(line):
    assert isinstance(mail_text.read(f"{line}\r\n\r\nHallo".encode()), mail_text.Mail)


@given(st.binary(max_size=2_000))
def test_any_bytes_are_a_mail(raw):
    assert len(mail_text.read(raw).text) <= mail_text.LONGEST


@given(st.text(st.sampled_from("<>:\r\n \t=?;\"@a-_FromSubject"), max_size=400))
def test_any_header_is_read(head):
    assert isinstance(mail_text.read(f"{head}\r\n\r\nHallo".encode()).name, str)
