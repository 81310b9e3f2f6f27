"""A folder of links for a media server: ``collection/series/title.mp4``, each through the live release.

Beside a film lies an ``.nfo`` file with its title and description: the server would show what the film's own
tags say, else.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import shulu
from shulu.catalogue.catalogue import identity_of
from shulu.catalogue.model import Unreadable
from shulu.catalogue.readers import ASKED, READERS
from shulu.catalogue.schema import CATALOGUE_FILE
from shulu.findings import refuse
from shulu.store import durable
from shulu.television.names import cut, file_name, in_order, plain
from shulu.television.offer import AUDIENCE, Piece, Shown, offered

TREE = "tree"
INDEX = "index"
STATE = "state.json"
MOST_ENTRIES = 200
"""A television shows a longer list slowly or not at all: it is cut into folders."""
_TEXT_BYTES = 1500


def state(store: Path) -> str:
    """Return what the tree depends on: which release is live, and what of it readers on the LAN may have.

    A bag on a disk that was pulled out counts as one that is not there.
    """
    live = store / "live"
    try:
        name = os.readlink(live)  # noqa: PTH115 - as it was written
        catalogue = identity_of(live / CATALOGUE_FILE)
    except OSError:
        return json.dumps([shulu.__version__, ""])
    links = sorted(
        f"{folder.name}/{link.name}"
        for part in ("", ASKED)
        for folder in [live / READERS / f"{AUDIENCE}{part}"]
        for link in folder.glob("*@*")
        # A disk that was pulled out answers with errors, which are no answer here.
        if os.path.isdir(link / "data")  # noqa: PTH112
    )
    return json.dumps([shulu.__version__, name, catalogue, links])


def renew(store: Path, folder: Path) -> bool:
    """Make the tree as it must be now, below ``folder``; return whether it had to be made.

    What a media server had noted of an older tree goes with it. Raises Refused and OSError; there is no
    tree then.
    """
    wanted = state(store)
    noted = folder / STATE
    try:
        if noted.read_text() == wanted:
            return False
    except FileNotFoundError:
        pass
    noted.unlink(missing_ok=True)
    for name in (TREE, INDEX):
        durable.remove_tree(folder / name)
        (folder / name).mkdir()
    if (store / "live").is_symlink():
        try:
            _write(folder / TREE, store)
        except Unreadable as error:
            raise refuse(
                str(store / "live"), f"has no catalogue: {error}", "renew it: systemctl start shulu-licence"
            ) from error
    durable.write_file(noted, wanted.encode(), durable=False)
    return True


@dataclass(frozen=True, slots=True)
class _Node:
    """A file, or a folder of what is ``inside``."""

    title: str
    text: str = ""
    piece: Piece | None = None
    inside: Sequence[_Node] = ()

    @property
    def name(self) -> str:
        return file_name(self.title) + (self.piece.ending if self.piece else "")


def _write(tree: Path, store: Path) -> None:
    for collection, items in offered(store):
        nodes = [_node(item) for item in items if not item.series]
        by_series: dict[str, list[Shown]] = defaultdict(list)
        for item in items:
            if item.series:
                by_series[item.series].append(item)
        for title, series in by_series.items():
            series.sort(key=lambda item: item.date)
            nodes.append(_Node(title, inside=[_node(item) for item in series]))
        _folder(tree / file_name(collection), sorted(nodes, key=lambda node: node.name), store)


def _node(item: Shown) -> _Node:
    if len(item.pieces) == 1:
        return _Node(item.title, item.text, item.pieces[0])
    return _Node(item.title, inside=[_Node(piece.title, item.text, piece) for piece in item.pieces])


def _folder(place: Path, nodes: Sequence[_Node], store: Path) -> None:
    names = in_order([node.name for node in nodes])
    for node, name, folder in zip(nodes, names, _spread(place, len(nodes)), strict=True):
        if node.piece is None:
            _folder(folder / name, node.inside, store)
            continue
        (folder / name).symlink_to(store / node.piece.place)
        if node.piece.is_film:
            title, plot = escape(plain(node.title)), escape(cut(plain(node.text), _TEXT_BYTES))
            document = f"<movie><title>{title}</title><plot>{plot}</plot></movie>\n"
            (folder / name).with_suffix(".nfo").write_text(document, encoding="utf-8")


def _spread(place: Path, count: int) -> Iterator[Path]:
    """Yield the folder of each of so many entries, in their order: the one, or one for each 200 of them."""
    width = len(str(count))
    for number in range(count):
        inner = place
        if count > MOST_ENTRIES:
            first = number - number % MOST_ENTRIES + 1
            last = min(first + MOST_ENTRIES - 1, count)
            inner = place / f"{first:0{width}}–{last:0{width}}"
        inner.mkdir(parents=True, exist_ok=True)
        yield inner
