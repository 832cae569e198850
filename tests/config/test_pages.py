import gettext
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core.management import call_command
from django.test import Client as Browser
from django.utils import timezone, translation
from django.utils.translation.template import templatize

from agency import guesses
from agency.models import Session
from agency.views.words import span
from clients import directory, scope
from feedback.models import Conversation
from tests import factories

PASSWORD = "long enough 4711"

LOCALE = Path(configured.ROOT) / "config" / "locale"


@pytest.fixture
def pub(db):
    """The only client of another agency."""
    return factories.client(factories.agency("rival"), "pub")


@pytest.fixture(autouse=True)
def alone(settings):
    """Guesses are counted in this process only."""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    guesses._alone.clear()


def waiting(client, minutes: int, number: int = 1) -> None:
    """A conversation whose promise is due in so many minutes."""
    with scope.scope({client.id}):
        channel = client.channels.first() or directory.add_channel(
            client=client, slug="desk", name="Desk", network="manual", actor=None
        )
        Conversation.objects.create(
            client=client,
            agency=client.agency,
            channel=channel,
            thread_id=f"t{number}",
            due_at=timezone.now() + timedelta(minutes=minutes, seconds=30),
        )


@pytest.mark.parametrize("address", ["/sign-in/", "/imprint/", "/privacy/", "/nothing/"])
def test_public_pages_are_german_by_default_and_english_on_demand(db, client, address):
    german = client.get(address).content.decode()
    english = client.get(address, HTTP_ACCEPT_LANGUAGE="en").content.decode()

    assert ('<html lang="de">' in german, "Impressum" in german, "Datenschutz" in german) == (True, True, True)
    assert ('<html lang="en">' in english, "Imprint" in english, "Impressum" in english) == (True, True, False)


@pytest.mark.parametrize("address", ["/sign-in/", "/imprint/", "/api/docs/", "/api/redoc/"])
def test_no_page_loads_anything_from_others_or_runs_inline_scripts(db, client, address):
    answer = client.get(address)

    text = answer.content.decode()
    policy = answer["Content-Security-Policy"]
    assert re.findall(r'(?:src|href)="(?:https?:)?//', text) == []
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) + re.findall(r'\bon\w+="|style="', text) == []
    assert ("script-src 'self';" in policy + ";", "unsafe-eval" in policy) == (True, False)


def test_the_home_page_needs_a_signed_in_member(cast, client):
    stranger = Browser()
    stranger.force_login(cast.zoe)

    assert client.get("/").headers["Location"] == "/sign-in/?next=/"
    assert stranger.get("/").status_code == 403


def test_the_home_page_shows_how_the_clients_stand(cast, client):
    waiting(cast.bakery, -5, 1)
    waiting(cast.bakery, 42, 2)
    client.force_login(cast.sam)

    answer = client.get("/")

    rows = [(row["client"].slug, row["open"], row["overdue"], row["left"]) for row in answer.context["rows"]]
    assert rows == [("bakery", 2, 1, "noch 42 Minuten"), ("florist", 0, 0, None)]


def test_the_home_page_shows_nothing_of_others(cast, client, pub):
    waiting(cast.bakery, 5)
    waiting(pub, 5)
    client.force_login(cast.flo)

    text = client.get("/", follow=True).content.decode()

    assert ("Florist" in text, "Bakery" in text, "Pub" in text) == (True, False, False)


def test_signing_in_starts_a_new_session_and_signing_out_ends_it(cast, client):
    client.get("/sign-in/")
    client.session.save()
    before = client.session.session_key

    signed = client.post("/sign-in/", {"username": " Olga@Nord.example", "password": PASSWORD})
    after = client.cookies["session"].value

    assert (signed.status_code, signed.headers["Location"], before == after) == (302, "/", False)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").headers["Location"] == "/sign-in/"
    assert Session.objects.filter(session_key=after).exists() is False


def test_known_and_unknown_accounts_are_answered_alike(cast):
    texts = []
    for email in ("olga@nord.example", "xlga@nord.example"):
        answer = Browser().post("/sign-in/", {"username": email, "password": "wrong"})
        text = re.sub(r'value="[^"]{64}"', "", answer.content.decode()).replace(email, "")
        texts.append((answer.status_code, text))

    assert texts[0] == texts[1]


def test_guessing_is_stopped_for_known_and_unknown_accounts(cast):
    wrong = {
        email: [Browser().post("/sign-in/", {"username": email, "password": "x"}).status_code for _ in range(22)]
        for email in ("olga@nord.example", "nobody@nord.example")
    }

    right = Browser().post("/sign-in/", {"username": "olga@nord.example", "password": PASSWORD})
    assert wrong == {email: [200] * 20 + [429] * 2 for email in wrong}
    assert (right.status_code, int(right["Retry-After"]) > 60) == (429, True)


@pytest.mark.parametrize(("number", "seconds"), [(1, 0), (4, 0), (5, 1), (8, 8), (13, 256), (14, 300), (99, 300)])
def test_guesses_become_slower(number, seconds):
    assert guesses.pause(number) == seconds


def test_signing_in_never_leaves_the_site(cast, client):
    body = {"username": cast.olga.email, "password": PASSWORD, "next": "https://evil.example/"}

    assert client.post("/sign-in/", body).headers["Location"] == "/"


@pytest.mark.parametrize("field", ["username", "password"])
def test_odd_sign_ins_are_no_error_of_ours(cast, client, field):
    odd = ["\0", "x" * 10_000, "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), ""]
    body = {"username": cast.olga.email, "password": "x"}

    assert {client.post("/sign-in/", body | {field: text}).status_code for text in odd} == {200}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1, "1 Sekunde"), (119, "1 Minute"), (7_200, "2 Stunden"), (90_000, "25 Stunden"), (180_000, "2 Tage")],
)
def test_a_span_is_told_in_one_unit(seconds, text):
    with translation.override("de"):
        told = span(seconds)

    assert told == text


def test_the_schema_is_complete_and_without_warnings(tmp_path):
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yaml"))


def test_every_text_has_a_german_one():
    known = german()
    texts = set().union(*(texts_of(path) for path in sources()))

    assert sorted(text for text in texts if not known.get(text)) == []


def test_the_compiled_texts_are_those_of_the_source():
    compiled = gettext.GNUTranslations((LOCALE / "de" / "LC_MESSAGES" / "django.mo").open("rb"))

    def told(text):
        one = compiled.ngettext(text, text, 1)  # texts with a plural are found by this alone before Python 3.11.7
        return one if one != text else compiled.gettext(text)

    assert {text: told(text) for text in german()} == german()


def test_no_german_text_is_only_a_guess():
    source = (LOCALE / "de" / "LC_MESSAGES" / "django.po").read_text()

    assert [line for line in source.splitlines() if line.startswith("#,") and "fuzzy" in line] == []


def german() -> dict[str, str]:
    """Texts of one number; those with a plural are in the tests of span."""
    source = (LOCALE / "de" / "LC_MESSAGES" / "django.po").read_text()
    pairs = re.findall(r'^msgid "(.+)"\nmsgstr "(.*)"$', source, re.M)
    plurals = re.findall(r'^msgid "(.+)"\nmsgid_plural ".+"\nmsgstr\[0\] "(.*)"$', source, re.M)
    return dict(pairs + plurals)


def sources() -> list[Path]:
    rooms = ("agency", "campaigns", "clients", "config", "feedback")
    return [
        path for room in rooms for kind in ("html", "txt", "py") for path in (configured.ROOT / room).rglob(f"*.{kind}")
    ]


def texts_of(path: Path) -> set[str]:
    source = path.read_text()
    if path.suffix != ".py":
        source = templatize(source)
    return {text for _, text in re.findall(r"""\b(?:n?gettext(?:_lazy)?|_)\(\s*u?(["'])(.+?)\1\s*[,)]""", source)}
