"""What customers say in the benchmarks: threads in German and English, no two messages the same."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from agency.models import Agency
from clients import directory
from clients.models import Channel, Client
from clients.scope import scope
from feedback import policies

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
TEXTS = (
    "Hallo, habt ihr am {n}. noch einen Tisch für vier Personen frei? Wir kämen gegen sieben.",
    "Seit {n} Tagen warte ich auf eine Antwort. So geht man nicht mit Kunden um, ich bin wirklich enttäuscht.",
    "Super freundliches Team, das Brot ist jedes Mal ein Gedicht. Wir kommen zum {n}. Mal wieder!",
    "Die Bestellung {n} kam beschädigt an, der Karton war offen und die Hälfte fehlte. Bitte um Erstattung.",
    "Danke, hat alles wunderbar geklappt mit Bestellung {n}!",
    "Is the place on {n} Main Street open on Sundays? Could not find anything on your website.",
    "Terrible experience. We waited {n} minutes and then the waiter was rude to my mother. Never again.",
    "Love the new lemon cake!!! Number {n} on my list of reasons to move to your town.",
    "Kann man bei euch auch mit Karte zahlen? Und gibt es Parkplätze, wir kommen mit {n} Leuten.",
    "Wie immer top. Beratung ehrlich, Preis fair, Termin nach {n} Minuten. Absolut zu empfehlen.",
    "My invoice {n} is wrong, you charged me twice. I have written three times and nobody calls back.",
    "Schöner Beitrag, den {n} habe ich gleich meiner Schwester geschickt.",
)
STARS = (None, 1, 5, 2, 5, None, 1, 5, None, 5, 1, 4)
ANSWER = "Vielen Dank für die Nachricht! Wir haben nachgesehen und melden uns zu {n} gleich noch einmal persönlich."


def agency(clients: int, channels: int = 2, name: str = "Nord") -> list[Channel]:
    """An agency with its owner; the channels of all its clients, whose promises count since long ago."""
    slug = name.lower()
    house = directory.found_agency(
        name=name, slug=slug, owner_email=f"olga@{slug}.example", owner_name="Olga", password="long enough 4711"
    )
    return [channel for number in range(clients) for channel in _client(house, number, channels)]


def _client(house: Agency, number: int, channels: int) -> Iterator[Channel]:
    client = directory.add_client(agency=house, slug=f"client-{number}", name=f"Client {number}", actor=None)
    Client.objects.filter(pk=client.pk).update(enforce_from=LONG_AGO)
    with scope([client.id]):
        policies.make_defaults(client)
        for place in range(channels):
            made = directory.add_channel(
                client=client,
                slug=f"channel-{place}",
                name=f"Channel {place}",
                network="manual",
                actor=None,
                connected_at=LONG_AGO,
            )
            yield Channel.objects.select_related("client__agency").get(pk=made.pk)


def items(channels: list[Channel], count: int, run: str, until: datetime = NOW) -> list[dict]:
    """So many interactions in the shape of the bulk address; threads of one to four messages, each complete."""
    numbers, made = Random(run), []
    while len(made) < count:
        made += _thread(numbers, numbers.choice(channels), f"{run}-{len(made)}", until)
    return made[:count]


def _thread(numbers: Random, channel: Channel, thread: str, until: datetime) -> list[dict]:
    at = until - timedelta(seconds=numbers.randrange(3_600, 40 * 86_400))
    which = numbers.randrange(len(TEXTS))
    kind = "review" if STARS[which] else numbers.choice(("comment", "message"))
    made = [_item(numbers, channel, thread, 0, at, kind, which)]
    for place in range(1, numbers.choice((1, 1, 2, 2, 3, 4))):
        at += timedelta(seconds=numbers.randrange(30, 3_000) // (place + 1))
        made.append(_item(numbers, channel, thread, place, min(at, until), kind, None if place % 2 else which))
    return made


def _item(numbers: Random, channel: Channel, thread: str, place: int, at: datetime, kind: str, which) -> dict:
    text = (ANSWER if which is None else TEXTS[which]).format(n=numbers.randrange(2, 100_000))
    asked = which is not None
    author = {"id": f"u{numbers.randrange(5_000)}", "name": "Carla Kundin"} if asked else {"id": "us", "name": "We"}
    return {
        "client": channel.client.slug,
        "channel": channel.slug,
        "external_id": f"{thread}-{place}",
        "thread_id": thread,
        "direction": "in" if asked else "out",
        "kind": kind,
        "author": author,
        "text": text,
        "stars": STARS[which] if asked and place == 0 else None,
        "created_at": at.isoformat(),
    }
