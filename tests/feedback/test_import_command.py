"""Files of history through the command: the sums equal an independent reading of the same rows, to the second."""

from datetime import date

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from agency.models import Agency
from clients import directory
from clients.models import Channel, Client
from clients.scope import scope
from feedback import metrics
from feedback.models import Alert, Clock, Interaction, ServiceDay
from tests import factories, reference
from tests.history import COLUMNS, brands, write_csv

WEEK = {day: [["09:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
WEEK |= {"sat": [["10:00", "14:00"]], "sun": []}
CLOSED, OPEN = ["2025-12-24", "2025-12-25", "2025-12-26", "2026-01-01"], {"2025-12-21": [["12:00", "18:00"]]}
HOURS = {"zone": "Europe/Berlin", "country": None, "subdivision": None, "categories": ["public"], "week": WEEK,
         "closed": CLOSED, "open": OPEN}  # fmt: skip
OPENING = reference.hours("Europe/Berlin", WEEK, CLOSED, OPEN)
FIRST, LAST = date(2024, 1, 1), date(2027, 12, 31)
PARTS = ("first", "next")


def shop(agency: Agency, slug: str) -> Client:
    """A client with hours of its own and a channel connected just now: all its past is history."""
    made = factories.client(agency, slug, enforce_from=timezone.now())
    with scope([made.id]):
        directory.set_hours(client=made, document=HOURS, actor=None)
        factories.channel(made, "post", connected_at=timezone.now())
    return made


@pytest.fixture
def bakery(agency):
    return shop(agency, "bakery")


def take(slug: str, path, *words) -> None:
    call_command("import_conversations", "--client", slug, "--channel", "post", str(path), *words)


def measured(client: Client) -> dict:
    """What the product says of the client, cut to what the reference says."""
    with scope([client.id]):
        (row,) = metrics.response_times([client.id], FIRST, LAST, "total", timezone.now())
    counts = ("n", "answered", "open")
    shown = {part: {name: row[part][name] for name in (*counts, "business", "wall")} for part in PARTS}
    return {name: row[name] for name in counts} | shown


def written(tmp_path, *lines: str, header: str = ",".join(COLUMNS)):
    path = tmp_path / "lines.csv"
    path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return path


def line(id: str, **changes) -> str:
    cells = (id, "t", "in", "comment", "c1", "Carla", "Hallo?", "", "2026-01-07T09:00:00Z")
    row = dict(zip(COLUMNS, cells, strict=True))
    return ",".join((row | changes).values())


def content(client: Client) -> list:
    with scope([client.id]):
        return [
            *Interaction.objects.order_by("external_id").values_list("id", "external_id", "text", "updated_at"),
            *Clock.objects.order_by("id").values_list("id", "outcome", "updated_at"),
        ]


@pytest.mark.parametrize(
    ("delimiter", "dates", "encoding"),
    [
        (",", "iso", "utf-8"),
        (";", "offset", "utf-8-sig"),
        (",", "rfc2822", "utf-8-sig"),
        (";", "ctime", "utf-8"),
    ],
)
def test_history_is_measured_to_the_second(bakery, tmp_path, delimiter, dates, encoding):
    (rows,) = brands(1, 150, seed=7).values()
    path = write_csv(tmp_path / "a.csv", rows, delimiter=delimiter, dates=dates, encoding=encoding)

    take("bakery", path)

    assert measured(bakery) == reference.response_times(rows, OPENING)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_hundred_brands_are_measured_to_the_second(agency, tmp_path):
    history = brands()
    clients = {slug: shop(agency, slug) for slug in history}

    for slug, rows in history.items():
        take(slug, write_csv(tmp_path / f"{slug}.csv", rows))

    expected = {slug: reference.response_times(rows, OPENING) for slug, rows in history.items()}
    assert {slug: measured(client) for slug, client in clients.items()} == expected
    with scope([client.id for client in clients.values()]):
        assert Interaction.objects.count() == 5_000
        assert not Alert.objects.exists()


def test_same_file_twice_changes_nothing(bakery, tmp_path, capsys):
    (rows,) = brands(1, 60).values()
    path = write_csv(tmp_path / "a.csv", rows)
    take("bakery", path)
    before, told = content(bakery), measured(bakery)

    take("bakery", path)

    assert content(bakery) == before
    assert measured(bakery) == told
    assert capsys.readouterr().out.splitlines() == [
        "60 created, 0 updated, 0 known already, 0 refused.",
        "0 created, 0 updated, 60 known already, 0 refused.",
    ]


def test_bad_lines_are_told_and_stop_nothing(bakery, tmp_path, capsys):
    path = written(
        tmp_path,
        line("1"),
        line("2", direction="sideways"),
        line("3", created_at="yesterday"),
        line("4", stars="6"),
        "5,too,short",
        line("", text="no id"),
        line("7", direction="out", created_at="2026-01-07T10:00:00Z"),
        line("1", text="another"),
    )

    take("bakery", path)

    first, *refused = capsys.readouterr().out.splitlines()
    assert first == "2 created, 0 updated, 0 known already, 6 refused."
    assert [one.split(": ")[:2] for one in refused] == [
        ["Line 3", "direction"],
        ["Line 4", "created_at"],
        ["Line 5", "stars"],
        ["Line 6", "line"],
        ["Line 7", "external_id"],
        ["Line 9", "external_id"],
    ]
    assert refused[0] == "Line 3: direction: must be one of in, out"
    with scope([bakery.id]):
        assert set(Interaction.objects.values_list("external_id", flat=True)) == {"1", "7"}
        assert ServiceDay.objects.filter(clock_kind="first", answered=1).count() == 1


def test_only_the_first_twenty_bad_lines_are_shown(bakery, tmp_path, capsys):
    take("bakery", written(tmp_path, line("good"), *(line(str(n), kind="shout") for n in range(25))))

    told = capsys.readouterr().out.splitlines()
    assert (len(told), told[-1].partition(";")[0]) == (22, "… and 5 more")


def test_file_without_any_good_line_is_a_failure(bakery, tmp_path):
    with pytest.raises(CommandError, match="No line could be taken"):
        take("bakery", written(tmp_path, line("1", kind="shout")))


@pytest.mark.parametrize(
    ("client", "channel", "house", "message"),
    [
        ("butcher", "post", None, "There is no client 'butcher'."),
        ("bakery", "phone", None, "The client 'bakery' has no channel 'phone'."),
        ("bakery", "post", "south", "There is no client 'bakery' in the agency 'south'."),
    ],
)
def test_unknown_client_or_channel_is_named(bakery, tmp_path, client, channel, house, message):
    words = ["--client", client, "--channel", channel, *(["--agency", house] if house else [])]

    with pytest.raises(CommandError) as caught:
        call_command("import_conversations", *words, str(written(tmp_path, line("1"))))

    assert str(caught.value) == message


def test_client_of_two_agencies_needs_the_agency(bakery, tmp_path):
    shop(factories.agency("south"), "bakery")

    with pytest.raises(CommandError, match="have a client 'bakery': add --agency with one of nord, south"):
        take("bakery", written(tmp_path, line("1")))
    take("bakery", written(tmp_path, line("1")), "--agency", "south")

    with scope(Channel.objects.values_list("client_id", flat=True)):
        assert Interaction.objects.get().agency.slug == "south"


@pytest.mark.parametrize(
    ("header", "message"),
    [("id,text", "the first line must name the columns"), ("", "the first line must name the columns")],
)
def test_file_without_our_columns_is_refused(bakery, tmp_path, header, message):
    with pytest.raises(CommandError, match=message):
        take("bakery", written(tmp_path, line("1"), header=header))


def test_missing_file_is_named(bakery, tmp_path):
    with pytest.raises(CommandError, match="can't be read: No such file"):
        take("bakery", tmp_path / "none.csv")


def test_rebuilt_sums_are_the_same(bakery, tmp_path, capsys):
    (rows,) = brands(1, 60).values()
    take("bakery", write_csv(tmp_path / "a.csv", rows))
    with scope([bakery.id]):
        ServiceDay.objects.all().delete()

    call_command("rebuild_rollups", "--client", "bakery")

    assert measured(bakery) == reference.response_times(rows, OPENING)
    assert capsys.readouterr().out.splitlines()[-1].endswith("days of 1 clients summed again.")
