# SPDX-License-Identifier: BSD-2-Clause
"""Scenarios as the configuration of an Envoy: a listener and a cluster for each."""
from play import TWIN
from scenario import Key, Scenario, endpoint

# Where a request with the header TWIN goes, by the same policy: without a hash, the same
# pod twice is unlikely.
MANY = Scenario("many", "", 0, "ring-hash", 4096, Key("header", TWIN),
                [[f"10.245.{i // 250}.{i % 250 + 1}", 8080, 1] for i in range(2000)])
ADMIN = ("127.0.0.1", 9901)
TYPE = "type.googleapis.com/envoy.extensions."


def address(ip, port):
    return {"socket_address": {"address": ip, "port_value": port}}


def hash_policy(key):
    if key.kind == "source-ip":
        return {"connection_properties": {"source_ip": True}}
    if key.kind == "header":
        return {"header": {"header_name": key.name}}
    if key.kind == "query":
        return {"query_parameter": {"name": key.name}}
    cookie = {"name": key.name, "path": key.path}
    if key.ttl is not None:
        cookie["ttl"] = key.ttl
    cookie["attributes"] = [{"name": n, "value": v} for n, v in key.attributes]
    return {"cookie": cookie}


def cluster(scenario):
    if scenario.algorithm == "ring-hash":
        policy = {"lb_policy": "RING_HASH",
                  "ring_hash_lb_config": {"minimum_ring_size": scenario.size}}
    else:
        policy = {"lb_policy": "MAGLEV", "maglev_lb_config": {"table_size": scenario.size}}
    pods = [{"endpoint": {"address": address(ip, port)}, "load_balancing_weight": weight}
            for ip, port, weight in scenario.pods]
    return {"name": scenario.name, "type": "STATIC", "connect_timeout": "5s", **policy,
            "load_assignment": {"cluster_name": scenario.name,
                                "endpoints": [{"lb_endpoints": pods}]}}


def cidrs(ranges):
    return [{"address_prefix": text.split("/")[0], "prefix_len": int(text.split("/")[1])}
            for text in ranges]


def connection_manager(scenario, trusted):
    policy = [hash_policy(scenario.key)]
    twin = {"match": {"prefix": "/", "headers": [{"name": TWIN, "present_match": True}]},
            "route": {"cluster": MANY.name, "hash_policy": policy}}
    route = {"match": {"prefix": "/"},
             "route": {"cluster": scenario.name, "hash_policy": policy}}
    return {
        "@type": TYPE + "filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "conform",
        "codec_type": "HTTP1",
        "original_ip_detection_extensions": [{
            "name": "envoy.http.original_ip_detection.xff",
            "typed_config": {"@type": TYPE + "http.original_ip_detection.xff.v3.XffConfig",
                             "xff_trusted_cidrs": {"cidrs": cidrs(trusted)}}}],
        "route_config": {"virtual_hosts": [
            {"name": "all", "domains": ["*"], "routes": [twin, route]}]},
        "http_filters": [{"name": "envoy.filters.http.router", "typed_config": {
            "@type": TYPE + "filters.http.router.v3.Router"}}],
    }


def listener(scenario, trusted):
    return {
        "name": endpoint(scenario.ip, scenario.port),
        "address": address(scenario.ip, scenario.port),
        "listener_filters": [{"name": "envoy.filters.listener.proxy_protocol", "typed_config": {
            "@type": TYPE + "filters.listener.proxy_protocol.v3.ProxyProtocol",
            "allow_requests_without_proxy_protocol": True}}],
        "filter_chains": [{"filters": [{
            "name": "envoy.filters.network.http_connection_manager",
            "typed_config": connection_manager(scenario, trusted)}]}],
    }


def config(scenarios, trusted):
    """trusted: ranges of proxies whose X-Forwarded-For counts."""
    return {
        "admin": {"address": address(*ADMIN)},
        "static_resources": {
            "listeners": [listener(scenario, trusted) for scenario in scenarios],
            "clusters": [cluster(scenario) for scenario in [*scenarios, MANY]],
        },
    }
