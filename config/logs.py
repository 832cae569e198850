"""How the product logs: one JSON object a line, with request or task id; never what people wrote, never a secret."""

import re

import structlog

# Addresses whose last part opens a door by itself.
KEYED = re.compile(r"(/approval/|/invitation/|/new-password/|(?<!/v1)/media/|/hooks/[\w-]+/|/calendar/)[^/?\s]+")


def hide_keys(logger, method: str, event: dict) -> dict:
    """Leaves of a keyed address only what it is for."""
    if isinstance(event.get("request"), str):
        event["request"] = KEYED.sub(r"\1…", event["request"])
    return event


SHARED = [
    hide_keys,
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
    structlog.processors.UnicodeDecoder(),
]

structlog.configure(
    processors=[structlog.stdlib.filter_by_level, *SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)


def formatter() -> structlog.stdlib.ProcessorFormatter:
    return structlog.stdlib.ProcessorFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
        foreign_pre_chain=SHARED,
    )
