"""The one error that start-up code raises for a person to read."""


class EngineError(RuntimeError):
    """Something could not be started or stopped; the text says what and what to do."""


def tail(log, lines=12):
    """The last lines of a log file as one text, empty when there is none."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join("    " + line for line in text.splitlines()[-lines:])
