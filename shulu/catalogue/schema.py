"""The layout of ``catalogue.db``, shared by who writes it and who reads it.

Records are numbered collection by collection, bag by bag, in the order of their lines: a collection is a
range of numbers, and that order is the one in which it is browsed. The index holds no text of its own.
"""

from __future__ import annotations

CATALOGUE_FILE = "catalogue.db"
FORMAT = 2
"""PRAGMA user_version of a catalogue."""

TABLES = """
CREATE TABLE release (epoch INTEGER, serial INTEGER, issued TEXT, expires TEXT) STRICT;
CREATE TABLE bags (id TEXT PRIMARY KEY, collection TEXT, version TEXT, bytes INTEGER, files INTEGER)
  STRICT, WITHOUT ROWID;
CREATE TABLE collections (id TEXT PRIMARY KEY, place INTEGER, first INTEGER, last INTEGER)
  STRICT, WITHOUT ROWID;
CREATE TABLE records (number INTEGER PRIMARY KEY, bag TEXT, id TEXT, kind TEXT, year TEXT, language TEXT,
  series TEXT, scope TEXT, until TEXT, since TEXT, record TEXT, sizes TEXT, UNIQUE (bag, id)) STRICT;
CREATE VIRTUAL TABLE search USING fts5(title, body, title_characters, body_characters,
  content='', tokenize='ascii');
"""
# The tokenizer `ascii` takes every character beyond ASCII for a letter, so the words that normalise.py made
# stay whole; `unicode61` would drop the characters that came after its Unicode 6.1.
