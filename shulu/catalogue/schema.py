"""The layout of ``catalogue.db``, shared by who writes it and who reads it.

Records lie in blocks of at most ``BLOCK``, a bag in as many as it needs: the number of a record is its
block's number and its place there. Readers line the blocks up, collection by collection, bag by bag, so that
a bag that changes is written to new blocks and no other record gets another number.
"""

from __future__ import annotations

CATALOGUE_FILE = "catalogue.db"
FORMAT = 4
"""PRAGMA user_version of a catalogue."""

BLOCK_BITS = 15
BLOCK = 1 << BLOCK_BITS

FACETS = ("medium", "year", "language")
CODED = (*FACETS, "licence", "since")
"""What each record has as a number of 16 bits, little-endian, in its block; ``codes`` tells what it means."""
MOST_CODES = 0xFFFF
"""The code of what could get none: it is no value of a facet, and no licence that permits anything."""

ANYWHERE, HEAD, TITLE = "", "\x01", "\x02"
"""Before a token of ``postings``: where in a record it is. HEAD is title, creators and subjects."""

TABLES = """
CREATE TABLE release (epoch INTEGER, serial INTEGER, issued TEXT, expires TEXT) STRICT;
CREATE TABLE state (sampled INTEGER, dead INTEGER, last_block INTEGER) STRICT;
CREATE TABLE bags (id TEXT PRIMARY KEY, collection TEXT, version TEXT, digest TEXT, bytes INTEGER,
  files INTEGER, scope TEXT, until TEXT) STRICT, WITHOUT ROWID;
CREATE TABLE blocks (block INTEGER PRIMARY KEY, bag TEXT, count INTEGER, medium BLOB, year BLOB,
  language BLOB, licence BLOB, since BLOB) STRICT;
CREATE TABLE codes (name TEXT, code INTEGER, value TEXT, PRIMARY KEY (name, code)) STRICT, WITHOUT ROWID;
CREATE TABLE records (number INTEGER PRIMARY KEY, bag TEXT, id TEXT, kind TEXT, series TEXT, since TEXT,
  record TEXT, sizes TEXT, UNIQUE (bag, id)) STRICT;
CREATE INDEX records_since ON records (since, bag, id);
CREATE INDEX records_series ON records (series) WHERE series != '';
CREATE TABLE gone (bag TEXT, id TEXT, collection TEXT, since TEXT, had TEXT, has TEXT, PRIMARY KEY (bag, id))
  STRICT, WITHOUT ROWID;
CREATE TABLE texts (number INTEGER, part INTEGER, text BLOB, PRIMARY KEY (number, part))
  STRICT, WITHOUT ROWID;
CREATE TABLE names (key TEXT, number INTEGER, kind INTEGER, name TEXT, PRIMARY KEY (key, number, kind))
  STRICT, WITHOUT ROWID;
CREATE TABLE titles (key TEXT, number INTEGER, PRIMARY KEY (key, number)) STRICT, WITHOUT ROWID;
CREATE TABLE frequent (token TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE postings (token TEXT, block INTEGER, bits BLOB, PRIMARY KEY (token, block))
  STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE heads USING fts5(title, rest, initials, content='', columnsize=0, tokenize='ascii');
CREATE VIRTUAL TABLE search USING fts5(text, content='', columnsize=0, tokenize='ascii');
"""
# The tokenizer `ascii` takes every character beyond ASCII for a letter, so the words that words.py made
# stay whole; `unicode61` would drop the characters that came after its Unicode 6.1.

KIND_TITLE, KIND_CREATOR, KIND_INITIALS = 0, 1, 2
"""What a row of ``names`` is found by: a title, a creator, or the initials in pinyin of a title."""
