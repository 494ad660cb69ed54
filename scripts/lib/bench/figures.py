# SPDX-License-Identifier: Apache-2.0
"""Medians, ratios against their targets, and the printed tables."""
import statistics

MEASURES = ("rate", "mean", "p50", "p90", "p99", "max", "bytes")


def summary(rounds):
    """One row out of its rounds: medians, lowest and highest rate, all failed requests."""
    s = {m: statistics.median(r[m] for r in rounds) for m in MEASURES if all(m in r for r in rounds)}
    s["rate_min"], s["rate_max"] = min(r["rate"] for r in rounds), max(r["rate"] for r in rounds)
    s["failed"] = sum(r["failed"] for r in rounds)
    s["rounds"] = len(rounds)
    s["cpu_us"] = {g: statistics.median(r["cpu_us"].get(g, 0) for r in rounds) for g in rounds[0].get("cpu_us", {})}
    return s


def ratio(rows, above, below):
    """`above` and `below` are row names with an optional measure, "visit-64 p99"; None when a row is missing or void."""
    def value(text):
        name, _, measure = text.partition(" ")
        row = rows.get(name)
        return None if not row or row["failed"] else row.get(measure or "rate")
    a, b = value(above), value(below)
    return None if a is None or not b else a / b


def served(rows, name):
    """req/s × mean latency ÷ clients: below 1 some clients wait for ever."""
    row = rows.get(name)
    return None if not row or row["failed"] else row["rate"] * row["mean"] / row["connections"]


# measure, how it comes from the rows, reach, stretch, whether more is better
TARGETS = (
    ("one visit ÷ constant answer, 64 clients", lambda r: ratio(r, "visit-64", "constant-64"), .35, .45, True),
    ("304 on a dossier ÷ constant answer", lambda r: ratio(r, "dossier-304", "constant"), .40, .60, True),
    ("dossier ÷ one visit", lambda r: ratio(r, "dossier", "visit"), .80, .95, True),
    ("list of 25, four fields ÷ one visit", lambda r: ratio(r, "list-page", "visit"), .55, .65, True),
    ("list of 25, every field ÷ one visit", lambda r: ratio(r, "list", "visit"), .55, .65, True),
    ("list of 25, four fields ÷ one visit, no answer kept", lambda r: ratio(r, "list-page-anew", "visit-anew"), .55, .65, True),
    ("list of 25, every field ÷ one visit, no answer kept", lambda r: ratio(r, "list-anew", "visit-anew"), .55, .65, True),
    ("cached list ÷ static file of its size", lambda r: ratio(r, "list-cached", "static-list"), .60, .85, True),
    ("create with 10 children ÷ inserts without HTTP", lambda r: ratio(r, "create", "inserts"), .50, .75, True),
    ("one visit, no answer kept ÷ PHP-FPM", lambda r: ratio(r, "visit-anew", "php-visit"), 2.0, 3, True),
    ("dossier, no answer kept ÷ PHP-FPM", lambda r: ratio(r, "dossier-anew", "php-dossier"), 5, 8, True),
    ("list, no answer kept ÷ PHP-FPM", lambda r: ratio(r, "list-anew", "php-list"), 1.7, 2, True),
    ("one visit, no answer kept ÷ Fastify", lambda r: ratio(r, "visit-anew", "node-visit"), 1.5, 2, True),
    ("dossier, no answer kept ÷ Fastify", lambda r: ratio(r, "dossier-anew", "node-dossier"), 4, 6, True),
    ("list, no answer kept ÷ Fastify", lambda r: ratio(r, "list-anew", "node-list"), 1.6, 2, True),
    ("p99 ÷ p50 of one visit, 64 clients", lambda r: ratio(r, "visit-64 p99", "visit-64 p50"), 4, 2.5, False),
    ("req/s × mean latency ÷ clients, 64", lambda r: served(r, "visit-64"), .95, .98, True),
    ("req/s × mean latency ÷ clients, 1,000", lambda r: served(r, "visit-1000"), .95, .98, True),
    ("one visit beside 3 slow lists ÷ without", lambda r: ratio(r, "visit-beside", "visit"), .70, .90, True),
    ("list page 1: time at N ÷ at 10,000 visits", lambda r: ratio(r, "scale-list-base", "scale-list"), 1.5, 1.1, False),
    ("list filtered: time at N ÷ at 10,000 visits", lambda r: ratio(r, "scale-filter-base", "scale-filter"), 1.5, 1.1, False),
    ("list page 10,000: time at N ÷ page 1", lambda r: ratio(r, "scale-list", "scale-deep"), 1.5, 1.1, False),
    ("list page 10,000: time at N ÷ last page at 10,000", lambda r: ratio(r, "scale-deep-base", "scale-deep"), 1.5, 1.1, False),
    ("25 likely duplicates ÷ one visit, one client", lambda r: ratio(r, "duplicates", "visit-1"), 1 / 20, 1 / 4, True),
    ("bodies by two words ÷ one visit, one client", lambda r: ratio(r, "name-search", "visit-1"), 1 / 5, 1 / 2, True),
    ("private memory of the application, 64 clients (MB)", lambda r: r.get("memory", {}).get("megabytes"), 40, 20, False),
    ("start of ziara serve to the first answer (ms)", lambda r: r.get("start", {}).get("milliseconds"), 300, 100, False),
)


def judge(rows):
    """(measure, value, reach, stretch, verdict) of every target whose rows were measured."""
    found = []
    for measure, of, reach, stretch, more in TARGETS:
        value = of(rows)
        if value is None:
            continue
        good = (lambda bound: value >= bound) if more else (lambda bound: value <= bound)
        found.append((measure, value, reach, stretch, "stretch" if good(stretch) else "reached" if good(reach) else "NOT reached"))
    return found


def table(head, lines):
    """Markdown with columns of equal width; all but the first are set right."""
    cells = [head, *lines]
    width = [max(len(line[i]) for line in cells) for i in range(len(head))]
    out = ["| " + " | ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(line, width))) + " |" for line in cells]
    out.insert(1, "| " + " | ".join(("-" * w) if i == 0 else "-" * (w - 1) + ":" for i, w in enumerate(width)) + " |")
    return "\n".join(out)


def milliseconds(seconds):
    return f"{seconds * 1e3:.2f}" if seconds < .01 else f"{seconds * 1e3:.1f}" if seconds < 1 else f"{seconds * 1e3:,.0f}"


def rows_table(rows):
    lines = []
    for name, r in rows.items():
        if "note" in r:
            lines.append((r["title"], str(r["connections"]), r["note"], *[""] * 6))
        elif "p50" in r:
            cpu = r["cpu_us"]
            lines.append((r["title"], str(r["connections"]), ("VOID " if r["failed"] else "") + f"{r['rate']:,.0f}",
                          f"{r['rate_min']:,.0f}–{r['rate_max']:,.0f}", milliseconds(r["p50"]), milliseconds(r["p99"]), f"{r['bytes']:,.0f}",
                          " / ".join(f"{cpu[g]:.0f}" if g in cpu else "–" for g in ("nginx", "app", "db")), str(r["failed"])))
    return table(("row", "clients", "req/s", "min–max", "p50 ms", "p99 ms", "bytes", "µs nginx / app / db", "failed"), lines)


def targets_table(judged):
    def text(v):
        return f"{v:.2f}" if v < 100 else f"{v:.0f}"
    return table(("measure", "here", "reach", "stretch", "verdict"),
                 [(m, text(v), f"{reach:g}", f"{stretch:g}", verdict) for m, v, reach, stretch, verdict in judged])
