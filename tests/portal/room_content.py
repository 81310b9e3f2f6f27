"""A reading room with all that its pages tell of: topics, a notice, a children's shelf, ending licences."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from portal_content import publish, sources, write_files

from shulu.content.bagwriter import Options
from shulu.content.licence import CHINA
from shulu.content.pack import pack
from shulu.usage import figures
from shulu.usage.ledger import VIEWS, VISITS, Ledger, Pending

CODE = "SHULU1:" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" * 18

TOPICS = {
    "sanguo.txt": """题目：三国人物
日期：2020-06-01 至 2099-06-30

读《三国》，<script>alert(1)</script>看英雄。
第二行接着第一行。

# 先读这一本
- /items/ebooks-001/sanguo 从第一回读起
- http://192.168.1.10/items/journals-001/issue-1
- /items/ebooks-001/no-such-book

# 再找一找
- 检索：唐诗
- /search?q=%E5%89%8D%E9%97%A8&in=old-photographs 老照片里的前门
- /collections/documentaries
- 这不是地址
""",
    "wangqi.txt": "题目：去年的活动\n日期：2020-01-01 至 2020-02-01\n\n- /collections/ebooks\n",
    "weilai.txt": "title: 明年的活动\ndates: 2098-01-01 to 2098-02-01\n\n- /collections/ebooks\n",
    "没有题目.txt": "只有正文\n",
    "名字 有空格.txt": "题目：甲\n- /collections/ebooks\n",
}

NOTICE: dict[str, Any] = {
    "format": 1,
    "library": "990101",
    "name": "临江县图书馆",
    "route": "disk",
    "written": "2026-11-23T08:00:00Z",
    "activity": {
        "state": "waiting",
        "message": "plug in the disk that has journals-001",
        "updated": "2026-11-23T07:40:00Z",
        "done_bytes": 1 << 20,
        "total_bytes": 2 << 20,
    },
    "errors": [{"at": "2026-11-22T14:03:00Z", "message": "the line <b>was cut</b>"}],
    "receipt": {"release": "1-1", "ended": "2026-11-22T07:40:00Z", "sent": False, "code": CODE},
}


def make_figures(folder: Path) -> None:
    """Tell counts of what readers opened, in a folder that is made."""
    folder.mkdir()
    now, pending, ledger = datetime.now(CHINA), Pending(), Ledger(folder)
    pending.collections.update({("", VISITS): 1234, ("ebooks", VISITS): 56, ("ebooks", VIEWS): 7})
    for item, count in (("sanguo", 5), ("gone", 9), ("book-5", 2)):
        pending.items["ebooks-001", item, VIEWS] = count
    ledger.add(now, pending)
    figures.publish(folder, figures.build(ledger, now))


def make_room(folder: Path) -> Path:
    """Pack everything, and return a store where it is live; topics are written beside it."""
    records = sources()
    today = datetime.now(CHINA).date()
    records["children"] = [
        {
            "id": f"film-{n}",
            "title": f"小故事 第{n}集",
            "format": "video/webm",
            "files": [f"{n}.webm", f"{n}.png"],
        }
        for n in range(1, 12)
    ]
    books = records["ebooks"]
    books[3]["licence"] = {"scope": "lan", "until": f"{today + timedelta(10)}"}
    books[4]["licence"] = {"scope": "lan", "until": f"{today - timedelta(1)}"}
    write_files(folder / "sources", records)
    for collection in records:
        pack(folder / "sources" / collection, folder / "packed", Options(collection, "1", processes=1))
    store = folder / "store"
    publish(store, folder / "packed", 1)
    (store / "notice").mkdir()
    (store / "notice/status.json").write_text(json.dumps(NOTICE, ensure_ascii=False))
    topics = folder / "topics"
    topics.mkdir()
    for name, text in TOPICS.items():
        (topics / name).write_text(text, "utf-8-sig" if name == "wangqi.txt" else "utf-8")
    (topics / "gb.txt").write_bytes("题目：旧编辑器写的\r\n\r\n- /collections/ebooks\r\n".encode("gb18030"))
    return store
