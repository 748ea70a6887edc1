# SPDX-License-Identifier: BSD-2-Clause
"""Scenarios and requests at random, the same for the same seed."""
import ipaddress
import itertools
import random
import string

from scenario import Key, Request, Scenario

TRUSTED = ["198.18.0.0/16", "2001:db8:aaaa::/48"]  # proxies: X-Forwarded-For counts
PROXY_FROM = ["198.19.0.0/16", "2001:db8:bbbb::/48"]  # who begin with a PROXY header

ALGORITHMS = [("ring-hash", 1024), ("ring-hash", 64), ("ring-hash", 4099),
              ("maglev", 65537), ("maglev", 251)]
WEIGHTS = [1, 2, 3, 5, 8]
# How many pods, v6, weights.
POD_SETS = [(1, False, None), (2, False, [3, 1]), (3, False, None), (3, True, None),
            (5, False, WEIGHTS), (6, True, WEIGHTS), (10, False, None),
            (12, True, [1, 37, 100]), (20, False, None), (75, False, None),
            (100, True, WEIGHTS), (300, False, None)]
KEYS = [Key("source-ip"), Key("header", "x-user"), Key("query", "user"),
        Key("cookie", "sticky-session-key"),
        Key("cookie", "sticky-session-key", ttl="0s"),
        Key("cookie", "sid", ttl="3600s", path="/app"),
        Key("cookie", "sticky", ttl="90.7s", path="/",
            attributes=[["SameSite", "Strict"], ["Secure", ""]])]
LISTENERS = {False: "198.51.100.10", True: "2001:db8:5::10"}
PLAIN = string.ascii_letters + string.digits + "._~-"


def pods(rng, count, is_v6, weights):
    network = ipaddress.ip_network("fd00:244::/64" if is_v6 else "10.244.0.0/16")
    chosen = rng.sample(range(1, 65000), count)
    if is_v6:
        chosen = [rng.getrandbits(rng.choice([12, 16, 40])) * 65536 + low for low in chosen]
    return [[str(network[at]), rng.choice([8080, 8081]) if weights else 8080,
             rng.choice(weights) if weights else 1] for at in chosen]


def scenarios(rng):
    """Half of all combinations; those without weights as Kubernetes objects, at times."""
    made = []
    for p, a, k in itertools.product(range(len(POD_SETS)), range(len(ALGORITHMS)),
                                     range(len(KEYS))):
        if (p + a + k) % 2:
            continue
        count, is_v6, weights = POD_SETS[p]
        algorithm, size = ALGORITHMS[a]
        chosen = pods(rng, count, is_v6, weights)
        form = "plain"
        if not weights and rng.random() < 0.5:
            # Slices give no order: samepod's is that of the addresses.
            form = "kubernetes"
            chosen.sort(key=lambda pod: ipaddress.ip_address(pod[0]))
        made.append(Scenario(f"p{count}-{a}-{k}", LISTENERS[is_v6], 10000 + len(made),
                             algorithm, size, KEYS[k], chosen, form))
    return made


def text(rng):
    kind = rng.randrange(10)
    if kind < 3:
        return "".join(rng.choices(PLAIN, k=rng.randint(1, 32)))
    if kind < 5:
        return str(rng.getrandbits(30))
    if kind < 7:
        return f"{rng.getrandbits(64):016x}"
    if kind < 8:
        return "".join(rng.choices(PLAIN, k=rng.randint(100, 400)))
    return "".join(rng.choices(PLAIN + "!$%'()*+,/:?@[]^`{|}", k=rng.randint(1, 40)))


def any_case(rng, name):
    return "".join(rng.choice([c.lower(), c.upper()]) for c in name)


def header_forms(rng, key):
    """[headers, target, value]: ways to carry the key, and not to."""
    value, name = text(rng), key.name
    return [
        ([[name, value]], "/", value),
        ([[any_case(rng, name), value]], "/", value),
        ([[name, value], ["x-other", "1"], [any_case(rng, name), text(rng)]], "/", None),
        ([[name, value], [name, value]], "/", None),
        ([[name, "zz"], [name, "b,a"], [name, value]], "/", None),
        ([[name, f" \t{value} \t "]], "/", value),
        ([[name, f"{value},{value}"]], "/", None),
        ([[name, f"caf\u00e9 {value}"]], "/", None),
        ([[name, ""]], "/", None),
        ([[name, ""], [name, value]], "/", None),
        ([[f"x-{name}", value]], "/", None),
    ]


def query_forms(rng, key):
    value, name = text(rng).replace("?", "-"), key.name
    return [([], target, hashed) for target, hashed in [
        (f"/p?{name}={value}", value),
        (f"/p?a=b&{name}={value}&{name}=second", value),
        (f"/p?x{name}=1&{name}={value}&", value),
        (f"/p?{name}", None), (f"/p?{name}=", None), (f"/p?{name}=a=b={value}", None),
        (f"/p?a=1;{name}={value}", None), (f"/p?{name}=%41+{value}", None),
        (f"/p?%75ser={value}", None), (f"/p?a?{name}=x&{name}={value}?{name}=y", None),
        (f"/{name}={value}", None), (f"http://shop.example/p?{name}={value}", value),
        (f"/p?{name.upper()}={value}", None), (f"/p?&&{name}={value}&&", value),
        (f"/p?{name}={value}#part", None),
    ]]


def cookie_forms(rng, key):
    value, name, other = text(rng), key.name, text(rng)
    value = value.replace(",", ".")
    lines = [
        ([f"{name}={value}"], value),
        ([f"a=1; {name}={value}; b=2"], value),
        ([f'a=1; {name}="{value}"; b=2'], value),
        ([f"z=9", f"{name}={value}"], value),
        ([f"{name}={value}", f"{name}={other}"], value),
        ([f"x{name}=no;   {name}={value};{name}=second"], value),
        ([f"{name}={value} ; x=1"], None), ([f"{name}={value}  "], value),
        ([f"{name}= {value}"], None), ([f'{name}="{value}" ; x=1'], None),
        ([f"a=1;\t{name}={value}"], None), ([f"a=1, {name}={value}"], None),
        ([f"{name} =trap; {name}={value}"], value), ([f"{name}=a=b={value}"], None),
        ([f'{name}=""'], None), ([f"{name}="], None), ([f"{name}"], None),
        ([f"{name}=; {name}={value}"], None), ([f'{name}="'], None),
        ([f'{name}="""'], None), ([f'{name}="{value}'], None),
        ([f"{any_case(rng, name).upper()}={value}"], None), ([";;"], None),
        ([f"other={value}"], None), ([f" ; ;{name}={value}"], value),
    ]
    return [([["cookie", line] for line in some], "/", hashed) for some, hashed in lines]


def address(rng, is_v6):
    if not is_v6:
        return f"{rng.choice(['203.0.113', '10.9.62', '172.16.255'])}.{rng.randint(1, 254)}"
    return str(ipaddress.ip_address("2001:db8:c::") + rng.getrandbits(
        rng.choice([4, 16, 60])) + 1)


def address_of(rng, ranges, is_v6):
    network = ipaddress.ip_network(ranges[is_v6])
    return str(network[rng.randrange(1, 60000)])


def proxy_header(rng, source, dest, is_v6):
    """Version 1 or 2, in hexadecimal."""
    if rng.random() < 0.5:
        line = f"PROXY TCP{6 if is_v6 else 4} {source[0]} {dest[0]} {source[1]} {dest[1]}\r\n"
        return line.encode().hex()
    ends = b"".join(ipaddress.ip_address(ip).packed for ip in (source[0], dest[0]))
    ends += b"".join(port.to_bytes(2, "big") for port in (source[1], dest[1]))
    return (b"\r\n\r\n\0\r\nQUIT\n" + bytes([0x21, 0x21 if is_v6 else 0x11]) +
            len(ends).to_bytes(2, "big") + ends).hex()


def forwarded(rng, is_v6):
    """Values of X-Forwarded-For, lines of them, from a proxy that is trusted."""
    client, proxy = address(rng, is_v6), address_of(rng, TRUSTED, is_v6)
    return rng.choice([
        [client], [f"{address(rng, is_v6)}, {client}"], [f"{client}, {proxy}"],
        [f"{address(rng, is_v6)},{client},{proxy} , {proxy}"], [proxy], [""],
        [client, proxy], ["unknown"], [f"{client}, unknown"], [f"{client}, unknown, {proxy}"],
        [address(rng, not is_v6)], [f"{client}:80"], [f"[{client}]"], [client, client],
    ])


def forms(rng, key):
    if key.kind == "source-ip":
        return [([], "/", None)]
    return {"header": header_forms, "query": query_forms,
            "cookie": cookie_forms}[key.kind](rng, key)


def requests(rng, number, scenario, count):
    is_v6 = ":" in scenario.ip
    pending = []
    client = None
    for _ in range(count):
        if not pending:
            pending = forms(rng, scenario.key)
            rng.shuffle(pending)
        headers, target, value = pending.pop()
        proxy, way = "", rng.random()
        if way < 0.5 or client is None or scenario.key.kind == "source-ip":
            client = [address(rng, is_v6), rng.randint(20000, 60000)]
        if scenario.key.kind == "source-ip":
            value = client[0]
        if scenario.has_hash and way < 0.1:
            client = [address_of(rng, PROXY_FROM, is_v6), client[1]]
            source = [address(rng, is_v6), rng.randint(1, 65535)]
            dest = [address(rng, is_v6), rng.randint(1, 65535)]
            proxy = proxy_header(rng, source, dest, is_v6)
        elif scenario.has_hash and way < 0.2:
            client = [address_of(rng, TRUSTED, is_v6), client[1]]
            headers = headers + [["x-forwarded-for", v] for v in forwarded(rng, is_v6)]
        if scenario.key.kind == "source-ip" and way < 0.2:
            value = None
        yield Request(number, client, target, headers, proxy, value)
        if proxy or way < 0.2:
            client = None


def make(seed, count):
    """Returns scenarios, and at least `count` requests."""
    rng = random.Random(seed)
    made = scenarios(rng)
    each = -(-count // len(made))
    return made, [request for number, scenario in enumerate(made)
                  for request in requests(rng, number, scenario, each)]
