"""How the pages of a province look; colours of marks come from the marks."""

from __future__ import annotations

from collections.abc import Mapping

from shulu.campaign.marks import Mark

_STYLE = """
*{box-sizing:border-box}
body{font:15px/1.5 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:0 auto;max-width:90rem;
padding:1rem 1.5rem 3rem;color:#1f2933;background:#fff}
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:1.6rem 0 .5rem}
small{color:#52606d;font-weight:400}small[lang=en]{overflow-wrap:anywhere}
.lead{margin:.2rem 0 1rem;color:#52606d}.lead p{margin:.2rem 0}.lead .bar{height:.8rem}
.sign{display:inline-block;min-width:1.5em;padding:0 .25em;text-align:center;border-radius:3px;color:#fff}
.bar{display:flex;height:.6rem;background:#e4e7eb;border-radius:.3rem;overflow:hidden;margin:.25rem 0}
.bar i{display:block;height:100%}.bar .done{background:#1d4ed8}
.choice{position:sticky;top:0;background:#fff;padding:.5rem 0;z-index:1;border-bottom:1px solid #e4e7eb}
.legend,.lists{display:flex;flex-wrap:wrap;gap:.4rem .5rem;align-items:center}
.lists{margin-top:.5rem;gap:.4rem 1rem}
.legend label{border:1px solid #cbd2d9;border-radius:1rem;
padding:.1rem .7rem;cursor:pointer;white-space:nowrap}
.legend input{position:absolute;opacity:0}
.legend label:has(:checked){border-color:#1f2933;box-shadow:0 0 0 1px #1f2933}
.legend label:has(:focus-visible){outline:3px solid #93c5fd}
select,button{font:inherit;padding:.1rem .4rem;border:1px solid #cbd2d9;border-radius:.3rem;
background:#fff;color:inherit}
.places{display:grid;grid-template-columns:repeat(auto-fill,minmax(17rem,1fr));gap:.8rem;align-items:start}
.place{border:1px solid #e4e7eb;border-radius:.4rem;padding:.5rem .7rem}
.place h3{font-size:1rem;margin:0;display:flex;justify-content:space-between;gap:.5rem}
.tiles{display:flex;flex-wrap:wrap;gap:.3rem;margin-top:.4rem}
.tile{display:inline-flex;gap:.25rem;padding:.1rem .35rem .1rem .15rem;font-size:.85rem;text-decoration:none;
color:inherit;background:#f5f7fa;border-radius:3px}
.tile:hover,.tile:focus-visible{outline:2px solid #1f2933}
.tile.earlier{background:none;outline:1px dashed #9aa5b1}
table{border-collapse:collapse;width:100%;counter-reset:rows;table-layout:fixed}
td{overflow-wrap:anywhere}
th,td{padding:.4rem .6rem;text-align:left;vertical-align:top;border-bottom:1px solid #e4e7eb}
th{white-space:nowrap}th small{margin-left:.4em}td small{display:block}
tbody tr{counter-increment:rows;scroll-margin-top:8rem}.rows::after{content:counter(rows)}
tr:target td{background:#fef9c3}
ul{margin:0;padding:0;list-style:none}li+li{margin-top:.5rem}li small{display:block}
.w1{width:16%}.w2{width:34%}.w3{width:16%}.w4{width:16%}.w5{width:18%}.v1{width:24%}.v2{width:12%}.v3{width:64%}
code{display:inline-block;white-space:nowrap;font:.85em ui-monospace,Consolas,monospace}
.asof{color:#8a3b12}
@media(max-width:50rem){body{padding:.7rem}.choice{position:static}
thead{display:none}table,tbody,tr,td{display:block}
tr{padding:.5rem 0;border-bottom:1px solid #cbd2d9}td{border:0;padding:.1rem 0}td:empty{display:none}
td[data-head]::before{content:attr(data-head)"："; color:#52606d}
.places{grid-template-columns:1fr}}
@media print{.choice{display:none}.place,tr{break-inside:avoid}}
"""


def style(marks: Mapping[str, Mark]) -> str:
    """Return the style of a page with these marks."""
    return _STYLE + "".join(f".m-{word}{{background:{mark.colour}}}" for word, mark in marks.items())
