"""What somebody typed into a form was refused: which field, and why, in the words of the reader."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.tokens import UnknownScopes
from clients.hours import Invalid
from clients.refusal import Conflict, Refused


@dataclass
class Trouble:
    """`fields` says what is wrong by the field's path, `whole` what is wrong with all of it; empty is none."""

    status: int = 200
    fields: dict[str, str] = field(default_factory=dict)
    whole: str = ""

    def __bool__(self):
        return self.status >= 400


def attempt(act: Callable[[], object]) -> Trouble:
    """Do it or undo it all; what was wrong."""
    try:
        with transaction.atomic():
            act()
    except (Refused, Invalid) as error:
        return refused((one[0], one[1]) for one in error.errors)
    except UnknownScopes:
        return refused([("scopes", "must be one of")])
    except Conflict as error:
        return Trouble(409, {}, in_words(str(error)))
    return Trouble()


def refused(errors) -> Trouble:
    found: dict[str, str] = {}
    for name, message in errors:
        found.setdefault(name, in_words(message))
    return Trouble(400, found, found.get("") or _("Please look at the marked fields; nothing was saved yet."))


def in_words(message: str) -> str:
    """The reader's words for a message of the product's own rules, which speak English."""
    for pattern, words in WORDS:
        if found := pattern.search(message):
            return words % found.groupdict()
    return _("Please check this entry.")


WORDS = [
    (re.compile(pattern), words)
    for pattern, words in (
        (r"changed meanwhile", gettext_lazy("Somebody changed this meanwhile. Nothing you typed is lost.")),
        (r"already has this shortcut", gettext_lazy("This shortcut is already in use in this language.")),
        (r"unknown gap (?P<gap>\S+);", gettext_lazy("There is no placeholder %(gap)s.")),
        (r"needs 1 to (?P<most>\d+) characters", gettext_lazy("Please enter 1 to %(most)s characters.")),
        (r"use lower-case letters, digits", gettext_lazy("Use lower-case letters, digits and single hyphens.")),
        (r"has this slug|already has a channel", gettext_lazy("This short name is already in use.")),
        (r"only https is taken", gettext_lazy("The address must begin with https://.")),
        (r"must be an address such as (?P<example>\S+)", gettext_lazy("Please enter an address such as %(example)s.")),
        (r"has more than (?P<most>\d+) characters", gettext_lazy("At most %(most)s characters, please.")),
        (r"must be one of", gettext_lazy("Please choose one of the options.")),
        (r"name at least one, or \*", gettext_lazy("Choose at least one event.")),
        (r"^is needed|^required$", gettext_lazy("This is needed.")),
        (r"must be a whole number", gettext_lazy("Please enter a whole number.")),
        (r"must be a date|is no such date", gettext_lazy("Please enter a date.")),
        (r"must not lie before from", gettext_lazy("The end must not lie before the beginning.")),
        (r"must lie at most (?P<most>\S+) days after", gettext_lazy("At most %(most)s days at once.")),
        (r"At most (?P<most>\d+) of your exports", gettext_lazy("At most %(most)s of your exports can wait at once.")),
        (r"unknown time zone|IANA name", gettext_lazy("This time zone is unknown; write it such as Europe/Berlin.")),
        (r"no holidays known for", gettext_lazy("No holidays are known for this country.")),
        (r"subdivision|has no '|must be null without a country", gettext_lazy("This does not belong to the country.")),
        (r"needs at least one category", gettext_lazy("Choose at least one kind of holidays.")),
        (r"needs at least one open interval", gettext_lazy("Enter at least one opening time in the week.")),
        (r"overlaps (?P<span>\S+)", gettext_lazy("Overlaps with %(span)s.")),
        (r"needs times HH:MM|must be a pair", gettext_lazy("Write times such as 09:00; only the end may be 24:00.")),
        (r"must end after it starts", gettext_lazy("The end must be later than the beginning.")),
        (r"the date is also in closed", gettext_lazy("This day is also entered as closed.")),
        (r"needs an interval", gettext_lazy("This day needs an opening time.")),
        (r"don't reach the longest target", gettext_lazy("The opening hours are too short for the longest promise.")),
        (r"400 days", gettext_lazy("This lies more than 400 days ahead.")),
        (r"promise at least one of", gettext_lazy("Promise at least one time.")),
        (r"must not be longer than resolution", gettext_lazy("The first answer can't take longer than the solution.")),
        (r"must not be above stars_max", gettext_lazy("The lower number of stars must not be above the upper one.")),
        (r"must be between 1 and 100", gettext_lazy("A number from 1 to 100, please.")),
        (r"number above 0", gettext_lazy("A number above 0, please.")),
        (r"number of at least 0", gettext_lazy("A number of at least 0, please.")),
        (r"by percent or by time", gettext_lazy("Warn either by percent or by time, not both.")),
        (r"policy is archived", gettext_lazy("This promise is archived.")),
        (r"must not be more than remind_hours", gettext_lazy("The reminder must come first: choose fewer hours.")),
        (r"must not be less than least", gettext_lazy("The most must not be below the least.")),
        (r"be 100 percent together, not (?P<sum>\d+)", gettext_lazy("It must be 100 %% together, not %(sum)s %%.")),
        (r"already a member", gettext_lazy("This person is already in the team.")),
        (r"must be an e-mail address", gettext_lazy("Please enter an e-mail address.")),
        (r"is not your password", gettext_lazy("This is not your password.")),
        (r"is not the code of now", gettext_lazy("This code is wrong or over. Enter the one that the app shows now.")),
        (r"too many attempts", gettext_lazy("Too many attempts. Please wait a while.")),
        (r"is too weak: password_too_short", gettext_lazy("At least 12 characters, please.")),
        (r"is too weak: password_too_common", gettext_lazy("Too many people use this password. Choose another.")),
        (r"is too weak: password_too_similar", gettext_lazy("Too close to your name or address.")),
        (r"must be a phone number", gettext_lazy("Please enter a phone number.")),
        (r"has at most (?P<most>\d+) contacts", gettext_lazy("A client has at most %(most)s contacts.")),
        (r"invited already", gettext_lazy("Somebody else of your agency has invited this address already.")),
        (r"At most (?P<most>\d+) invitations", gettext_lazy("At most %(most)s invitations a day.")),
        (r"went out just now", gettext_lazy("The mail went out just now. Please wait five minutes.")),
        (r"in another role", gettext_lazy("You belong to this agency already, in another role. Please ask it.")),
        (r"wants a code at each", gettext_lazy("Your agency wants a code at each sign-in.")),
        (r"Set up your own code", gettext_lazy("Set up a code for yourself first, in your account.")),
        (r"has to do it themselves", gettext_lazy("This person works for others too and has to do it themselves.")),
        (r"is no passkey", gettext_lazy("Your browser made no passkey that can be used here.")),
        (r"took too long", gettext_lazy("This took too long: please begin again.")),
        (r"At most (?P<most>\d+) passkeys", gettext_lazy("At most %(most)s passkeys are possible: remove one first.")),
        (r"There is an app already", gettext_lazy("There is an app already: switch it off first.")),
        (r"no app to stand in for", gettext_lazy("There is no app that the codes could stand in for.")),
        (r"needs an owner", gettext_lazy("The agency needs at least one owner: name another one first.")),
        (r"you don't have all", gettext_lazy("You can't give away a role with more rights than yours.")),
        (r"you don't have", gettext_lazy("You can't give away a right that you don't have.")),
        (r"name at least one client", gettext_lazy("Choose at least one client.")),
        (r"An owner serves every client", gettext_lazy("An owner serves every client: choose none.")),
        (r"must lead to the public internet", gettext_lazy("This address is not on the public internet.")),
        (r"webhook is disabled", gettext_lazy("The webhook is switched off: switch it on first.")),
        (r"being sent at this moment", gettext_lazy("It is being sent at this moment.")),
        (r"no client yet of whom", gettext_lazy("There is no client yet of whom the webhook could tell.")),
        (r"at most (?P<most>\d+) webhooks", gettext_lazy("At most %(most)s webhooks are possible.")),
        (r"has no webhooks", gettext_lazy("This network has no webhooks.")),
        (r"unknown network", gettext_lazy("This network is unknown.")),
    )
]  # fmt: skip
