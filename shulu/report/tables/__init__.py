"""A province's report as tables, which page, PDF and workbook show alike; each row ends with its receipts."""

from __future__ import annotations

from shulu.report.tables.content import collections, routes
from shulu.report.tables.course import failures, plan, waves
from shulu.report.tables.coverage import coverage, libraries, summary, told
from shulu.report.tables.evidence import receipts
from shulu.report.tables.table import GROUNDS, Document, Share, Size, Table, Value, share
from shulu.report.tables.used import usage

__all__ = [
    "GROUNDS", "Document", "Share", "Size", "Table", "Value", "collections", "coverage", "failures",
    "libraries", "plan", "receipts", "routes", "share", "summary", "told", "usage", "waves",
]  # fmt: skip
