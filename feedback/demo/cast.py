"""Who is in the demo: the agency's people and its twelve invented clients with their hours and channels."""

from dataclasses import dataclass, field

from agency.models import Role

AGENCY, AGENCY_NAME, DOMAIN = "nordlicht-social", "Nordlicht Social", "nordlicht-social.example"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NETWORKS = {
    "facebook": ("Facebook (Sandbox)", "sandbox"),
    "instagram": ("Instagram (Sandbox)", "sandbox"),
    "google": ("Google-Bewertungen", "manual"),
    "mail": ("E-Mail", "manual"),
}


@dataclass(frozen=True)
class Person:
    """Somebody with a login; an owner serves every client and names none."""

    email: str
    name: str
    role: str
    clients: tuple[str, ...] = ()


@dataclass(frozen=True)
class Business:
    """A client. `week`: "mon-fri 9:00-12:00 14:00-18:00"; `holiday`: closed from so many days ahead, for how many."""

    slug: str
    name: str
    subdivision: str
    week: tuple[str, ...]
    channels: tuple[str, ...]
    categories: tuple[str, ...] = ("public",)
    holiday: tuple[int, int] | None = None
    campaigns: dict[str, str] = field(default_factory=dict)

    @property
    def homepage(self) -> str:
        return f"https://{self.slug}.example/"

    def hours(self) -> dict[str, list[list[str]]]:
        """The week as an hours document has it."""
        week = {day: [] for day in DAYS}
        for line in self.week:
            days, *spans = line.split()
            first, _, last = days.partition("-")
            for day in DAYS[DAYS.index(first) : DAYS.index(last or first) + 1]:
                week[day] = [[clock.zfill(5) for clock in span.split("-")] for span in spans]
        return week


STAFF = {
    "greta": Person(f"greta@{DOMAIN}", "Greta Hinrichs", Role.OWNER),
    "malte": Person(
        f"malte@{DOMAIN}", "Malte Petersen", Role.MANAGER,
        ("tidenhub", "wellenkamm", "wiesenquast", "vennhusen", "hobelbrink", "blauer-dachs"),
    ),
    "aylin": Person(
        f"aylin@{DOMAIN}", "Aylin Demir", Role.MANAGER,
        ("ellerwisch", "sehmoewe", "pfotenhag", "atemkiesel", "kommakrebs", "muldenkiesel"),
    ),
    "jonas": Person(
        f"jonas@{DOMAIN}", "Jonas Brandt", Role.EDITOR,
        ("tidenhub", "vennhusen", "kommakrebs", "blauer-dachs", "muldenkiesel", "wellenkamm"),
    ),
    "wiebke": Person(
        f"wiebke@{DOMAIN}", "Wiebke Claasen", Role.ANALYST, ("tidenhub", "ellerwisch", "vennhusen", "kommakrebs")
    ),
}  # fmt: skip
PORTAL = (
    Person("inhaber@tidenhub.example", "Fiete Tamm", Role.APPROVER, ("tidenhub",)),
    Person("praxis@ellerwisch.example", "Dr. Imke Ellerwisch", Role.VIEWER, ("ellerwisch",)),
    Person("wirtin@blauer-dachs.example", "Resi Angermoser", Role.APPROVER, ("blauer-dachs",)),
    Person("laden@kommakrebs.example", "Thilo Krebsbach", Role.APPROVER, ("kommakrebs",)),
)
INVITED = f"lena@{DOMAIN}"
# By client: whom to call first, and who else is there.
CONTACTS = {
    "tidenhub": (
        {"name": "Fiete Tamm", "role": "Inhaber", "phone": "040 5550 1710", "email": "inhaber@tidenhub.example",
         "preferred": "phone", "call_order": 1, "notes": "Steht ab 3 Uhr in der Backstube, am besten nach 11 Uhr."},
        {"name": "Wiebke Tamm", "role": "Laden und Bestellungen", "phone": "040 5550 1711", "call_order": 2,
         "preferred": "message"},
    ),
    "ellerwisch": (
        {"name": "Dr. Imke Ellerwisch", "role": "Praxisinhaberin", "email": "praxis@ellerwisch.example",
         "phone": "0421 5550 380", "preferred": "email", "call_order": 2, "notes": "Nichts über Patienten per E-Mail."},
        {"name": "Sabine Rode", "role": "Praxismanagerin", "phone": "0421 5550 381", "preferred": "phone",
         "call_order": 1},
    ),
    "blauer-dachs": (
        {"name": "Resi Angermoser", "role": "Wirtin", "phone": "08022 5550 44", "email": "wirtin@blauer-dachs.example",
         "preferred": "message", "call_order": 1, "notes": "Dienstags Ruhetag, dann nur im Notfall."},
    ),
    "kommakrebs": (
        {"name": "Thilo Krebsbach", "role": "Inhaber", "phone": "0341 5550 92", "email": "laden@kommakrebs.example",
         "preferred": "email", "call_order": 1},
        {"name": "Jule Krebsbach", "role": "Lesungen", "email": "lesungen@kommakrebs.example", "preferred": "email"},
    ),
    "vennhusen": (
        {"name": "Heiko Vennhusen", "role": "Geschäftsführer", "phone": "0541 5550 20", "preferred": "phone",
         "call_order": 1},
        {"name": "Marlies Kock", "role": "Werkstattannahme", "phone": "0541 5550 25", "preferred": "phone",
         "call_order": 2},
    ),
}
BUSINESSES = (
    Business(
        "tidenhub", "Bäckerei Tidenhub", "HH", ("mon-fri 6:00-18:00", "sat 6:00-13:00", "sun 8:00-11:00"),
        ("facebook", "instagram", "google", "mail"), holiday=(-52, 10),
        campaigns={"franzbroetchen": "Franzbrötchen-Wochen"},
    ),
    Business(
        "ellerwisch", "Zahnarztpraxis Dr. Ellerwisch", "HB",
        ("mon-tue 8:00-12:00 14:00-18:00", "wed 8:00-12:00", "thu 8:00-12:00 14:00-19:00", "fri 8:00-13:00"),
        ("google", "mail"), holiday=(24, 12),
    ),
    Business(
        "muldenkiesel", "Radwerk Muldenkiesel", "SN", ("tue-fri 10:00-13:00 14:00-18:30", "sat 10:00-14:00"),
        ("instagram", "google", "mail"), campaigns={"fruehjahrscheck": "Inspektion vor der Saison"},
    ),
    Business(
        "vennhusen", "Autohaus Vennhusen", "NI", ("mon-fri 8:00-18:00", "sat 9:00-13:00"),
        ("facebook", "google", "mail"), campaigns={"probefahrt": "Probefahrt am Samstag"},
    ),
    Business(
        "wellenkamm", "Salon Wellenkamm", "SH", ("tue-wed 9:00-18:00", "thu-fri 9:00-20:00", "sat 8:00-14:00"),
        ("instagram", "google"),
    ),
    Business(
        "blauer-dachs", "Gasthof Zum Blauen Dachs", "BY",
        ("wed-sat 11:30-14:00 17:00-22:00", "sun 11:30-20:00"),
        ("facebook", "google", "mail"), categories=("public", "catholic"), holiday=(-33, 9),
        campaigns={"wildwochen": "Wildwochen"},
    ),
    Business(
        "atemkiesel", "Yogastudio Atemkiesel", "HH",
        ("mon-thu 9:00-11:00 17:00-20:30", "fri 9:00-11:00", "sat-sun 10:00-12:00"), ("instagram", "mail"),
    ),
    Business(
        "hobelbrink", "Tischlerei Hobelbrink", "NI", ("mon-thu 7:00-12:00 12:30-16:00", "fri 7:00-13:00"),
        ("facebook", "google"), holiday=(31, 16),
    ),
    Business(
        "wiesenquast", "Hofladen Wiesenquast", "SH", ("tue-fri 9:00-12:30 14:30-18:00", "sat 8:00-13:00"),
        ("facebook", "mail"), campaigns={"abokiste": "Abokiste"},
    ),
    Business(
        "sehmoewe", "Optik Sehmöwe", "MV", ("mon-fri 9:00-13:00 14:00-18:00", "sat 9:00-12:00"),
        ("facebook", "google"),
    ),
    Business(
        "pfotenhag", "Tierarztpraxis Pfotenhag", "BY",
        ("mon-tue 9:00-12:00 16:00-19:00", "wed 9:00-12:00", "thu-fri 9:00-12:00 16:00-19:00", "sat 10:00-12:00"),
        ("google", "mail"), categories=("public", "catholic"), holiday=(-70, 6),
    ),
    Business(
        "kommakrebs", "Buchhandlung Kommakrebs", "SN", ("mon-fri 10:00-19:00", "sat 10:00-16:00"),
        ("facebook", "instagram", "google", "mail"), campaigns={"lesenacht": "Lange Lesenacht"},
    ),
)  # fmt: skip
