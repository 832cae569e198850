"""The readers' words for the values that the product stores."""

from django.utils.translation import gettext_lazy as _

ROLES = {
    "owner": _("Owner"),
    "manager": _("Account manager"),
    "editor": _("Editor"),
    "analyst": _("Analyst"),
    "approver": _("Client: approves"),
    "viewer": _("Client: looks on"),
}
ROLE_HINTS = {
    "owner": _("Everything, for every client."),
    "manager": _("Steers the assigned clients: promises, channels, approvals."),
    "editor": _("Answers and plans for the assigned clients."),
    "analyst": _("Reads the assigned clients, changes nothing."),
    "approver": _("A person of the client: approves posts in the portal."),
    "viewer": _("A person of the client: sees the results in the portal."),
}
LANGUAGES = {"de": "Deutsch", "en": "English"}
NETWORK_NAMES = {
    "facebook": _("Facebook page"),
    "linkedin": _("LinkedIn page"),
    "feed": _("Feed (RSS or Atom)"),
    "email": _("E-mail"),
    "manual": _("Manual channel"),
    "own": _("Own system (shop, CRM, form)"),
    "youtube": _("YouTube comments"),
}
ABILITIES = {
    "publishes": _("publishes posts"),
    "polls": _("fetches messages"),
    "replies": _("sends answers"),
    "webhooks": _("is told at once"),
    "counts": _("counts"),
    "lists": _("reads entries"),
    "manual": _("by hand"),
}
NEEDS = {
    "url": _("Address of the server"),
    "account": _("Account"),
    "token": _("Access token"),
    "app_password": _("App password"),
    "password": _("Password"),
    "push_account": _("Service account of the push subscription"),
    "refresh_token": _("Refresh token"),
    "client_id": _("Client ID"),
    "client_secret": _("Client secret"),
    "app_id": _("App ID"),
    "app_secret": _("App secret"),
}
EXPORT_KINDS = {
    "interactions": _("Messages"),
    "conversations": _("Conversations"),
    "posts": _("Posts"),
    "response_times": _("Response times by day"),
    "engagement": _("Reach and engagement by day"),
}
EXPORT_FORMS = {
    "csv-de": _("CSV, German (semicolons, decimal commas)"),
    "csv-en": _("CSV, English"),
    "xlsx": _("Excel"),
    "jsonl": _("JSON lines"),
}
EXPORT_STATES = {
    "queued": _("waits"),
    "running": _("is being written"),
    "finished": _("ready"),
    "expired": _("thrown away after seven days"),
    "failed": _("failed"),
    "cancelled": _("stopped"),
}
KINDS = {"comment": _("Comment"), "mention": _("Mention"), "review": _("Review"), "message": _("Message")}
SENTIMENTS = {"negative": _("Negative"), "neutral": _("Neutral"), "positive": _("Positive")}
POST_KINDS = {
    "tip": _("Tip"),
    "job": _("Job"),
    "event": _("Event"),
    "product": _("Product"),
    "behind_the_scenes": _("Behind the scenes"),
    "reaction": _("Reaction"),
}
APPROVALS = {
    "none": _("Nobody: posts go out as planned"),
    "optional": _("Nobody has to, the agency may"),
    "internal": _("The agency"),
    "internal_and_client": _("The agency, then the client"),
}
OVERDUES = {
    "skip": _("Leave the post out"),
    "publish": _("Publish it anyway"),
    "evergreen": _("Publish a post of the evergreen pool instead"),
}
CATEGORIES = {
    "public": _("Public holidays"),
    "bank": _("Bank holidays"),
    "catholic": _("Catholic holidays"),
    "protestant": _("Protestant holidays"),
    "school": _("School-free days"),
    "half_day": _("Half days"),
    "optional": _("Optional holidays"),
    "government": _("Authorities' holidays"),
    "unofficial": _("Unofficial holidays"),
}
COUNTRIES = {
    "DE": _("Germany"),
    "AT": _("Austria"),
    "CH": _("Switzerland"),
    "LI": _("Liechtenstein"),
    "LU": _("Luxembourg"),
    "BE": _("Belgium"),
    "NL": _("Netherlands"),
    "DK": _("Denmark"),
    "FR": _("France"),
    "IT": _("Italy"),
    "PL": _("Poland"),
    "CZ": _("Czechia"),
    "GB": _("United Kingdom"),
    "IE": _("Ireland"),
}
WEEKDAYS = {
    "mon": _("Monday"),
    "tue": _("Tuesday"),
    "wed": _("Wednesday"),
    "thu": _("Thursday"),
    "fri": _("Friday"),
    "sat": _("Saturday"),
    "sun": _("Sunday"),
}
WAYS = {
    "phone": _("By phone"),
    "email": _("By e-mail"),
    "message": _("By text message"),
    "visit": _("In person"),
}
SCOPES = {
    "clients:read": _("Read clients"),
    "clients:write": _("Change clients"),
    "campaigns:read": _("Read posts and campaigns"),
    "campaigns:write": _("Write posts and campaigns"),
    "approvals:write": _("Approve posts"),
    "holds:write": _("Hold posts"),
    "policies:read": _("Read promises"),
    "policies:write": _("Change promises"),
    "inbox:read": _("Read conversations"),
    "inbox:write": _("Answer conversations"),
    "metrics:read": _("Read figures"),
    "metrics:write": _("Enter figures"),
    "imports:read": _("Read imports"),
    "imports:write": _("Import conversations"),
    "log:read": _("Read the log"),
    "webhooks:write": _("Set up webhooks"),
    "contacts:read": _("Read contacts"),
    "contacts:write": _("Change contacts"),
    "invitations:write": _("Invite people"),
    "agency:write": _("Run the agency"),
}
ACTIVITIES = {
    "plan": _("Plan"),
    "create": _("Create"),
    "approve": _("Coordinate approvals"),
    "answer": _("Answer"),
    "report": _("Report"),
    "talk": _("Talk with the client"),
    "other": _("Other work"),
}
OUTCOMES = {
    "call": _("Calls"),
    "inquiry": _("Inquiries"),
    "booking": _("Bookings"),
    "order": _("Orders"),
    "guest": _("Guests"),
    "application": _("Applications"),
    "sign_up": _("Sign-ups"),
}
VISIT = _("Visits to the homepage")
LAYERS = {"measured": _("Measured"), "declared": _("Declared"), "assumed": _("Assumed")}
LAYER_HINTS = {
    "measured": _("A system of the client reported it, each with its own id."),
    "declared": _("The client told us; we believe it and did not count it."),
    "assumed": _("What has no value of its own, times what one is taken to be worth."),
}
WEBHOOKS = {
    "active": _("active"),
    "trouble": _("fails at the moment"),
    "paused": _("switched off"),
    "gone": _("gone (410)"),
    "failing": _("given up after five days"),
}
# What `webhooks.wire` says where no answer came.
WIRE = {
    "The address does not lead to the public internet.": _("The address does not lead to the public internet."),
    "The name has no address.": _("The name has no address."),
    "Its certificate is not valid.": _("Its certificate is not valid."),
    "No secure connection.": _("No secure connection."),
    "No connection in time.": _("No connection in time."),
    "The connection was refused.": _("The connection was refused."),
    "The connection broke.": _("The connection broke."),
    "It does not answer as HTTP.": _("It does not answer as HTTP."),
    "It can't be reached.": _("It can't be reached."),
    "The address is not usable.": _("The address is not usable."),
    "No answer within 15 seconds.": _("No answer within 15 seconds."),
    "The secret can't be read: rotate it.": _("The secret can't be read: rotate it."),
}
DELIVERIES = {
    "waiting": _("waits"),
    "sending": _("is being sent"),
    "delivered": _("delivered"),
    "failed": _("given up"),
    "dropped": _("left out"),
}
WEBHOOK_GROUPS = {
    "*": _("Everything, also what is yet to come"),
    "conversation.*": _("Conversations"),
    "interaction.*": _("Messages"),
    "sla.*": _("Promises"),
    "post.*": _("Posts"),
    "approval.*": _("Approvals"),
    "import.*": _("Imports"),
    "report.*": _("Reports"),
}
WEBHOOK_TYPES = {
    "conversation.created": _("Conversation began"),
    "conversation.updated": _("Conversation answered, assigned, resolved …"),
    "interaction.received": _("Message came in"),
    "interaction.updated": _("Message edited or deleted"),
    "sla.at_risk": _("Promise at risk"),
    "sla.breached": _("Promise broken"),
    "sla.met": _("Promise kept"),
    "post.created": _("Post written"),
    "post.updated": _("Post changed"),
    "post.submitted": _("Post submitted"),
    "post.approved": _("Post approved"),
    "post.changes_requested": _("Change to post asked for"),
    "post.rejected": _("Post rejected"),
    "post.scheduled": _("Post scheduled"),
    "post.held": _("Post held"),
    "post.released": _("Post released"),
    "post.cancelled": _("Post cancelled"),
    "post.published": _("Post published"),
    "post.failed": _("Post failed"),
    "post.missed": _("Post missed its time"),
    "approval.requested": _("Approval asked for"),
    "approval.decided": _("Approval decided"),
    "import.finished": _("Import finished"),
    "report.released": _("Report released"),
    "webhook.test": _("Test"),
}
STATUSES = {
    "open": _("Open"),
    "waiting_customer": _("Waits for the customer"),
    "waiting_client": _("Waits for the client"),
    "resolved": _("Resolved"),
    "archived": _("Archived"),
    "spam": _("Spam"),
    "merged": _("Merged"),
}


def network(entry) -> str:
    """A network's name: brands stay as they are."""
    return str(NETWORK_NAMES.get(entry.slug, entry.name))


def need(name: str) -> str:
    return str(NEEDS.get(name, name.replace("_", " ").capitalize()))
