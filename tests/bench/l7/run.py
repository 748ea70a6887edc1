#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a request costs each proxy: CPU time, never wall time; alternating, the median of
the ratios of one round. usage: run.py FOLDER ROUNDS [PART...]"""
import os
import socket
import statistics
import subprocess
import sys
import time

import proxies

TOOLS = "build/tests/bench/l7"
LOAD_CPU = "1" if os.cpu_count() > 1 else "0"


class Bench:
    def __init__(self, folder, rounds):
        self.folder, self.rounds = folder, rounds
        self.kinds = [proxies.Haproxy, proxies.Nginx]
        if os.environ.get("BENCH_ENVOY"):
            self.kinds.append(proxies.Envoy)
        else:
            print("  SKIPPED: envoy, which is not to be had here")
        self.kinds.insert(0, proxies.Samepod)

    def start(self, with_log=False, kinds=None):
        started = []
        for kind in kinds or self.kinds:
            log = os.path.join(self.folder, kind.name + ".log") if with_log else None
            started.append(kind(self.folder, log).start())
        for proxy in started:
            wait_for(proxy)
        return started


def wait_for(proxy, seconds=20):
    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection((proxies.VIP, proxy.port), 1).close()
            return
        except OSError:
            if time.monotonic() > end:
                with open(proxy.path("err"), encoding="utf-8") as file:
                    sys.exit(f"{proxy.name} does not start: {file.read()}")
            time.sleep(0.1)


def load_command(proxy, *words):
    return [*proxies.SCHEDULED, "taskset", "-c", LOAD_CPU, f"{TOOLS}/load", proxies.VIP, str(proxy.port), *words]


def load(proxy, *words):
    """What it printed, by name."""
    output = subprocess.run(load_command(proxy, *words), capture_output=True, text=True,
                            check=False, timeout=120).stdout.split()
    printed = dict(zip(output[::2], map(float, output[1::2])))
    if printed.get("errors", 1):
        print(f"  ERRORS: {proxy.name}: {printed}")
    return printed


def cost(proxy, words, unit):
    """CPU microseconds for each request, or for each MiB."""
    before = proxy.cpu_ns()
    printed = load(proxy, *words)
    count = printed["requests"] if unit == "request" else printed["bytes"] / (1 << 20)
    return (proxy.cpu_ns() - before) / 1e3 / max(count, 1)


def table(title, unit, limits, rows):
    """rows: proxy's name -> value of each round; limits: name -> largest ratio of ours."""
    print(f"  {title}")
    ours = rows["samepod"]
    for name, values in rows.items():
        line = f"    {name:10} {statistics.median(values):9.1f} {unit}"
        if name != "samepod":
            ratio = statistics.median(a / b for a, b in zip(ours, values))
            line += f"   samepod is {ratio:5.3f} of it"
            if name in limits:
                line += f"  (at most {limits[name]:g}: " + (
                    "kept)" if ratio <= limits[name] else "MISSED)")
        print(line, flush=True)


def alternate(bench, started, measure):
    rows = {proxy.name: [] for proxy in started}
    for proxy in started:
        measure(proxy)
    for _ in range(bench.rounds):
        for proxy in started:
            rows[proxy.name].append(measure(proxy))
    for proxy in started:
        proxy.stop()
    return rows


SMALL = {"haproxy": 0.67, "nginx": 0.6, "envoy": 0.2}


def part_requests(bench, with_log=False):
    for what, words in (("small request", []), ("browser-like request", ["--browser"])):
        rows = alternate(bench, bench.start(with_log),
                         lambda proxy: cost(proxy, ["--seconds", "1.5", *words], "request"))
        table(f"{what}, access log {'on' if with_log else 'off'}", "us/request", SMALL, rows)


def part_log(bench):
    part_requests(bench, with_log=True)


def part_big(bench):
    rows = alternate(bench, bench.start(), lambda proxy: cost(
        proxy, ["--seconds", "1.5", "--connections", "16", "--target", "/big"], "MiB"))
    table("1 MiB responses", "us/MiB", {"haproxy": 0.9}, rows)


def part_close(bench):
    rows = alternate(bench, bench.start(), lambda proxy: cost(
        proxy, ["--seconds", "1.5", "--connections", "32", "--close"], "request"))
    table("a new connection for each request", "us/request", {"haproxy": 0.9}, rows)


def part_idle(bench, count=9000):
    print(f"  memory of an idle connection, of {count}")
    for proxy in bench.start():
        load(proxy, "--seconds", "1")
        before = proxy.memory_bytes()
        with subprocess.Popen(load_command(proxy, "--hold", "--connections", str(count)),
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as held:
            said = held.stdout.readline().decode().strip()
            each = (proxy.memory_bytes() - before) / count
            held.stdin.close()
        line = f"    {proxy.name:10} {each:9.0f} bytes   ({said})"
        if proxy.name == "samepod":
            line += f"  (at most 614: {'kept' if each <= 614 else 'MISSED'})"
        print(line, flush=True)
        proxy.stop()


def part_latency(bench):
    """Both at the half of what HAProxy does at most, whatever they answer."""
    started = bench.start(kinds=[k for k in bench.kinds if k.name in ("samepod", "haproxy")])
    haproxy = next(proxy for proxy in started if proxy.name == "haproxy")
    peak = statistics.median(
        printed["requests"] / printed["seconds"]
        for printed in (load(haproxy, "--seconds", "2") for _ in range(3)))
    rows = alternate(bench, started, lambda proxy: load(
        proxy, "--seconds", "3", "--rate", f"{peak / 2:.0f}")["p99"])
    table(f"latency at {peak / 2:.0f} requests/s, open loop, 99th percentile", "us",
          {"haproxy": 1.0}, rows)


PARTS = {"requests": part_requests, "log": part_log, "big": part_big, "close": part_close,
         "idle": part_idle, "latency": part_latency}


def main():
    bench = Bench(sys.argv[1], int(sys.argv[2]))
    for part in sys.argv[3:] or PARTS:
        PARTS[part](bench)


if __name__ == "__main__":
    main()
