# SPDX-License-Identifier: Apache-2.0
"""The rules of the Prometheus text format 0.0.4 and of good metric names, as promtool has them.

problems(text): a list of sentences, empty when all is well.  values(text): {series: number}.
"""
import math
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"^({NAME})(?:\{{((?:{LABEL}(?:,{LABEL})*)?),?\}})? (\S+)(?: -?\d+)?$")
TYPES = {"counter", "gauge", "histogram", "summary", "untyped"}
UNITS = re.compile(r"_(ms|milliseconds|us|microseconds|ns|minutes|hours|days|kb|mb|kilobytes|megabytes|bits|percent)(_|$)")


def _labels(text):
    return re.findall(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"', text or "")


def _number(text):
    return {"+Inf": math.inf, "-Inf": -math.inf, "NaN": math.nan}.get(text) if text in ("+Inf", "-Inf", "NaN") else float(text)


def _samples(text):
    """(family line kind, …) of every line in turn."""
    for number, line in enumerate(text.split("\n")[:-1], 1):
        if line.startswith("# HELP ") or line.startswith("# TYPE "):
            parts = line.split(" ", 3)
            yield number, parts[1], parts[2] if len(parts) > 2 else "", parts[3] if len(parts) > 3 else ""
        elif line and not line.startswith("#"):
            found = SAMPLE.match(line)
            yield number, "SAMPLE" if found else "BAD", found[1] if found else line, found


def _family(name, types):
    base = re.sub(r"_(bucket|sum|count)$", "", name)
    return base if types.get(base) in ("histogram", "summary") else name


def values(text):
    found = {}
    for _, kind, name, match in _samples(text):
        if kind == "SAMPLE":
            labels = ",".join(f'{k}="{v}"' for k, v in sorted(_labels(match[2])))
            found[f"{name}{{{labels}}}" if labels else name] = _number(match[3])
    return found


def _form(text):
    types, helps, seen, series, last = {}, {}, set(), set(), None
    if not text.endswith("\n"):
        yield "the last line does not end"
    for number, kind, name, rest in _samples(text):
        if kind == "BAD":
            yield f"line {number}: no sample: {name}"
            continue
        family = _family(name, types) if kind == "SAMPLE" else name
        if family != last and family in seen:
            yield f"line {number}: {family} comes back after another family"
        last = family
        seen.add(family)
        if kind == "HELP":
            if name in helps or not rest:
                yield f"line {number}: HELP of {name} is repeated or empty"
            helps[name] = rest
        elif kind == "TYPE":
            if name in types or rest not in TYPES:
                yield f"line {number}: TYPE of {name} is repeated or unknown"
            types[name] = rest
        else:
            labels = _labels(rest[2])
            key = (name, tuple(sorted(labels)))
            if key in series or len({k for k, _ in labels}) < len(labels):
                yield f"line {number}: a series or label is repeated: {rest[0]}"
            series.add(key)
            try:
                value = _number(rest[3])
            except ValueError:
                yield f"line {number}: no number: {rest[3]}"
                continue
            if family not in types or family not in helps:
                yield f"line {number}: {family} has no TYPE or HELP before it"
            if types.get(family) in ("counter", "histogram") and not value >= 0:
                yield f"line {number}: {name} counts to {value}"


def _names(types):
    for name, kind in types.items():
        if (kind == "counter") != name.endswith("_total"):
            yield f"{name}: counters and nothing else end in _total"
        if re.search(r"_(count|sum|bucket)$", name):
            yield f"{name}: the ending belongs to histograms"
        if UNITS.search(name) or re.search("[A-Z]", name) or re.search("_(counter|gauge|histogram)(_|$)", name):
            yield f"{name}: base units, no capitals, no type in a name"


def _histograms(text, types):
    groups = {}
    for _, kind, name, match in _samples(text):
        if kind != "SAMPLE":
            continue
        labels = dict(_labels(match[2]))
        family = _family(name, types)
        if any(k.startswith("__") for k in labels) or ("le" in labels and types.get(family) != "histogram"):
            yield f"{name}: a reserved label"
        if types.get(family) == "histogram":
            le = labels.pop("le", None)
            group = groups.setdefault((family, tuple(sorted(labels.items()))), {"buckets": [], "sum": None, "count": None})
            if name.endswith("_bucket"):
                group["buckets"].append((_number(le or "NaN"), _number(match[3])))
            else:
                group[name.rsplit("_", 1)[1]] = _number(match[3])
    for (family, labels), group in groups.items():
        bounds = [b for b, _ in group["buckets"]]
        counts = [n for _, n in group["buckets"]]
        if bounds != sorted(set(bounds)) or counts != sorted(counts):
            yield f"{family}{labels}: buckets do not rise"
        if not bounds or bounds[-1] != math.inf or counts[-1] != group["count"] or group["sum"] is None:
            yield f"{family}{labels}: +Inf, _count and _sum do not fit"


def problems(text):
    types = {name: rest for _, kind, name, rest in _samples(text) if kind == "TYPE"}
    return [*_form(text), *_names(types), *_histograms(text, types)]
