"""`create_token`: a key for the API, printed alone on standard output; everything else goes to standard error."""

from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from agency import tokens
from agency.models import Agency, Membership, Role, User
from agency.rights import OF_ROLE, SCOPES
from clients import audit
from clients.models import Client


class Command(BaseCommand):
    help = "Make a token for the API; it is printed once and can't be read again."

    def add_arguments(self, parser):
        parser.add_argument("--agency", required=True, metavar="SLUG")
        parser.add_argument("--scopes", required=True, help=f"comma-separated, or all: {', '.join(sorted(SCOPES))}")
        parser.add_argument("--client", action="append", default=[], metavar="SLUG", help="limit to it; repeatable")
        parser.add_argument("--user", metavar="EMAIL", help="whose rights limit it; default: the first owner")
        parser.add_argument("--name", default="command line")
        parser.add_argument("--expires", type=int, metavar="DAYS")
        parser.add_argument("--per-minute", type=int, metavar="REQUESTS", help="0: any number; default: the setting's")

    @transaction.atomic
    def handle(self, *args, **options):
        agency = Agency.objects.filter(slug=options["agency"]).first()
        if agency is None:
            raise CommandError(f"There is no agency '{options['agency']}'.")
        membership = _membership(agency, options["user"])
        token, secret = _create(agency, membership.user, options)
        audit.log(agency, None, "token.added", f"{token.prefix}… {token.name}", after={"scopes": token.scopes})
        self.stderr.write(_told(token, membership))
        self.stdout.write(secret)


def _membership(agency: Agency, email: str | None) -> Membership:
    members = Membership.objects.filter(agency=agency, user__is_active=True).select_related("user").order_by("id")
    found = members.filter(user__email=email.strip().lower()) if email else members.filter(role=Role.OWNER)
    if not found:
        raise CommandError(f"The agency has no member '{email}'." if email else "The agency has no owner.")
    return found[0]


def _create(agency: Agency, creator: User, options: dict) -> tuple[tokens.Token, str]:
    scopes = sorted(SCOPES) if options["scopes"] == "all" else [s.strip() for s in options["scopes"].split(",")]
    days = options["expires"]
    if days is not None and not 1 <= days <= 36_500:
        raise CommandError("--expires takes 1 to 36500 days.")
    if options["per_minute"] is not None and not 0 <= options["per_minute"] <= 1_000_000:
        raise CommandError("--per-minute takes 0 to 1000000 requests.")
    try:
        return tokens.create(
            agency=agency,
            creator=creator,
            name=options["name"][:100],
            scopes=scopes,
            client_ids=_client_ids(agency, options["client"]),
            expires_at=timezone.now() + timedelta(days=days) if days else None,
            per_minute=options["per_minute"],
        )
    except tokens.UnknownScopes as error:
        raise CommandError(str(error)) from error


def _client_ids(agency: Agency, slugs: list[str]) -> list[int] | None:
    if not slugs:
        return None
    known = dict(Client.objects.filter(agency=agency, slug__in=slugs).values_list("slug", "id"))
    if missing := sorted(set(slugs) - set(known)):
        raise CommandError(f"The agency has no client {', '.join(missing)}.")
    return list(known.values())


def _told(token: tokens.Token, membership: Membership) -> str:
    lost = sorted(set(token.scopes) - OF_ROLE[membership.role])
    ends = f", until {token.expires_at:%Y-%m-%d %H:%M} UTC" if token.expires_at else ""
    note = f"Token of {membership.user.email} ({membership.role}){ends}. It is shown this once."
    return f"{note} The role doesn't allow: {', '.join(lost)}." if lost else note
