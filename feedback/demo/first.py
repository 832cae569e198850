"""A first agency for whoever begins without the demo."""

from pathlib import Path

from django.db import connection, transaction

from agency.models import Agency, Role
from clients import directory

from . import keyring

SLUG, NAME, OWNER = "meine-agentur", "Meine Agentur", "inhaber@meine-agentur.example"


@transaction.atomic
def found(folder: Path) -> Agency:
    """The first agency there is, made if there is none; its owner's login is kept in the folder."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('first run'))")
    there = Agency.objects.order_by("id").first()
    if there:
        return there
    password = keyring.new_password()
    agency = directory.found_agency(
        name=NAME, slug=SLUG, owner_email=OWNER, owner_name="Inhaber", password=password
    )
    keyring.keep(folder, [keyring.Login(OWNER, password, str(Role.OWNER), SLUG)])
    return agency
