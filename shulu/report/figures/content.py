"""What is live: collections against the programme's resource table, and by which way they came."""

from __future__ import annotations

from shulu.programme import COLLECTIONS, RESOURCES, collection, place
from shulu.registry import ROUTES
from shulu.report.figures.known import Known, Row


def collections(known: Known) -> list[Row]:
    """Hold what the release has and what is live against the programme's resource table."""
    release = known.inputs.release
    bags = release.bags if release else ()
    holders: dict[str, dict[str, int]] = {}
    for code, receipt in known.live.items():
        for bag in receipt.bags:
            own = holders.setdefault(bag.collection, {})
            own[code] = own.get(code, 0) + bag.bytes
    ids = {each.id for each in COLLECTIONS} | {bag.collection for bag in bags} | holders.keys()
    found = []
    for id_ in sorted(ids, key=place):
        table = RESOURCES.get(id_)
        own_bags = [bag for bag in bags if bag.collection == id_]
        counts = [known.inputs.records.get((bag.id, bag.version)) for bag in own_bags]
        held = holders.get(id_, {})
        found.append({
            "id": id_,
            "name": collection(id_).zh if id_ != "kit" else "部署套件",
            "table_tb": table and table.tb,
            "table_shared": table.shared if table else "",
            "table_count": table and table.count,
            "table_at_least": bool(table and table.at_least),
            "unit": table.unit if table else "",
            "release_bytes": sum(bag.bytes for bag in own_bags),
            "release_files": sum(bag.files for bag in own_bags),
            "records": None if not own_bags or None in counts else sum(filter(None, counts)),
            "libraries": len(held),
            "live_bytes": sum(held.values()),
            "receipts": known.numbers(held),
        })  # fmt: skip
    return found


def routes(known: Known) -> list[Row]:
    """Count libraries by route, as planned and as their receipts have it, and what travelled."""
    found = []
    for route in ROUTES:
        deliveries = [each for each in known.inputs.receipts if each.route == route]
        live = [receipt for receipt in known.live.values() if receipt.route == route]
        found.append({
            "id": route,
            "planned": sum(each.route == route for each in known.inputs.libraries),
            "live": len(live),
            "live_bytes": sum(receipt.bytes for receipt in live),
            "deliveries": len(deliveries),
            "travelled_bytes": sum(each.travelled_bytes for each in deliveries),
            "travelled_files": sum(each.travelled_files for each in deliveries),
            "receipts": sorted(each.no for each in deliveries),
        })  # fmt: skip
    return found
