"""What PostgreSQL itself says about the wall: each function lists what is wrong, as sentences."""

from django.apps import apps
from django.db import connection, models

from agency.roles import app_role, as_owner

# Said again here on purpose: whoever changes the policy has to change the proof as well.
POLICY = (
    "CASE WHEN client_id = (SELECT (current_setting('app.clients')::bigint[])[1]) THEN true "
    "ELSE client_id IN (SELECT unnest((SELECT current_setting('app.clients')::bigint[]))) END"
)

OUTSIDE = {
    "agency_agency": "directory: the agencies themselves",
    "agency_user": "directory: people, who may serve many agencies",
    "agency_membership": "directory: says who may see which client, so it is read before the wall opens",
    "agency_token": "directory: read before the wall opens",
    "agency_endpoint": "addresses to which webhooks go; holds no content, reached through webhooks.endpoints",
    "agency_logentry": "what changed in the directory; shown by no face",
    "agency_session": "who is signed in with which browser; read before the wall opens, holds no content of clients",
    "agency_authenticator": "directory: the secret of a person's sign-in app, sealed",
    "agency_recoverycode": "directory: hashes of a person's recovery codes",
    "agency_passkey": "directory: public keys of a person's devices",
    "agency_tick": "the time slots of the sweeps",
    "clients_client": "directory: names of clients, reached only through access",
    "clients_prospect": "directory: businesses that are no clients; found by the agency or by the key of their result",
    "clients_assignment": "directory: says who may see which client, so it is read before the wall opens",
    "clients_invitation": "directory: opened by a link before anybody is known; seen through invitations.visible alone",
    "clients_passwordreset": "directory: opened by a link before anybody is known",
    "clients_mail": "directory: mails about accounts; holds no content of clients and is shown by no face",
    "clients_keptanswer": "answers of several clients at once: a wall of its own, which asks for all of them",
    "clients_channel": "directory: sweeps and webhooks find their client by it",
    "django_migrations": "Django's own",
    "django_content_type": "Django's own",
    "django_session": "Django's own; holds no content of clients",
    "auth_permission": "Django's own",
    "auth_group": "Django's own",
    "auth_group_permissions": "Django's own",
}
APPEND_ONLY = {
    "campaigns_click",
    "campaigns_decision",
    "campaigns_snapshot",
    "agency_logentry",
    "clients_event",
    "clients_readiness",
    "feedback_revision",
    "feedback_correction",
    "feedback_disclosure",
    "feedback_incidententry",
    "feedback_step",
    "feedback_note",
    "feedback_policyversion",
}


def ask(sql: str, *values) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def run_as_owner(sql: str) -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(sql.format(role=app_role()))


def tables() -> list[str]:
    return [name for (name,) in ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")]


def owned() -> list[str]:
    """Tables with client_id that are not on the list of those outside."""
    found = ask(
        "SELECT DISTINCT table_name FROM information_schema.columns JOIN pg_tables ON tablename = table_name "
        "WHERE table_schema = 'public' AND schemaname = 'public' AND column_name = 'client_id' ORDER BY 1"
    )
    return [name for (name,) in found if name not in OUTSIDE]


def unaccounted() -> list[str]:
    """Tables that neither belong to a client nor have a reason to stand outside, and reasons without a table."""
    known = set(tables())
    stray = [f"{name} has no client_id and no reason to stand outside" for name in known - set(owned()) - set(OUTSIDE)]
    return sorted(stray + [f"{name} is listed but does not exist" for name in set(OUTSIDE) - known])


def breaches() -> list[str]:
    """Owned tables whose row security is not exactly the wall."""
    return [fault for table in owned() for fault in _policies(table, _expression())]


def _expression() -> str:
    """The policy in the words of this PostgreSQL."""
    run_as_owner(
        "CREATE TEMP TABLE pattern (client_id bigint); ALTER TABLE pattern ENABLE ROW LEVEL SECURITY; "
        f"CREATE POLICY wall ON pattern USING ({POLICY})"
    )
    ((words,),) = ask("SELECT qual FROM pg_policies WHERE tablename = 'pattern'")
    run_as_owner("DROP TABLE pattern")
    return words


def _policies(table: str, expression: str) -> list[str]:
    ((enabled, forced),) = ask(
        "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass", table
    )
    found = ask(
        "SELECT policyname, permissive, roles::text, cmd, qual, with_check FROM pg_policies WHERE tablename = %s", table
    )
    faults = [] if enabled else [f"{table}: row security is off"]
    faults += [] if forced else [f"{table}: row security is not forced on its owner"]
    if found != [("wall", "PERMISSIVE", "{public}", "ALL", expression, expression)]:
        faults.append(f"{table}: its policies are {found}")
    return faults


def _owned_models() -> list[type[models.Model]]:
    names = owned()
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.db_table in names]


def references() -> list[tuple[str, str, str]]:
    """(table, column, parent table) of every reference from an owned row to another row of the same client."""
    return [
        (model._meta.db_table, field.column, field.related_model._meta.db_table)
        for model in _owned_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and hasattr(field.related_model, "client_id")
    ]


def loose_references() -> list[str]:
    """References that PostgreSQL does not hold to the same client."""
    keys = {(table, tuple(columns), parent, tuple(theirs)) for table, columns, parent, theirs in _foreign_keys()}
    loose = [
        f"{table}.{column} may point at another client's {parent}"
        for table, column, parent in references()
        if (table, ("client_id", column), parent, ("client_id", "id")) not in keys
    ]
    guarded = set(owned()) | {"clients_channel"}
    plain = [
        f"{table}.{columns[0]} refers to {parent} without the client"
        for table, columns, parent, _ in keys
        if parent in guarded and "client_id" not in columns
    ]
    return sorted(loose + plain)


def _foreign_keys() -> list[tuple]:
    """(table, its columns, parent, the parent's columns) of every foreign key that was checked and checks at once."""
    names = "(SELECT array_agg(attname::text ORDER BY n) FROM unnest({key}) WITH ORDINALITY k(num, n) " \
        "JOIN pg_attribute ON attrelid = {table} AND attnum = num)"  # fmt: skip
    ours, theirs = names.format(key="conkey", table="conrelid"), names.format(key="confkey", table="confrelid")
    return ask(
        f"SELECT conrelid::regclass::text, {ours}, confrelid::regclass::text, {theirs} "
        "FROM pg_constraint WHERE contype = 'f' AND convalidated AND connamespace = 'public'::regnamespace"
    )


def telling_indexes() -> list[str]:
    """Unique indexes on owned tables that would tell of other clients' rows: the client is not their first column."""
    found = ask(
        "SELECT indrelid::regclass::text, indexrelid::regclass::text FROM pg_index LEFT JOIN pg_attribute "
        "ON attrelid = indrelid AND attnum = indkey[0] "
        "WHERE indisunique AND NOT indisprimary AND attname IS DISTINCT FROM 'client_id' ORDER BY 2"
    )
    return [f"{index} is unique across clients" for table, index in found if table in owned()]


def grants() -> list[str]:
    """What the runtime role may do beyond its work."""
    held = ask(
        "SELECT tablename, array_remove(ARRAY["
        "CASE WHEN has_any_column_privilege(%s, t.oid, 'UPDATE') THEN 'UPDATE' END, "
        "CASE WHEN has_table_privilege(%s, t.oid, 'DELETE') THEN 'DELETE' END, "
        "CASE WHEN has_table_privilege(%s, t.oid, 'TRUNCATE') THEN 'TRUNCATE' END, "
        "CASE WHEN has_table_privilege(%s, t.oid, 'TRIGGER') THEN 'TRIGGER' END], NULL) "
        "FROM pg_tables JOIN pg_class t ON t.oid = tablename::regclass WHERE schemaname = 'public' ORDER BY 1",
        *[app_role()] * 4,
    )
    found = [(table, right) for table, rights in held for right in rights]
    return [
        f"{table}: the runtime role may {right}"
        for table, right in found
        if right in ("TRUNCATE", "TRIGGER") or table in APPEND_ONLY
    ]


def role_faults() -> list[str]:
    """Why the role at work, or the login behind it, could pass the wall."""
    told = ask(
        "SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname IN (%s, session_user) ORDER BY 1",
        app_role(),
    )
    found = [f"{name} bypasses row security" for name, bypasses in told if bypasses]
    ((current,),) = ask("SELECT current_user::text")
    found += [] if current == app_role() else [f"at work is {current}, not {app_role()}"]
    theirs = ask(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') "
        "AND pg_has_role(%s, relowner, 'USAGE') ORDER BY 1",
        app_role(),
    )
    found += [f"the runtime role owns {name}" for (name,) in theirs]
    ((may_create,),) = ask("SELECT has_schema_privilege(%s, 'public', 'CREATE')", app_role())
    return found + (["the runtime role may create tables"] if may_create else [])


def back_doors() -> list[str]:
    """Views and functions that would look over the wall with their owner's eyes."""
    views = ask(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND (relkind = 'm' OR relkind = 'v' "
        "AND NOT coalesce(reloptions, '{}') @> '{security_invoker=true}') ORDER BY 1"
    )
    functions = ask(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef ORDER BY 1"
    )
    return [f"{name} shows rows with its owner's rights" for (name,) in views + functions]
