# SPDX-License-Identifier: BSD-2-Clause
"""Scenarios as manifests for samepod: plain lists, or Kubernetes and Istio objects."""
from scenario import endpoint

NAMESPACE = "conform"


def ttl_seconds(ttl):
    """Whole seconds, as they reach the client."""
    return int(float(ttl.removesuffix("s")))


def plain_options(scenario):
    key = scenario.key
    yield f"name={scenario.name}"
    yield f"key={key.kind}" + (f":{key.name}" if key.name else "")
    yield f"algorithm={scenario.algorithm}"
    yield f"{'ring' if scenario.algorithm == 'ring-hash' else 'table'}-size={scenario.size}"
    if key.ttl is not None:
        yield f"cookie-ttl={ttl_seconds(key.ttl)}"
    if key.path:
        yield f"cookie-path={key.path}"
    for name, value in key.attributes:
        yield f"cookie-attribute={name}" + (f"={value}" if value else "")


def plain(scenarios):
    for scenario in scenarios:
        yield " ".join(["service", endpoint(scenario.ip, scenario.port) + "/tcp",
                        *plain_options(scenario)])
        for ip, port, weight in scenario.pods:
            yield endpoint(ip, port) + (f" weight={weight}" if weight != 1 else "")


def consistent_hash(scenario):
    key, size = scenario.key, scenario.size
    hashed = {"source-ip": lambda: {"useSourceIp": True},
              "header": lambda: {"httpHeaderName": key.name},
              "query": lambda: {"httpQueryParameterName": key.name},
              "cookie": lambda: {"httpCookie": cookie(key)}}[key.kind]()
    if scenario.algorithm == "maglev":
        return {**hashed, "maglev": {"tableSize": size}}
    return {**hashed, "ringHash": {"minimumRingSize": size}} if size != 1024 else hashed


def cookie(key):
    wanted = {"name": key.name}
    if key.path:
        wanted["path"] = key.path
    if key.ttl is not None:
        wanted["ttl"] = key.ttl
    if key.attributes:
        wanted["attributes"] = [{"name": n, "value": v} for n, v in key.attributes]
    return wanted


def kubernetes(scenario):
    """Service, EndpointSlice and DestinationRule of one scenario."""
    meta = {"name": scenario.name, "namespace": NAMESPACE}
    family = "IPv6" if ":" in scenario.ip else "IPv4"
    balancer = {"consistentHash": consistent_hash(scenario)}
    yield {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {
        "externalIPs": [scenario.ip],
        "ports": [{"name": "http", "port": scenario.port, "protocol": "TCP"}]}}
    yield {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
           "metadata": {**meta, "labels": {"kubernetes.io/service-name": scenario.name}},
           "addressType": family,
           "ports": [{"name": "http", "port": scenario.pods[0][1], "protocol": "TCP"}],
           "endpoints": [{"addresses": [ip]} for ip, _, _ in scenario.pods]}
    yield {"apiVersion": "networking.istio.io/v1", "kind": "DestinationRule",
           "metadata": meta, "spec": {
               "host": f"{scenario.name}.{NAMESPACE}.svc.cluster.local",
               "trafficPolicy": {"loadBalancer": balancer}}}
