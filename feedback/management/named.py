"""Finds the clients that a command line names."""

from django.core.management.base import CommandError

from clients.models import Client


def client(slug: str, agency: str | None) -> Client:
    """Raises CommandError when there is no such client, or one in several agencies and none is named."""
    found = Client.objects.filter(slug=slug, archived_at=None).select_related("agency").order_by("id")
    if agency:
        found = found.filter(agency__slug=agency)
    if not found:
        raise CommandError(f"There is no client '{slug}'" + (f" in the agency '{agency}'." if agency else "."))
    if len(found) > 1:
        agencies = ", ".join(one.agency.slug for one in found)
        raise CommandError(f"Several agencies have a client '{slug}': add --agency with one of {agencies}.")
    return found[0]
