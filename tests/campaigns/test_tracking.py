"""Links of posts: under which address they go out, who is counted, whether they work, how many lead home."""

import threading
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns import approval, home, metrics, planning, posts, rollup, tracking, utm
from campaigns.models import Click, ClickDay, LinkCheck, Publication, ShortLink
from clients import directory
from clients.models import Notice
from clients.networks import probe
from clients.refusal import Refused
from clients.scope import scope
from config.engines.ports import free_port
from tests import factories
from tests.asking import ask
from tests.parallel import in_parallel

LINK = "https://bakery.example/bread?size=2#offer"
PERSON = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def row(cast, line):
    """A post with a link, on the counter."""
    return made(cast).publications.select_related("channel", "post__campaign", "post__client").get()


def made(cast, link=LINK, **values):
    given = {"kind": "tip", "text": "Brot", "channels": ["counter"]} | values
    return posts.add_post(client=cast.bakery, actor=cast.sam, link=link, **given)


def path(row) -> str:
    return "/" + tracking.outgoing(row.post, row).split("/", 3)[3]


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://a.example", "https://a.example?utm_source=net&utm_medium=social&utm_campaign=c&utm_content=1-x"),
        ("https://a.example/p?q=a%20b&r", "https://a.example/p?q=a%20b&r&utm_source=net&utm_medium=social&utm_campaign=c&utm_content=1-x"),
        ("https://a.example/#top?x", "https://a.example/?utm_source=net&utm_medium=social&utm_campaign=c&utm_content=1-x#top?x"),
        ("https://a.example/?utm_source=own&utm_campaign=", "https://a.example/?utm_source=own&utm_campaign=&utm_medium=social&utm_content=1-x"),
        ("https://a.example/?utm_source=a&utm_medium=b&utm_campaign=c&utm_content=d", "https://a.example/?utm_source=a&utm_medium=b&utm_campaign=c&utm_content=d"),
    ],
)  # fmt: skip
def test_links_get_the_parameters_that_they_lack(url, wanted):
    assert utm.tagged(url, source="net", campaign="c", content="1-x") == wanted


@pytest.mark.parametrize(
    ("url", "leads"),
    [
        ("https://bakery.example/x", True), ("http://WWW.Bakery.example:8080/", True), ("https://shop.bakery.example", False),
        ("https://bakery.example.evil.example", False), ("https://bakery.example@evil.example/", False), ("", False), ("https://[", False),
    ],
)  # fmt: skip
def test_link_leads_home_when_it_is_on_the_homepages_host(url, leads):
    assert utm.leads_home(url, "https://www.bakery.example/start") is leads


def test_link_goes_out_short_and_tagged_and_always_the_same(cast, row):
    first, second = tracking.outgoing(row.post, row), tracking.outgoing(row.post, row)

    link = ShortLink.objects.get()
    assert first == second == tracking.address(link.code)
    assert link.target == (
        "https://bakery.example/bread?size=2&utm_source=manual&utm_medium=social&utm_campaign=post"
        f"&utm_content={row.post_id}-counter#offer"
    )


def test_campaign_is_named_in_the_link(cast, line):
    spring = planning.add_campaign(client=cast.bakery, slug="spring", name="Spring", actor=cast.sam)
    row = made(cast, campaign=spring).publications.get()

    tracking.outgoing(row.post, row)

    assert "utm_campaign=spring" in ShortLink.objects.get().target


def test_client_without_short_links_sends_the_tagged_one(cast, row):
    approval.change_rule(client=cast.bakery, actor=cast.sam, short_links=False)

    assert tracking.outgoing(row.post, row) == tracking.tagged(row.post, row)
    assert ShortLink.objects.count() == 0


@pytest.mark.parametrize("short", [True, False])
def test_expected_address_is_as_long_as_the_one_that_goes_out(short, cast, row):
    rule = approval.change_rule(client=cast.bakery, actor=cast.sam, short_links=short)

    expected, made = tracking.expected(row.post, row, rule), ShortLink.objects.count()

    assert (len(expected), made) == (len(tracking.outgoing(row.post, row, rule)), 0)


def test_text_is_measured_with_the_link_as_it_goes_out(cast, row):
    factories.channel(cast.bakery, "xing", "xing")
    given = {"client": cast.bakery, "actor": cast.sam, "kind": "tip", "channels": ["xing"], "link": "https://a.example/"}
    room = 420 - len("\n\n") - len(tracking.expected(row.post, row))

    posts.add_post(text="a" * room, **given)
    with pytest.raises(Refused) as long:
        posts.add_post(text="a" * (room + 9), **given)
    approval.change_rule(client=cast.bakery, actor=cast.sam, short_links=False)
    with pytest.raises(Refused) as tagged:
        posts.add_post(text="a" * room, **given)

    assert [error.value.errors[0][0] for error in (long, tagged)] == ["text", "text"]


def test_post_without_a_link_has_none(cast, line):
    row = made(cast, link="").publications.get()

    assert tracking.outgoing(row.post, row) == ""


def test_changed_link_changes_where_the_same_address_leads(cast, row):
    before = tracking.outgoing(row.post, row)
    posts.change_post(post=row.post, actor=cast.sam, link="https://other.example/")

    after = tracking.outgoing(row.post, row)

    assert (before, ShortLink.objects.get().target.split("?")[0]) == (after, "https://other.example/")


def test_shortening_leaves_the_approval_as_it_is(row):
    before = approval.hash_of(row.post, row)

    tracking.outgoing(row.post, row)

    assert approval.hash_of(row.post, row) == before


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_one_link():
    client = factories.client(factories.agency(), "bakery")
    with scope([client.id]):
        factories.channel(client, "counter")
        post = posts.add_post(client=client, actor=None, channels=["counter"], kind="tip", text="x", link=LINK)

    def work():
        with scope([client.id]):
            row = Publication.objects.select_related("channel", "post__client").get(post=post)
            return tracking.outgoing(row.post, row)

    found = in_parallel(work, threads=4)

    assert len(set(found)) == 1


def test_click_leads_on_and_is_counted_without_a_trace(client, row):
    address = path(row)

    answer = client.get(address, HTTP_USER_AGENT=PERSON, REMOTE_ADDR="203.0.113.7")

    assert (answer.status_code, answer["Location"]) == (302, ShortLink.objects.get().target)
    assert (answer.cookies, "no-store" in answer["Cache-Control"]) == ({}, True)
    assert {field.name for field in Click._meta.fields} == {"id", "client", "link", "at"}
    assert Click.objects.count() == 1


def test_click_leaves_no_address_in_the_logs(client, row, caplog):
    client.get(path(row), HTTP_USER_AGENT=PERSON, REMOTE_ADDR="203.0.113.7")

    assert "203.0.113.7" not in caplog.text


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"HTTP_USER_AGENT": ""}, {"HTTP_USER_AGENT": "facebookexternalhit/1.1"}, {"HTTP_USER_AGENT": "WhatsApp/2.23"},
        {"HTTP_USER_AGENT": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"HTTP_USER_AGENT": "curl/8.5"}, {"HTTP_USER_AGENT": PERSON, "HTTP_SEC_PURPOSE": "prefetch;prerender"},
        {"HTTP_USER_AGENT": PERSON, "HTTP_PURPOSE": "prefetch"}, {"HTTP_USER_AGENT": PERSON, "HTTP_X_MOZ": "prefetch"},
        {"HTTP_USER_AGENT": PERSON, "HTTP_X_PURPOSE": "preview"},
    ],
)  # fmt: skip
def test_machines_are_led_on_and_not_counted(client, row, headers):
    answer = client.get(path(row), **headers)

    assert (answer.status_code, Click.objects.count()) == (302, 0)


def test_head_is_not_counted_and_nothing_else_is_taken(client, row):
    address = path(row)

    statuses = [client.head(address, HTTP_USER_AGENT=PERSON).status_code, client.post(address).status_code]

    assert (statuses, Click.objects.count()) == ([302, 405], 0)


def test_phones_are_no_bots():
    agent = "Mozilla/5.0 (Linux; Android 13; CUBOT P80) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140 Mobile Safari/537.36"

    assert tracking.by_a_person({"HTTP_USER_AGENT": agent}) is True


def test_unknown_codes_lead_nowhere(client, cast, row):
    code = path(row).rpartition("/")[2]
    secret = code.partition("-")[2]
    wrong = ["x", "-", "0-", f"{code}x", f"{tracking._digits(cast.florist.id)}-{secret}", f"zzzzzzzzzzzz-{secret}", f"é-{secret}", "_-_"]

    assert {client.get(f"/l/{one}").status_code for one in wrong} == {404}


def test_link_of_a_client_who_is_served_no_more_leads_nowhere(client, cast, row):
    address = path(row)
    directory.archive_client(client=cast.bakery, actor=None)

    assert client.get(address).status_code == 404


def test_clicks_are_told_by_local_day_apart_from_the_networks(cast, row):
    tracking.outgoing(row.post, row)
    link = ShortLink.objects.get()
    for at in ("2026-03-01T22:59:59Z", "2026-03-01T23:00:00Z", "2026-03-02T12:00:00Z"):
        Click.objects.create(client=cast.bakery, link=link, at=datetime.fromisoformat(at))

    rollup.rebuild(cast.bakery.id)

    (told,) = metrics.rows([cast.bakery.id], date(2026, 3, 2), date(2026, 3, 2), "post", "reach")
    assert list(ClickDay.objects.order_by("day").values_list("day", "clicks")) == [(date(2026, 3, 1), 1), (date(2026, 3, 2), 2)]
    assert (told["link_clicks"], told["clicks"], told["engagement"], told["rate"]["of"]) == (2, None, None, 0)


def test_counted_click_is_filled_by_the_sweep(client, cast, row):
    client.get(path(row), HTTP_USER_AGENT=PERSON)
    today = timezone.now().date()

    with scope([cast.bakery.id]):
        rollup.fill(cast.bakery.id)
        (told,) = metrics.rows([cast.bakery.id], today - timedelta(days=1), today + timedelta(days=1), "total", "reach")

    assert told["link_clicks"] == 1


def test_short_links_are_listed_with_their_clicks(client, cast, row, api):
    address = path(row)
    client.get(address, HTTP_USER_AGENT=PERSON)

    (told,) = ask(api(cast.sam), "GET", f"/short-links/?client=bakery&post={row.post_id}").json()["results"]
    post = ask(api(cast.sam), "GET", f"/posts/{row.post_id}/").json()

    assert (told["channel"], told["clicks"], told["url"].endswith(address)) == ("counter", 1, True)
    assert post["publications"][0]["short_link"] == told["url"]


def test_list_of_short_links_asks_as_often_for_one_as_for_three(cast, line, api):
    call, counts = api(cast.sam), []
    for number in (1, 2):
        for _ in range(number):
            row = made(cast).publications.get()
            tracking.outgoing(row.post, row)
        ask(call, "GET", "/me/")  # writes down that the token is in use
        with CaptureQueriesContext(connection) as queries:
            assert len(ask(call, "GET", "/short-links/").json()["results"]) == number * 2 - 1
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_share_of_posts_that_lead_home(cast, line, api):
    directory.change_client(client=cast.bakery, actor=None, homepage="https://www.bakery.example")
    for link in (LINK, "https://other.example", ""):
        Publication.objects.filter(post=made(cast, link)).update(state="sent", sent_at=datetime(2026, 3, 2, 12, tzinfo=UTC))
    made(cast)

    rows = ask(api(cast.sam), "GET", "/metrics/links/?from=2026-03-02&to=2026-03-02").json()["rows"]

    assert rows == [
        {"client": "bakery", "posts": 3, "with_link": 2, "home": 1, "share_home": 1 / 3, "link_clicks": 0},
        {"client": "florist", "posts": 0, "with_link": 0, "home": 0, "share_home": None, "link_clicks": 0},
    ]
    assert home.shares([cast.bakery.id], date(2026, 3, 3), date(2026, 3, 3))[0]["posts"] == 0


class Site(BaseHTTPRequestHandler):
    """Answers the status in its path; /go/… leads on to the rest, /loop to itself; /get/… refuses HEAD."""

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        self.answer()

    def answer(self):
        what = self.path.partition("?")[0]
        status = 405 if what.startswith("/get/") and self.command == "HEAD" else int(what.rpartition("/")[2] or 200)
        there = {"/go/": what[3:], "/loop": "/loop/302", "/away": "file:///etc/passwd"}
        target = next((to for start, to in there.items() if what.startswith(start)), "")
        self.send_response(302 if target else status)
        if target:
            self.send_header("Location", target)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@contextmanager
def site():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("place", "problem"),
    [
        ("/200", ""), ("/get/200", ""), ("/go/go/200", ""), ("/404", "answers 404"), ("/go/410", "answers 410"),
        ("/get/404", "answers 404"), ("/500", "answers 500"), ("/403", ""), ("/429", ""), ("/loop/302", "leads on and on"),
        ("/away/302", "leads away from the web"),
    ],
)  # fmt: skip
def test_link_is_asked_whether_it_works(place, problem):
    with site() as url:
        assert probe.problem(url + place, trusted=True) == problem


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://localhost/", "http://[::1]/", "http://169.254.169.254/"])
def test_link_into_our_own_network_is_not_followed(url):
    assert probe.problem(url) == "does not lead to the public internet"


@pytest.mark.parametrize("url", ["http://", "http://\0", "nonsense", "http://127.0.0.1:{port}/"])
def test_link_that_is_no_address_or_reaches_nobody(url):
    assert probe.problem(url.format(port=free_port(None)), trusted=True) == "can't be reached"


@pytest.fixture
def soon(cast, line, mode, settings):
    """A function that makes a post with this link, in its slot in some hours."""
    mode("none")
    settings.ALLOW_PRIVATE_ADDRESSES = True

    def make(link, hours=3):
        post = made(cast, link, publish_at=timezone.now() + timedelta(hours=hours))
        return posts.act(post, "submit", actor=cast.sam)

    return make


def test_broken_link_is_told_of_once_and_checked_again_until_it_works(cast, soon, api):
    now = timezone.now()
    with site() as url:
        post = soon(f"{url}/404")
        counts = [tracking.check_due(now=now + timedelta(minutes=m)) for m in (0, 1, 70, 140)]
        broken = ask(api(cast.sam), "GET", f"/posts/{post.id}/").json()["link_check"]
        told = list(Notice.objects.filter(kind="link_broken").values_list("recipient", "values__link"))
        posts.change_post(post=post, actor=cast.sam, link=f"{url}/200")
        unchecked = ask(api(cast.sam), "GET", f"/posts/{post.id}/").json()["link_check"]
        tracking.check_due(now=now + timedelta(minutes=150))
        works = ask(api(cast.sam), "GET", f"/posts/{post.id}/").json()["link_check"]

    assert counts == [1, 0, 1, 1]
    assert (broken["problem"], told) == ("answers 404", [(cast.sam.id, f"{url}/404")])
    assert (unchecked, works["problem"], works["checked_at"] is not None) == (None, "", True)
    assert Notice.objects.filter(kind="link_broken").count() == 1


def test_only_links_of_posts_that_go_out_soon_are_checked(soon):
    with site() as url:
        soon(f"{url}/200", hours=30)
        soon("")

        assert tracking.check_due(now=timezone.now()) == 0


def test_link_of_a_post_that_is_out_is_checked_no_more(soon):
    now = timezone.now()
    with site() as url:
        post = soon(f"{url}/200")
        tracking.check_due(now=now)
        Publication.objects.filter(post=post).update(state="sent", sent_at=now)
        counts = [tracking.check_due(now=now + timedelta(hours=hours)) for hours in (7, 14)]

    assert (counts, LinkCheck.objects.get().due_at) == ([1, 0], None)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_check_each_link_once(settings):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    client = factories.client(factories.agency(), "bakery")
    now = timezone.now()
    with site() as url:
        with scope([client.id]):
            factories.channel(client, "counter")
            approval.change_rule(client=client, actor=None, approval="none")
            for n in range(4):
                post = posts.add_post(client=client, actor=None, channels=["counter"], kind="tip", text="x",
                                      link=f"{url}/{400 + n}", publish_at=now + timedelta(hours=1))  # fmt: skip
                posts.act(post, "submit", actor=None)

        counts = in_parallel(lambda: tracking.check_due(now=now), threads=2)

    with scope([client.id]):
        assert (sum(counts), set(LinkCheck.objects.values_list("fence", flat=True))) == (4, {1})
        assert Notice.objects.filter(kind="link_broken").count() == 2  # 401 and 403 keep machines out, not people
