"""What people type about a post, read into the values that the decisions take."""

from datetime import datetime

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.api.shapes import LONGEST_TEXT
from campaigns.media import MOST
from campaigns.models import Campaign, Goal, Post
from campaigns.vocabulary import PostKind
from clients.models import Channel

from . import typed
from .posting import KINDS


class Day(forms.DateInput):
    input_type = "date"

    def __init__(self):
        super().__init__(format="%Y-%m-%d")


class Clock(forms.TimeInput):
    input_type = "time"

    def __init__(self):
        super().__init__(format="%H:%M")


class MoveForm(forms.Form):
    version = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1)
    day = forms.DateField(label=_("Day"), widget=Day)
    time = forms.TimeField(label=_("Time"), widget=Clock)

    def __init__(self, data=None, *, post: Post):
        at = _local(post)
        super().__init__(data, initial={"day": at and at.date(), "time": at and at.time(), "version": post.version})

    def renew(self, post: Post) -> None:
        """After a refusal: what was typed stays, and counts against the post as it is now."""
        self.data = self.data.copy()
        self.data["version"] = str(post.version)


class PostForm(forms.Form):
    """A post of one client; the texts of single channels lie in `variant-<slug>`, the pictures in `media`."""

    kind = forms.ChoiceField(label=_("Kind"), choices=list(KINDS.items()))
    campaign = forms.ChoiceField(label=_("Campaign"), required=False)
    goal = forms.ChoiceField(label=_("Serves the goal"), required=False)
    channels = forms.MultipleChoiceField(label=_("Channels"), required=False, widget=forms.CheckboxSelectMultiple)
    title = forms.CharField(label=_("Title"), required=False, max_length=200)
    text = forms.CharField(
        label=_("Text"), strip=False, max_length=LONGEST_TEXT, widget=forms.Textarea({"rows": 5, "data-text": ""})
    )
    link = forms.URLField(label=_("Link"), required=False, max_length=2_000, assume_scheme="https")
    tags = forms.CharField(label=_("Tags"), required=False, max_length=2_000)
    day = forms.DateField(label=_("Day"), required=False, widget=Day)
    time = forms.TimeField(label=_("Time"), required=False, widget=Clock)
    evergreen = forms.BooleanField(label=_("May fill a gap at any time (evergreen)"), required=False)
    picture = forms.FileField(label=_("Add a picture"), required=False, widget=forms.FileInput({"accept": "image/*"}))
    picture_alt = forms.CharField(label=_("What it shows (alternative text)"), required=False, max_length=1_000)

    def __init__(
        self,
        data=None,
        files=None,
        *,
        channels: list[Channel],
        campaigns: list[Campaign],
        goals: list[Goal],
        **options,
    ):
        super().__init__(data, files, **options)
        self.there = channels
        self.fields["channels"].choices = [(channel.slug, channel.name) for channel in channels]
        none = ("", _("No campaign"))
        self.fields["campaign"].choices = [none, *((one.slug, one.name) for one in campaigns)]
        self.fields["goal"].choices = [("", _("No goal of its own")), *((one.slug, one.text) for one in goals)]
        for channel in channels:
            self.fields[f"variant-{channel.slug}"] = forms.CharField(
                required=False,
                strip=False,
                max_length=LONGEST_TEXT,
                widget=forms.Textarea({"rows": 4, "data-variant": channel.slug}),
            )

    @property
    def chosen(self) -> list[int]:
        """The ids of the pictures, in their order."""
        if not self.is_bound:
            return self.initial.get("media", [])
        ids = self.data.getlist("media")
        return [id for id in map(typed.id_of, dict.fromkeys(ids)) if id is not None][:MOST]

    def clean(self) -> dict:
        given = super().clean()
        for name, value in given.items():
            if isinstance(value, str):
                given[name] = value.replace("\r\n", "\n")
        if not self.errors.keys() & {"day", "time"} and (given.get("day") is None) != (given.get("time") is None):
            lacking = "time" if given.get("time") is None else "day"
            self.add_error(lacking, _("A time needs its day, and a day its time."))
        tags = [tag.strip().lstrip("#") for tag in given.get("tags", "").split(",")]
        if len(tags) > 50 or any(len(tag) > 80 for tag in tags):
            self.add_error("tags", _("At most 50 tags of at most 80 characters."))
        given["tags"] = list(dict.fromkeys(filter(None, tags)))
        return given

    @property
    def local(self) -> datetime | None:
        """The wall time that was typed."""
        given = self.cleaned_data
        return datetime.combine(given["day"], given["time"]) if given.get("day") else None

    def values(self) -> dict:
        """For `add_post` and `change_post`, without campaign, goal and time."""
        given = self.cleaned_data
        variants = {slug: given[f"variant-{slug}"] for slug in given["channels"]}
        return {name: given[name] for name in ("kind", "title", "text", "link", "tags", "channels", "evergreen")} | {
            "variants": {slug: text for slug, text in variants.items() if text.strip()},
            "media": self.chosen,
        }

    def tell(self, errors: dict[str, list[str]]) -> None:
        """Write what was refused where it was typed."""
        for field, texts in errors.items():
            name = field.replace("variants.", "variant-")
            name = {"publish_at": "day", "serves": "goal", "file": "picture"}.get(name, name)
            for text in texts:
                self.add_error(name if name in self.fields else None, text)


def initial_of(post: Post, rows) -> dict:
    """What the form shows of a post that is there."""
    at = _local(post)
    return {
        "kind": post.kind,
        "campaign": post.campaign and post.campaign.slug,
        "goal": post.serves and post.serves.slug,
        "channels": [row.channel.slug for row in rows],
        "title": post.title,
        "text": post.text,
        "link": post.link,
        "tags": ", ".join(post.tags),
        "day": at and at.date(),
        "time": at and at.time(),
        "evergreen": post.evergreen,
        "media": [one.media_id for one in post.attachments.all()],
    } | {f"variant-{row.channel.slug}": row.variant for row in rows}


def first_of(query) -> dict:
    """What a new post begins with: what the place in the plan says from which it was opened."""
    return {
        "kind": query.get("kind", PostKind.TIP),
        "day": query.get("day", ""),
        "time": query.get("time", ""),
        "channels": query.getlist("channel"),
    }


def _local(post: Post) -> datetime | None:
    return datetime.strptime(post.local_time, "%Y-%m-%dT%H:%M") if post.local_time else None
