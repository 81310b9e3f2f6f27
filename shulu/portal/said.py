"""What a delivery says, in the words of a librarian: its states and the sentences that ask for something."""

from __future__ import annotations

import re

STATES = {
    "idle": "空闲",
    "waiting": "等待",
    "fetching": "正在接收",
    "importing": "正在从磁盘导入",
    "verifying": "正在校验",
    "live": "已上线",
    "paused": "暂停，到了传输时段自动继续",
    "failed": "出错",
}
_SENTENCES = (
    (r"release ([0-9]+-[0-9]+) is live", r"第 \1 批已上线"),
    (r"plug in the shipped disk", "请插入下发磁盘"),
    (r"plug in the disk that has (.*)", r"请插入另一块下发磁盘，其中有：\1"),
    (r"the upstream has no release yet", "上级馆还没有下发资源，请等待"),
    (r"(.*) is full; make room there.*", r"磁盘空间已满：\1。请腾出空间，下次会接着传"),
    (r"was cut off; .*", "上次传输中断了，下次会接着传"),
    (r"making release ([0-9]+-[0-9]+) live", r"第 \1 批即将上线"),
    (r"looking for a release: .*", "正在查看有没有新的一批"),
    (r".*the signature is bad.*", "签名不对：资源在途中被改动过。请勿使用这块磁盘或这条线路，告诉省馆"),
    (r".*the signature is by an unknown key.*", "签名不是省馆的，已拒收。请告诉省馆"),
    (r".*the signature is by a revoked key.*", "签名所用的密钥已作废，已拒收。请告诉省馆"),
)


def in_chinese(message: str) -> str:
    """Return a sentence in Chinese; as it was said where these words do not know it."""
    for pattern, chinese in _SENTENCES:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return found.expand(chinese)
    return message
