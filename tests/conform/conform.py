#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What tests/conform/test_conform is made of; FOLDER holds what goes from step to step.

usage: conform.py generate FOLDER SEED COUNT   scenarios and requests, and what proxies need
       conform.py recorded FOLDER DECISIONS    the same from tests/data, with the answers
       conform.py play FOLDER NAME             ask the proxy here: answers NAME.jsonl
       conform.py explain FOLDER NAME SAMEPOD  what 'samepod explain' says, as answers
       conform.py compare FOLDER A B           0 when all answers are the same
"""
import json
import os
import subprocess
import sys

import envoy_config
import generate
import manifests
import play
import recorded
import scenario as files
from scenario import Answer, Request, Scenario

SHOWN = 10


def paths(folder):
    return {name: os.path.join(folder, name) for name in (
        "scenarios.jsonl", "requests.jsonl", "envoy.json", "plain.list", "kubernetes.json")}


def write_all(folder, scenarios, requests):
    path = paths(folder)
    files.write(path["scenarios.jsonl"], scenarios)
    files.write(path["requests.jsonl"], requests)
    with open(path["envoy.json"], "w", encoding="ascii") as file:
        json.dump(envoy_config.config(scenarios, generate.TRUSTED), file)
    with open(path["plain.list"], "w", encoding="ascii") as file:
        for line in manifests.plain(s for s in scenarios if s.form == "plain"):
            file.write(line + "\n")
    items = [item for s in scenarios if s.form != "plain" for item in manifests.kubernetes(s)]
    with open(path["kubernetes.json"], "w", encoding="ascii") as file:
        json.dump({"apiVersion": "v1", "kind": "List", "items": items}, file)


def read_all(folder):
    path = paths(folder)
    return (files.read(path["scenarios.jsonl"], Scenario),
            files.read(path["requests.jsonl"], Request))


def answers_path(folder, name):
    return os.path.join(folder, name + ".jsonl")


def do_generate(folder, seed, count):
    scenarios, requests = generate.make(int(seed), int(count))
    write_all(folder, scenarios, requests)


def do_recorded(folder, decisions):
    scenarios, requests, answers = recorded.read(decisions)
    write_all(folder, scenarios, requests)
    files.write(answers_path(folder, "recorded"), answers)


def do_play(folder, name):
    scenarios, requests = read_all(folder)
    files.write(answers_path(folder, name),
                play.play(scenarios, requests, finds_random=name == "envoy"))


def explain_client(scenario, request):
    kind = scenario.key.kind
    return request.value if kind == "source-ip" else f"{kind}={request.value}"


def do_explain(folder, name, samepod):
    """Only pods, and only where the text to hash is known; others stay without an answer."""
    scenarios, requests = read_all(folder)
    path = paths(folder)
    answers = [Answer(0, "", []) for _ in requests]
    for number, scenario in enumerate(scenarios):
        asked = [i for i, r in enumerate(requests) if r.scenario == number and r.value]
        lines = [explain_client(scenario, requests[i]) for i in asked]
        output = subprocess.run(
            [samepod, "-j", "explain", files.endpoint(scenario.ip, scenario.port), "-",
             "-f", path["plain.list"], path["kubernetes.json"]],
            input="\n".join(lines) + "\n", capture_output=True, text=True, check=True).stdout
        for i, line in zip(asked, output.splitlines(), strict=True):
            answers[i] = Answer(200, json.loads(line)["pod"], [])
    files.write(answers_path(folder, name), answers)


def differs(scenario, a, b):
    """a is Envoy's. A pod chosen at random has to be one of the scenario's."""
    if (a.status, a.cookies) != (b.status, b.cookies):
        return True
    if a.any:
        return b.pod not in {files.endpoint(*pod[:2]) for pod in scenario.pods}
    return a.pod != b.pod


def do_compare(folder, name_a, name_b):
    scenarios, requests = read_all(folder)
    a, b = (files.read(answers_path(folder, name), Answer) for name in (name_a, name_b))
    rows = list(zip(requests, a, b, strict=True))
    if name_b == "explain":
        rows = [(r, Answer(200, x.pod, []), y) for r, x, y in rows if y.status]
    wrong = [row for row in rows if differs(scenarios[row[0].scenario], row[1], row[2])]
    for request, x, y in wrong[:SHOWN]:
        print(scenarios[request.scenario].name, request)
        print(f"  {name_a}: {x}\n  {name_b}: {y}")
    print(f"{name_a} and {name_b}: {len(wrong)} differences in {len(rows)} requests to "
          f"{len(scenarios)} services ({sum(x.cookies not in ([], [files.POD_COOKIE]) for _, x, _ in rows)} with a new "
          f"cookie, {sum(x.any for _, x, _ in rows)} without a hash)")
    return 1 if wrong or not rows else 0


def main():
    verbs = {"generate": do_generate, "recorded": do_recorded, "play": do_play,
             "explain": do_explain, "compare": do_compare}
    if len(sys.argv) < 3 or sys.argv[1] not in verbs:
        sys.exit(__doc__)
    sys.exit(verbs[sys.argv[1]](*sys.argv[2:]))


if __name__ == "__main__":
    main()
