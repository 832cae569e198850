"""What each role may do, as the scopes that tokens are limited by."""

from .models import Role

READ = {"clients:read", "contacts:read", "campaigns:read", "policies:read", "inbox:read", "metrics:read"}
READ |= {"imports:read"}
HOLD = {"holds:write"}
APPROVE = {"approvals:write"}
ANSWER = {"inbox:write", "campaigns:write", "metrics:write", "contacts:write"} | HOLD
STEER = {"clients:write", "policies:write", "imports:write", "log:read", "invitations:write"} | APPROVE
OWN = {"agency:write"}

SCOPES = frozenset(READ | ANSWER | STEER | OWN)
OF_ROLE = {
    Role.OWNER: frozenset(READ | ANSWER | STEER | OWN),
    Role.MANAGER: frozenset(READ | ANSWER | STEER),
    Role.EDITOR: frozenset(READ | ANSWER),
    Role.ANALYST: frozenset(READ),
    Role.APPROVER: frozenset({"clients:read", "campaigns:read", "inbox:read", "metrics:read"} | HOLD | APPROVE),
    Role.VIEWER: frozenset({"clients:read", "metrics:read"}),
}
STAFF = (Role.OWNER, Role.MANAGER, Role.EDITOR, Role.ANALYST)
PORTAL = (Role.APPROVER, Role.VIEWER)
ALERTED = (Role.OWNER, Role.MANAGER)
ANSWERING = (Role.OWNER, Role.MANAGER, Role.EDITOR)
