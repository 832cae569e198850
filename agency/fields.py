"""Fields that take exactly what they say: no number for a text, no time without its zone, nothing unknown."""

from datetime import UTC, datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from agency.strictjson import path

FIRST_YEAR, LAST_YEAR = 1990, 2100


class Strict(serializers.Serializer):
    """Refuses fields it doesn't know, by name, instead of ignoring them."""

    def to_internal_value(self, data):
        if isinstance(data, dict):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            if unknown := [key for key in data if key not in writable]:
                text = gettext("unknown field; known are %(names)s") % {"names": ", ".join(sorted(writable))}
                message = serializers.ErrorDetail(text, "unknown")
                raise serializers.ValidationError({path("", str(key)): [message] for key in unknown[:20]})
        return super().to_internal_value(data)


class Nothing(Strict):
    """No body is needed."""


class Text(serializers.CharField):
    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Slug(serializers.RegexField):
    """Lower-case letters, digits and single hyphens, at most 80."""

    def __init__(self, **options):
        messages = {"invalid": _("use lower-case letters, digits and single hyphens")}
        super().__init__(r"^[a-z0-9]+(?:-[a-z0-9]+)*\Z", max_length=80, error_messages=messages, **options)

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    def to_internal_value(self, data):
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Whole(serializers.IntegerField):
    def to_internal_value(self, data):
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class Moment(serializers.DateTimeField):
    """An ISO 8601 instant with its offset; shown in UTC."""

    def to_internal_value(self, value):
        try:
            return moment(value)
        except ValueError as error:
            raise serializers.ValidationError(str(error), "invalid") from None

    def to_representation(self, value):
        return shown(value)


class Day(serializers.DateField):
    def to_internal_value(self, value):
        day = super().to_internal_value(value if isinstance(value, str) else "")
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise serializers.ValidationError(f"must lie in the years {FIRST_YEAR} to {LAST_YEAR}", "invalid")
        return day


def moment(value: object) -> datetime:
    """The instant, in UTC, of such text as 2026-03-27T15:45:00Z. Raises ValueError saying what is wrong."""
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) and len(value) <= 40 else None
    except ValueError:
        read = None
    if read is None:
        raise ValueError("must be an ISO 8601 instant such as 2026-03-27T15:45:00Z")
    if read.tzinfo is None:
        raise ValueError("needs a time zone: end it with Z or an offset such as +01:00")
    try:
        instant = read.astimezone(UTC)
    except OverflowError:
        instant = None
    if instant is None or not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise ValueError(f"must lie in the years {FIRST_YEAR} to {LAST_YEAR}")
    return instant


def shown(value: datetime | None) -> str | None:
    """ISO 8601 in UTC with a Z; fractions only where there are any."""
    return value and value.astimezone(UTC).isoformat().replace("+00:00", "Z")
