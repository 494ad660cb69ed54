# SPDX-License-Identifier: Apache-2.0
"""The same lists over N visits and over 10,000, side by side in one run."""
import json

from .rows import LISTS, Row, get
from .stack import Failed

BASE = 10_000
PAGE, DEEP_PAGE, STEP = 25, 10_000, 200


def cursor_address(stack_):
    """Page 10,000 of all visits, or the last but few where there are less; reached by keyset, like any client."""
    records = min(DEEP_PAGE - 1, (stack_.n * 8 // 10) // PAGE) * PAGE
    records -= records % STEP
    path = f"/api/v1/visits?sort=-dates&fields=title&limit={STEP}"
    for _ in range(records // STEP):
        status, _, body = get(stack_.port, path)
        following = json.loads(body)["next"] if status == 200 else None
        if not following:
            raise Failed(f"GET {path} answers {status} without a next page")
        path = following[following.index("/api/"):]
    path = path.replace("&fields=title", "").replace(f"limit={STEP}", f"limit={PAGE}")
    status, _, body = get(stack_.port, path)
    if status != 200 or len(json.loads(body)["items"]) != PAGE:
        raise Failed(f"GET {path} answers {status}: {body[:200]!r}")
    return path, records // PAGE + 1


def scaling(sides):
    """name → row; `sides`: suffix of the row names → the files with requests of that stack."""
    rows = {}
    for suffix, asked in sides.items():
        stack_, at = asked.main, f"http://127.0.0.1:{asked.main.port}"
        deep, page = cursor_address(stack_)
        for kind, title, paths in (("list", "page 1", ["/api/v1/visits?sort=-dates"]),
                                   ("filter", "filtered, page 1", [f"/api/v1/visits?host_country={c}&sort=-dates" for c in LISTS]),
                                   ("deep", f"page {page:,}", [deep])):
            file, _, _ = asked.once(f"scale-{kind}{suffix}", paths)
            rows[f"scale-{kind}{suffix}"] = Row(f"list of 25 of {stack_.n:,}: {title}", at, "any", file, app=f"app{suffix}")
            rows[f"scale-{kind}{suffix}"].of = stack_
    return rows
