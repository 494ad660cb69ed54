# SPDX-License-Identifier: Apache-2.0
"""One measurement: wrk against an address, and what the processes behind it used meanwhile."""
import json
import os
import pathlib
import subprocess

from . import stack

LUA = stack.ROOT / "tests/load/ask.lua"
TICKS = os.sysconf("SC_CLK_TCK")


def parse(output):
    """What ask.lua printed at the end: times in seconds, `rate` in requests a second, `failed` requests."""
    lines = [line for line in output.splitlines() if line.startswith("BENCH ")]
    if not lines:
        raise stack.Failed(f"wrk did not end as it should: {output.strip()[-300:]}")
    said = json.loads(lines[-1][len("BENCH "):])
    seconds = said["duration_us"] / 1e6
    made = said["requests"]
    return {"rate": made / seconds, "requests": made, "failed": said["status"] + said["connect"] + said["read"] + said["write"] + said["timeout"],
            "bytes": said["bytes"] / made if made else 0, **{k: said[f"{k}_us"] / 1e6 for k in ("mean", "p50", "p90", "p99", "max")}}


def ticks(pids):
    """Processor time of the processes, in seconds."""
    total = 0
    for pid in pids:
        try:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        except OSError:
            pass
    return total / TICKS


def private_bytes(pids):
    """Memory that only these processes hold."""
    total = 0
    for pid in pids:
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(("Private_Clean:", "Private_Dirty:")):
                total += int(line.split()[1]) * 1024
    return total


def command(address, mode, file, connections, seconds, headers=None):
    """`mode`: any (requests of the file at random), once (each once, in order), post (each a body). `headers`: a file."""
    threads = "1" if connections < 2 else "2"
    return ["wrk", "-t", threads, "-c", str(connections), "-d", f"{seconds}s", "--timeout", "10s", "-s", str(LUA), address,
            "--", mode, str(file), *([str(headers)] if headers else [])]


def environment(arguments):
    """What ask.lua wants to know of the command line."""
    return {**os.environ, "CONNECTIONS": arguments[arguments.index("-c") + 1]} if "-c" in arguments else None


def run(arguments, groups=None):
    """Runs wrk; `groups`: name → function that lists process ids. Adds processor µs a request of each group."""
    groups = {name: list(pids()) for name, pids in (groups or {}).items()}
    before = {name: ticks(pids) for name, pids in groups.items()}
    done = subprocess.run(arguments, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(arguments))
    used = {name: ticks(pids) - before[name] for name, pids in groups.items()}
    result = parse(done.stdout)
    result["cpu_us"] = {name: 1e6 * s / result["requests"] if result["requests"] else 0 for name, s in used.items()}
    return result
