"""The pages themselves: templates filled with answers."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

from rtstruct.quoting import for_page

if TYPE_CHECKING:
    from pathlib import Path

    from markupsafe import Markup

# Everything comes from the folder of the page; nothing that a name could hold is ever a script.
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
    " connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'"
)
NAV = (
    ("index.html", "Overview"),
    ("names.html", "Names"),
    ("structures.html", "Structures"),
    ("others.html", "Targets and helpers"),
    ("findings.html", "Findings"),
    ("review.html", "To review"),
    ("masks.html", "Masks"),
)


class Pages:
    """Writes pages of one report; what is the same on all of them stands once."""

    def __init__(self, out: Path, **common: Any) -> None:
        import jinja2

        folder = str(files(__package__).joinpath("templates"))
        self._out = out
        self._common = common | {"csp": CSP, "nav": NAV}
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folder),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
        )
        self._templates.filters |= {
            "shown": lambda value: "" if value is None else for_page(str(value)),
            "number": _number,
            "percent": lambda value: "" if value is None else f"{value:.0%}",
            "classname": class_name,
            "web": _is_web,
            "marked": _marked,
        }

    def write(self, page: str, template: str, **values: Any) -> None:
        """Write one page."""
        # A name may hold half a surrogate pair, which is no text.
        text = self.render(page, template, **values)
        (self._out / page).write_text(text, encoding="utf-8", errors="replace")

    def render(self, page: str, template: str, **values: Any) -> str:
        """One page as text."""
        return self._templates.get_template(template).render(page=page, **(self._common | values))


def class_name(roi_class: str | None) -> str:
    """A class as people write it."""
    return {"PRV": "PRV", None: ""}.get(roi_class, (roi_class or "").capitalize())


def _marked(text: str) -> Markup:
    """Our own words, what stands between backticks marked as code."""
    from markupsafe import Markup, escape

    parts = [escape(part) for part in text.split("`")]
    parts[1::2] = [Markup("<code>{}</code>").format(part) for part in parts[1::2]]
    return Markup("").join(parts)


def _number(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{float(value):,.0f}"


def _is_web(link: Any) -> bool:
    return isinstance(link, str) and urlparse(link).scheme == "https"
