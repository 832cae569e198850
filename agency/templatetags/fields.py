"""Fields of forms: a label, what was typed, what is wrong with it."""

from django import template

register = template.Library()


@register.filter
def at(trouble, name: str) -> str:
    """What is wrong with this field, '' when nothing is."""
    return trouble.fields.get(name, "") if trouble else ""


@register.filter
def key(mapping, name):
    return mapping.get(name, "") if mapping else ""


@register.inclusion_tag("parts/field.html")
def field(name: str, label: str, value="", trouble=None, hint: str = "", type: str = "text", path: str = "", **more):
    """An input with its label; `more` are attributes, of which True stands alone and names may use _ for -."""
    attributes = [(key.replace("_", "-"), word) for key, word in more.items() if word not in (False, None, "")]
    value = "" if value is None else value
    wrong = at(trouble, path or name)
    return {
        "name": name, "id": f"f-{name.replace('.', '-')}", "label": label, "value": value, "wrong": wrong, "hint": hint,
        "type": type, "attributes": attributes,
    }  # fmt: skip


@register.inclusion_tag("parts/choice.html")
def choice(name: str, label: str, options, value="", trouble=None, hint: str = "", path: str = "", disabled=False):
    """A select; `options` are pairs of value and words."""
    return {
        "name": name, "id": f"f-{name}", "label": label, "options": [(str(one), words) for one, words in options],
        "value": "" if value is None else str(value), "wrong": at(trouble, path or name), "hint": hint,
        "disabled": disabled,
    }  # fmt: skip


@register.inclusion_tag("parts/ticks.html")
def ticks(name: str, label: str, options, values=(), trouble=None, hint: str = "", disabled=False):
    """Boxes to tick, any number of them."""
    return {
        "name": name, "label": label, "hint": hint, "disabled": disabled, "wrong": at(trouble, name),
        "options": [(str(one), words, str(one) in {str(value) for value in values}) for one, words in options],
    }  # fmt: skip


@register.inclusion_tag("parts/tick.html")
def tick(name: str, label: str, on=False, hint: str = "", disabled=False):
    return {"name": name, "label": label, "on": on, "hint": hint, "disabled": disabled}
