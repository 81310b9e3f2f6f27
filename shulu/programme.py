"""The fourteen collections of the programme: their order, their names, and the kind of what they hold.

``group_vars/all/collections.yml`` tells the playbooks the same; a test holds both against each other.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection: its id, its names, and the group of the programme that it belongs to."""

    id: str
    zh: str
    en: str
    group: str


GROUPS: dict[str, tuple[str, str]] = {
    "books": ("图书", "Books"),
    "journals": ("期刊", "Journals"),
    "video": ("视频", "Video"),
    "audio": ("音频", "Audio"),
    "pictures": ("图片", "Pictures"),
    "web": ("网络资源", "Web documents"),
}

COLLECTIONS: tuple[Collection, ...] = (
    Collection("ebooks", "电子图书", "E-books", "books"),
    Collection("classics", "传统文化经典", "Classics of traditional culture", "books"),
    Collection("journals", "电子期刊", "Journals", "journals"),
    Collection("open-courses", "国图公开课", "Open courses of the national library", "video"),
    Collection("local-opera", "地方戏专题视频", "Local opera", "video"),
    Collection("documentaries", "纪录片专题视频", "Documentaries", "video"),
    Collection("intangible-heritage", "非物质文化遗产", "Intangible cultural heritage", "video"),
    Collection("children", "少儿视频资源", "Videos for children", "video"),
    Collection("minority-video", "少数民族视频资源", "Videos of the ethnic minorities", "video"),
    Collection("wenjin-recitation", "文津经典诵读", "Wenjin recitations of the classics", "audio"),
    Collection("new-year-prints", "年画", "New Year prints", "pictures"),
    Collection("old-photographs", "老照片", "Old photographs", "pictures"),
    Collection("minority-pictures", "少数民族图片资源", "Pictures of the ethnic minorities", "pictures"),
    Collection("government-information", "政府信息公开", "Government information", "web"),
)


@dataclass(frozen=True, slots=True)
class Resource:
    """A collection's row in the resource table of the programme's plan.

    ``tb`` is None where the table's cell is merged with that of ``shared``, the row above. ``at_least``: the
    table says "more than" so many ``unit``.
    """

    tb: float | None
    count: int
    unit: str
    at_least: bool = False
    shared: str = ""


RESOURCES: dict[str, Resource] = {
    "ebooks": Resource(0.2, 4000, "册", at_least=True),
    "classics": Resource(0.01, 1000, "册", at_least=True),
    "journals": Resource(0.2, 200, "种"),
    "open-courses": Resource(2.7, 1050, "集"),
    "local-opera": Resource(0.5, 1067, "集"),
    "documentaries": Resource(0.2, 1685, "集"),
    "intangible-heritage": Resource(0.05, 400, "集"),
    "children": Resource(0.05, 700, "集"),
    "minority-video": Resource(0.2, 1100, "集"),
    "wenjin-recitation": Resource(0.001, 300, "首", at_least=True),
    "new-year-prints": Resource(0.008, 300, "幅"),
    "old-photographs": Resource(None, 30000, "张", shared="new-year-prints"),
    "minority-pictures": Resource(0.001, 1700, "幅", at_least=True),
    "government-information": Resource(0.05, 260000, "条"),
}

_PLACES = {collection.id: place for place, collection in enumerate(COLLECTIONS)}


def place(collection_id: str) -> tuple[int, str]:
    """Return a key that sorts collections as the programme lists them, unknown ones last and by id."""
    return (_PLACES.get(collection_id, len(COLLECTIONS)), collection_id)


def collection(collection_id: str) -> Collection:
    """Return the collection of this id; one that the programme does not list is called by its id."""
    found = _PLACES.get(collection_id)
    return (
        Collection(collection_id, collection_id, collection_id, "") if found is None else COLLECTIONS[found]
    )
