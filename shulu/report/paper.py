"""The page on paper: PDF by WeasyPrint, the same bytes for the same page."""

from __future__ import annotations

from typing import Any

from shulu.findings import refuse


def as_pdf(html: str, moment: str) -> bytes:
    """Return the PDF of a page; ``moment`` stands in it for when it was written. Raises Refused.

    Nothing is fetched: what a page names beside itself is refused.
    """
    try:
        from weasyprint import HTML  # noqa: PLC0415 - a second that only a report needs
    except OSError as error:
        raise refuse(
            "report.pdf",
            f"the libraries of Pango are missing: {error}",
            "apt install the debian-packages.txt",
        ) from error
    dated = html.replace("</title>", f'</title><meta name="dcterms.created" content="{moment}">', 1)
    pdf: bytes = HTML(string=dated, url_fetcher=_nothing).write_pdf()
    return pdf


def _nothing(url: str, *_: Any, **__: Any) -> Any:
    raise refuse("report.html", f"asks for {url}", "leave it out")
