#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Clients that try to write into the access log, and readers that look for it.

  l7_log.py attack ADDRESS PORT       a request for each evil text in each place; prints
                                      how many
  l7_log.py check text|json FILE      every line has its form; prints how many
"""
import json
import re
import socket
import sys

EVIL = [
    '"', "\\", '\\"', '" 200 - 0 0 0 "10.6.6.6:80"', "\\n", "\\u000a", "%0a", "%22",
    '","response_code":200,"x":"', "\t", "a\tb", "'", "\x80", "\xff\xfe", "\xc3\xa9",
    "\xc0\x80", "\xed\xa0\x80", "\xe2\x80\xae", "\xc2\x85", "\xc2\x9b2J",
    "\xf0\x9f\x8d\xb5", "${jndi:ldap://a}", "<script>", "x" * 7000, '"' * 3000,
    "\xff" * 3000, "-", "null", "{}", "] \"GET / HTTP/1.1\" 200",
]
NAMES = ["User-Agent", "X-Forwarded-For", "X-Request-Id", "X-Other", "Cookie"]
TIMES = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
QUOTED = r'"(?:[^"\\]|\\.)*"'
LINE = re.compile(
    rf'\[{TIMES.pattern}\] "(?:[^"\\ ]|\\.)* (?:[^"\\ ]|\\.)* [^" ]*" \d+ [A-Z,-]+ '
    rf"\d+ \d+ \d+(?: {QUOTED}){{8}} \d+")
FIELDS = (
    "start_time method path protocol response_code response_flags bytes_received "
    "bytes_sent duration upstream_addr user_agent x_forwarded_for request_id authority "
    "downstream_remote_address upstream_cluster response_code_details "
    "upstream_request_attempt_count").split()


def requests():
    for evil in EVIL:
        for name in NAMES:
            yield "GET / HTTP/1.1\r\nHost: a\r\n", f"{name}: {evil}\r\n"
        yield f"GET /{evil} HTTP/1.1\r\nHost: a\r\n", ""
        yield f"{evil} / HTTP/1.1\r\nHost: a\r\n", ""
        yield "GET / HTTP/1.1\r\n", f"Host: {evil}\r\n"
        yield f"GET http://{evil}/ HTTP/1.1\r\nHost: a\r\n", ""


def attack(address, port):
    count = 0
    for line, fields in requests():
        with socket.create_connection((address, int(port)), timeout=20) as sock:
            sock.sendall((line + fields + "Connection: close\r\n\r\n").encode("latin-1"))
            while sock.recv(65536):
                pass
        count += 1
    print(count)


def check_text(line):
    return LINE.fullmatch(line)


def check_json(line):
    record = json.loads(line)
    return (list(record) == FIELDS and TIMES.fullmatch(record["start_time"])
            and isinstance(record["response_code"], int)
            and record["upstream_cluster"] == "log")


def check(form, path):
    is_right = check_text if form == "text" else check_json
    with open(path, "rb") as file:
        lines = file.read().split(b"\n")
    assert lines.pop() == b"", "the last line does not end"
    for line in lines:
        text = line.decode("utf-8")  # an error: it is not UTF-8
        assert len(line) < 4096 and is_right(text), text
        assert text.isprintable(), text
    print(len(lines))


verb, *words = sys.argv[1:]
attack(*words) if verb == "attack" else check(*words)
