"""E-books: the works of the poets, and the handbooks as the PDFs that their makers publish."""

from __future__ import annotations

import tempfile
from pathlib import Path

from demo import journals, poetry
from demo.fetch import Cache
from demo.sizes import Size
from demo.source import SourceFolder


def build(out: SourceFolder, size: Size, cache: Cache) -> None:
    """Write the poets' books, then a PDF for each handbook; the small size has one."""
    poetry.build(out, size, cache)
    handbooks = journals.TITLES[:1] if size.name == "tiny" else journals.TITLES
    with tempfile.TemporaryDirectory() as scratch:
        for package, pattern, title, creator in handbooks:
            found = journals.pdf(cache.tree(package), pattern, Path(scratch))
            out.add(
                "handbook",
                title,
                [out.copy(f"handbooks/{title}.pdf", found)],
                creator=[creator],
                subject=["信息技术", "手册"],
                description=f"《{title}》，PDF。",
                language="zh",
                type="Text",
                format="application/pdf",
                rights=f"Debian软件包 {package.name}，{package.licence}",
            )
