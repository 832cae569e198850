"""The connector against a real IMAP and a real SMTP server."""

import email
import email.policy
from dataclasses import replace
from email.message import EmailMessage

import pytest

from clients.networks import mail
from clients.networks.types import NetworkError, NotSent, Refused, Unauthorized, Unknown
from tests.peers import mail as peer

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(peer.missing()), reason=peer.missing())]
numbers = iter(range(1, 1_000))


@pytest.fixture(scope="module")
def town():
    with peer.running() as running:
        yield running


@pytest.fixture
def account(town):
    """A mailbox that nobody else uses."""
    town.taken.clear()
    yield town.account(f"info{next(numbers)}")
    town.answer, town.dropped = "", False


def letter(text="Habt ihr Sonntag offen?", id="", **headers) -> EmailMessage:
    made = EmailMessage()
    given = {"From": "Carla Kündin <Carla@people.example>", "Subject": "Öffnungszeiten"} | headers
    for name, value in given.items():
        made[name.replace("_", "-")] = value
    made["Message-ID"] = f"<{id or f'm{next(numbers)}@people.example'}>"
    made.set_content(text)
    return made


def everything(account) -> tuple[list, str]:
    items, cursor, more = [], "", True
    while more:
        page = mail.poll(account, cursor)
        items, cursor, more = items + page.items, page.cursor, page.more
    return items, cursor


def test_mail_arrives_once_with_subject_and_words(town, account):
    town.arrive(account, letter(id="a1@people.example"))

    items, cursor = everything(account)

    (item,) = items
    assert (item.external_id, item.thread_id, item.direction, item.kind) == ("a1@people.example",) * 2 + ("in", "message")
    assert (item.author.id, item.author.name, item.author.bot) == ("carla@people.example", "Carla Kündin", False)
    assert item.text == "Öffnungszeiten\n\nHabt ihr Sonntag offen?"
    assert mail.poll(account, cursor).items == []


def test_answer_goes_to_who_wrote_and_stays_in_the_thread(town, account):
    town.arrive(account, letter(id="b1@people.example", References="<b0@people.example>"))
    (asked,), cursor = everything(account)

    made = mail.reply(account, asked.thread_id, asked.external_id, "Ja, bis elf. 😀\n.\nGruß", "key-1")

    ((recipient, content),) = town.taken
    sent = email.message_from_bytes(content, policy=email.policy.default)
    assert (recipient, sent["To"], sent["From"]) == ("carla@people.example", "carla@people.example", account.account)
    assert (sent["Subject"], sent["In-Reply-To"]) == ("Re: Öffnungszeiten", "<b1@people.example>")
    assert (sent["References"], sent["Message-ID"]) == (
        "<b0@people.example> <b1@people.example>", f"<{made.external_id}>",
    )  # fmt: skip
    assert sent.get_content().replace("\r\n", "\n") == "Ja, bis elf. 😀\n.\nGruß\n"
    (own,) = mail.poll(account, cursor).items
    assert (own.external_id, own.direction, own.thread_id, own.parent_id, own.text) == (
        made.external_id, "out", asked.thread_id, "b1@people.example", "Ja, bis elf. 😀\n.\nGruß",
    )  # fmt: skip


def test_answer_to_the_answer_stays_in_the_thread(town, account):
    town.arrive(account, letter(id="c1@people.example"))
    (asked,), cursor = everything(account)
    made = mail.reply(account, asked.thread_id, asked.external_id, "Ja", "key-2")
    quote = "Danke!\n\nAm Mittwoch, 25. November 2026 schrieb Bakery:\n> Ja\n"
    town.arrive(account, letter(quote, Subject="Re: Öffnungszeiten", References=f"<c1@people.example> <{made.external_id}>"))

    again = [item for item in mail.poll(account, cursor).items if item.direction == "in"]

    assert [(item.thread_id, item.parent_id, item.text) for item in again] == [
        ("c1@people.example", made.external_id, "Danke!")
    ]


def test_answer_is_found_by_its_key_and_no_other(town, account):
    town.arrive(account, letter(id="d1@people.example"))
    made = mail.reply(account, "d1@people.example", "d1@people.example", "Ja", "key-3")

    found = mail.find_reply(account, "d1@people.example", "key-3")

    assert found.external_id == made.external_id
    assert mail.find_reply(account, "d1@people.example", "key-4") is None
    assert mail.find_reply(account, "d1@people.example", "key") is None


def test_mail_that_was_filed_away_can_be_answered(town, account):
    everything(account)
    town.arrive(account, letter(id="e1@people.example"), folder="Archiv")

    mail.reply(account, "e1@people.example", "e1@people.example", "Ja", "key-5")

    assert [recipient for recipient, _ in town.taken] == ["carla@people.example"]


def test_mail_that_is_gone_cannot_be_answered(town, account):
    with pytest.raises(Refused):
        mail.reply(account, "f1@people.example", "f1@people.example", "Ja", "key-6")

    assert town.taken == []


def test_answer_written_elsewhere_counts_and_a_new_mail_does_not(town, account):
    everything(account)
    own = {"From": account.account}
    town.arrive(account, letter("Ja!", id="g2@bakery.example", In_Reply_To="<g1@people.example>", **own), "Gesendet")
    town.arrive(account, letter("Angebot?", id="g3@bakery.example", **own), "Gesendet")

    items, _ = everything(account)

    assert [(item.external_id, item.direction, item.thread_id) for item in items] == [
        ("g2@bakery.example", "out", "g1@people.example")
    ]


def test_form_of_the_homepage_is_answered_to_the_customer(town, account):
    town.arrive(account, letter(id="h1@bakery.example", From=account.account, Reply_To="Karl <karl@people.example>"))
    (item,), _ = everything(account)

    mail.reply(account, item.thread_id, item.external_id, "Gern", "key-7")

    assert (item.direction, item.author.id, item.author.name) == ("in", "karl@people.example", "Karl")
    assert town.taken[0][0] == "karl@people.example"


def test_all_mails_come_page_by_page(town, account, monkeypatch):
    monkeypatch.setattr(mail, "PAGE_ITEMS", 3)
    for place in range(8):
        town.arrive(account, letter(f"Frage {place}", id=f"i{place}.{account.account}"))

    items, cursor = everything(account)

    assert sorted(item.external_id for item in items) == [f"i{place}.{account.account}" for place in range(8)]
    assert mail.poll(account, cursor).items == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [("451 later", NotSent), ("452 full", NotSent), ("550 unwanted", Refused), ("554 spam", Refused)],
)
def test_what_the_server_says_has_its_class(town, account, answer, error):
    town.arrive(account, letter(id=f"{error.__name__}{answer[:3]}@people.example"))
    town.answer = answer

    with pytest.raises(NetworkError) as info:
        mail.reply(account, "x", f"{error.__name__}{answer[:3]}@people.example", "Ja", "key-8")

    assert type(info.value) is error
    assert mail.find_reply(account, "x", "key-8") is None


def test_lost_answer_is_unknown(town, account):
    town.arrive(account, letter(id="j1@people.example"))
    town.dropped = True

    with pytest.raises(Unknown):
        mail.reply(account, "j1@people.example", "j1@people.example", "Ja", "key-9")

    assert len(town.taken) == 1


def test_wrong_password_needs_attention_and_stays_here(town, account):
    wrong = replace(account, secret=account.secret | {"password": "falsch-4711"})
    town.arrive(account, letter(id="k1@people.example"))

    for call in (lambda: mail.poll(wrong, ""), lambda: mail.send(wrong, "a@b.example", "c@d.example", b"x")):
        with pytest.raises(Unauthorized) as info:
            call()
        assert "falsch-4711" not in str(info.value)


def test_server_that_is_down_was_not_sent_to(account):
    away = replace(account, url="imap://127.0.0.1:9", secret=account.secret | {"smtp": "smtp://127.0.0.1:9"})

    for call in (lambda: mail.poll(away, ""), lambda: mail.send(away, "a@b.example", "c@d.example", b"x")):
        with pytest.raises(NotSent):
            call()


@pytest.mark.parametrize("secret", [{}, {"smtp": "smtp://127.0.0.1:25"}])
def test_untrusted_address_is_never_called_inwards(account, secret):
    stranger = replace(account, trusted=False, secret=secret | {"password": "p"})

    with pytest.raises(Refused):
        mail.poll(stranger, "")
    with pytest.raises(Refused):
        mail.send(stranger, "a@b.example", "c@d.example", b"x")


def test_long_mail_is_read_at_its_beginning(town, account):
    made = letter("Kurz gesagt: ja.\n" * 5)
    made.add_attachment(b"x" * 2_000_000, maintype="application", subtype="octet-stream", filename="a.bin")
    town.arrive(account, made)

    (item,), _ = everything(account)

    assert item.text.startswith("Öffnungszeiten\n\nKurz gesagt: ja.")
