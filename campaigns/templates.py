"""A client's templates: posts with gaps, and what becomes of them when the gaps are filled. Each change is logged."""

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.utils import timezone

from agency.models import User
from clients import audit
from clients.models import Client
from clients.refusal import Refused

from . import wording
from .models import Template

FIELDS = ("name", "kind", "title", "text", "link", "tags")


@transaction.atomic
def add_template(*, client: Client, actor: User | None, **values) -> Template:
    """A new template of FIELDS. Raises Refused where the client has one of this name."""
    template = Template(client=client, **values)
    _save(template)
    audit.record(client, actor, "template.added", "template", template.id, after=_facts(template))
    return template


@transaction.atomic
def change_template(*, template: Template, actor: User | None, **changes) -> Template:
    """New values for any of FIELDS. Raises Refused."""
    before = _facts(template)
    for field in FIELDS:
        setattr(template, field, changes.get(field, getattr(template, field)))
    template.updated_at = timezone.now()
    _save(template)
    if before != _facts(template):
        audit.record(template.client, actor, "template.changed", "template", template.id, before, _facts(template))
    return template


@transaction.atomic
def remove_template(*, template: Template, actor: User | None) -> None:
    audit.record(template.client, actor, "template.removed", "template", template.id, before=_facts(template))
    template.delete()


def gaps(template: Template) -> list[str]:
    """What has to be filled in."""
    return wording.gaps([template.title, template.text, template.link, *template.tags])


def render(template: Template, values: Mapping[str, str]) -> dict:
    """The values of a post, with the gaps that are `missing` and the values that are `unknown` to the template."""
    wanted = gaps(template)
    post = {field: wording.filled(getattr(template, field), values) for field in ("title", "text", "link")}
    return post | {
        "kind": template.kind,
        "tags": [wording.filled(tag, values) for tag in template.tags],
        "missing": [name for name in wanted if name not in values],
        "unknown": [name for name in values if name not in wanted],
    }


def _save(template: Template) -> None:
    try:
        with transaction.atomic():
            template.save()
    except IntegrityError as error:
        raise Refused("name", "The client already has a template of this name.", "taken") from error


def _facts(template: Template) -> dict:
    return {field: getattr(template, field) for field in FIELDS}
