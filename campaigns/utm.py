"""Links as they leave the house: one scheme of UTM parameters, and whether a link leads home."""

from urllib.parse import parse_qsl, quote, urlsplit

MEDIUM = "social"


def tagged(url: str, *, source: str, campaign: str, content: str) -> str:
    """The link with those of the four parameters that it doesn't have yet; the rest of it stays as it was written."""
    whole, mark, fragment = url.partition("#")
    address, _, query = whole.partition("?")
    there = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
    wanted = {"utm_source": source, "utm_medium": MEDIUM, "utm_campaign": campaign, "utm_content": content}
    new = [f"{name}={quote(value, safe='')}" for name, value in wanted.items() if name not in there]
    return f"{address}?{'&'.join([*([query] if query else []), *new])}{mark}{fragment}" if new else url


def host(url: str) -> str:
    """The host's name without www, '' where there is none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.").rstrip(".")
    except ValueError:
        return ""


def leads_home(url: str, homepage: str) -> bool:
    """Whether the link is on the homepage's host."""
    return bool(host(url)) and host(url) == host(homepage)
