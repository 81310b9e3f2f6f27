"""Write a ZIM file from a corpus; run by a Python that has libzim: ``searchzim.py TRUTH FILE COUNT``."""

from __future__ import annotations

import itertools
import json
import sys
from html import escape
from pathlib import Path

from libzim.writer import Creator, Hint, Item, StringProvider  # type: ignore[import-not-found]


class _Page(Item):  # type: ignore[misc]
    def __init__(self, number: int, texts: list[str]) -> None:
        super().__init__()
        self._number = number
        self._title = texts[0]
        self._body = "".join(f"<p>{escape(text)}</p>" for text in texts)

    def get_path(self) -> str:
        return f"r{self._number}"

    def get_title(self) -> str:
        return self._title

    def get_mimetype(self) -> str:
        return "text/html"

    def get_contentprovider(self) -> StringProvider:
        head = f"<head><meta charset='utf-8'><title>{escape(self._title)}</title></head>"
        return StringProvider(f"<html>{head}<body>{self._body}</body></html>")

    def get_hints(self) -> dict[Hint, bool]:
        return {Hint.FRONT_ARTICLE: True}


def main() -> None:
    """Write the first records as pages, with an index of Chinese."""
    truth, file, count = sys.argv[1:]
    with Creator(Path(file)).config_indexing(True, "zho") as creator, Path(truth).open() as lines:
        creator.set_mainpath("r0")
        for number, line in enumerate(itertools.islice(lines, int(count))):
            creator.add_item(_Page(number, json.loads(line)["texts"]))
        for name, value in (("Title", "records"), ("Language", "zho"), ("Name", "records")):
            creator.add_metadata(name, value)


if __name__ == "__main__":
    main()
