"""What a browser would send from a form of a page."""

from html.parser import HTMLParser


class _Forms(HTMLParser):
    """Every form of a page as its fields, each with the values that would be sent."""

    def __init__(self):
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self.inside = False
        self.select = self.text = self.disabled = self.option = None

    def handle_starttag(self, tag, attrs):
        given = {name: "" if value is None else value for name, value in attrs}
        if tag == "form":
            self.forms.append({})
            self.inside = True
        elif tag == "fieldset" and "disabled" in given:
            self.disabled = True
        elif self.inside and not self.disabled and "disabled" not in given:
            self._field(tag, given)

    def _field(self, tag, given):
        if tag == "input" and given.get("type") in ("checkbox", "radio"):
            if "checked" in given:
                self._add(given["name"], given.get("value", "on"))
        elif tag == "input" and given.get("type") != "file" and "name" in given:
            self._add(given["name"], given.get("value", ""))
        elif tag == "select":
            self.select, self.first, self.chosen = given["name"], None, None
        elif tag == "option" and self.select:
            self.option = given
        elif tag == "textarea":
            self.text = (given["name"], [])

    def handle_data(self, data):
        if self.text:
            self.text[1].append(data)
        elif self.option is not None:
            self._offer(self.option.get("value", data.strip()), "selected" in self.option)

    def _offer(self, value: str, selected: bool):
        self.first = value if self.first is None else self.first
        self.chosen = value if selected else self.chosen
        self.option = None

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False
        elif tag == "fieldset":
            self.disabled = None
        elif tag == "select" and self.select:
            self._add(self.select, self.first if self.chosen is None else self.chosen)
            self.select = None
        elif tag == "textarea" and self.text:
            # The newline that begins a text area is not part of it.
            self._add(self.text[0], "".join(self.text[1]).removeprefix("\n"))
            self.text = None

    def _add(self, name: str, value: str):
        self.forms[-1].setdefault(name, []).append(value)


def form(answer, *names: str) -> dict[str, list[str]]:
    """The form of the answer's page that has all these fields."""
    reader = _Forms()
    reader.feed(answer.content.decode())
    return next(one for one in reader.forms if set(names) <= set(one))
