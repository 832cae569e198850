"""How a decision says no: to input, naming the field, or to a state that doesn't allow it."""

from collections.abc import Iterable


class Refused(Exception):
    """The input is wrong: `Refused("slug", "is taken", "taken")` or `Refused(errors=[("slug", "is taken")])`.

    `errors` lists (field, message, code); the field is a path such as `items[3].text`, '' for the whole.
    """

    def __init__(
        self,
        field: str = "",
        message: str = "",
        code: str = "invalid",
        *,
        errors: Iterable[tuple[str, str] | tuple[str, str, str]] | None = None,
    ):
        given = [(field, message, code)] if errors is None else errors
        self.errors = [(error[0], error[1], error[2] if len(error) > 2 else code) for error in given]
        super().__init__("; ".join(f"{field}: {text}" if field else text for field, text, _ in self.errors))


class Conflict(Exception):
    """The input is fine, but what is there doesn't allow it; `code` is stable and lower_snake."""

    def __init__(self, message: str, code: str = "conflict"):
        super().__init__(message)
        self.code = code
