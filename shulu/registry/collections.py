"""The fourteen collections of the programme: the one list in Python.

``group_vars/all/collections.yml`` tells the playbooks the same; a test holds both against each other.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection: its id in bag names and addresses, its names, and the kind of its content."""

    id: str
    zh: str
    en: str
    group: str


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
