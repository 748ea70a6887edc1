# SPDX-License-Identifier: BSD-2-Clause
"""What is compared: services with their pods and policies, and requests to them."""
import dataclasses
import json

POD_COOKIE = "pod=own"  # every pod sets it: the proxy's own comes after it


@dataclasses.dataclass
class Key:
    """What is hashed. ttl: seconds as Envoy reads them ("90.7s"), None makes no cookie."""
    kind: str  # source-ip, cookie, header or query
    name: str = ""
    ttl: str | None = None
    path: str = ""
    attributes: list = dataclasses.field(default_factory=list)  # [name, value or ""]


@dataclasses.dataclass
class Scenario:
    """One service. pods: [ip, port, weight], in the order that rings are built in."""
    name: str
    ip: str
    port: int
    algorithm: str  # ring-hash or maglev
    size: int
    key: Key
    pods: list
    form: str = "plain"  # of the manifest: plain or kubernetes

    @property
    def has_hash(self):
        """Whether a request without the key is hashed all the same."""
        return self.key.kind == "source-ip" or self.key.ttl is not None


@dataclasses.dataclass
class Request:
    """client: [ip, port]; the same one in a row stays on its connection. proxy: header
    of the PROXY protocol that the connection begins with, in hexadecimal. value: the text
    that is hashed, where it is plain to see (samepod explain is asked then, too)."""
    scenario: int
    client: list
    target: str = "/"
    headers: list = dataclasses.field(default_factory=list)
    proxy: str = ""
    value: str | None = None


@dataclasses.dataclass
class Answer:
    """pod: ip:port; any: there was no hash, so that another pod would be right as well."""
    status: int
    pod: str
    cookies: list
    any: bool = False


def endpoint(ip, port):
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def write(path, things):
    with open(path, "w", encoding="ascii") as file:
        for thing in things:
            file.write(json.dumps(dataclasses.asdict(thing)) + "\n")


def read(path, kind):
    with open(path, encoding="ascii") as file:
        things = [kind(**json.loads(line)) for line in file]
    for thing in things:
        if kind is Scenario:
            thing.key = Key(**thing.key)
    return things
