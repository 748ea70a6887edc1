# SPDX-License-Identifier: BSD-2-Clause
"""The proxies of the benchmark, doing the same work: one worker each, the same pods, a hash
of the cookie 'sticky', X-Forwarded-For and -Proto and X-Request-Id set, connections kept
alive to both sides."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../conform"))
import envoy_config
from scenario import Key, Scenario

VIP = "192.0.2.10"
PODS = [f"10.244.0.{i}" for i in range(1, 5)]
POD_PORT = 8080
# Real-time, so that what else the machine does is not measured.
SCHEDULED = ["chrt", "--rr", "1"]
CPU = "0"


class Proxy:
    """One that runs. log: a file that gets an access log line a request, or None."""
    name = port = None

    def __init__(self, folder, log=None):
        self.folder, self.log = folder, log
        self.process = None

    def path(self, name):
        return os.path.join(self.folder, f"{self.name}.{name}")

    def write(self, name, text):
        with open(self.path(name), "w", encoding="ascii") as file:
            file.write(text)
        return self.path(name)

    def start(self):
        with open(self.path("err"), "w", encoding="ascii") as err, \
                open(self.log or os.devnull, "w", encoding="ascii") as out:
            self.process = subprocess.Popen([*SCHEDULED, "taskset", "-c", CPU, *self.command()],
                                            stdout=out, stderr=err)
        return self

    def stop(self):
        self.process.terminate()
        self.process.wait(60)

    def pids(self):
        """The process and all below it."""
        found, todo = [], [self.process.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                    todo += map(int, file.read().split())
        return found

    def cpu_ns(self):
        """User and system time of all its threads."""
        total = 0
        for pid in self.pids():
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
                    total += int(file.read().split()[0])
        return total

    def memory_bytes(self):
        """Private memory of all its processes."""
        total = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
                total += sum(int(line.split()[1]) for line in file
                             if line.startswith(("Private_Dirty", "Private_Clean")))
        return total * 1024


class Samepod(Proxy):
    name, port = "samepod", 8001

    def command(self):
        lines = [f"service {VIP}:{self.port} name=bench key=cookie:sticky"]
        manifest = self.write("list", "\n".join(
            lines + [f"{pod}:{POD_PORT}" for pod in PODS]) + "\n")
        return ["build/samepod", "l7", "-f", manifest, "--workers", "1",
                "--control", self.path("sock"), "--access-log", "-" if self.log else "off"]


class Haproxy(Proxy):
    name, port = "haproxy", 8002

    def command(self):
        servers = "\n".join(f"    server pod{i} {pod}:{POD_PORT}"
                            for i, pod in enumerate(PODS))
        return ["haproxy", "-db", "-f", self.write("cfg", f"""
global
    nbthread 1
    maxconn 9500
    maxpipes 128
    tune.pipesize 1048576
    {"log stdout format raw local0" if self.log else ""}
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    option http-keep-alive
    option forwardfor
    option splice-response
    http-reuse always
    {"log global" if self.log else "no log"}
    {"option httplog" if self.log else ""}
listen bench
    bind {VIP}:{self.port}
    balance hash req.cook(sticky)
    hash-type consistent
    http-request set-header X-Forwarded-Proto http
    http-request set-header X-Request-Id %[uuid()]
{servers}
""")]


class Nginx(Proxy):
    name, port = "nginx", 8003

    def command(self):
        servers = "\n".join(f"server {pod}:{POD_PORT};" for pod in PODS)
        log = "/dev/stdout" if self.log else "off"
        temporary = "\n".join(f"{kind}_temp_path {self.path(kind)};" for kind in (
            "client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        return ["nginx", "-e", "stderr", "-c", self.write("conf", f"""
daemon off;
worker_processes 1;
pid {self.path("pid")};
error_log stderr crit;

events {{ worker_connections 19000; }}
http {{
    access_log {log};
    {temporary}
    keepalive_requests 100000000;
    keepalive_timeout 600;
    upstream pods {{
        hash $cookie_sticky consistent;
        {servers}
        keepalive 128;
        keepalive_requests 100000000;
    }}
    server {{
        listen {VIP}:{self.port} backlog=4096;
        location / {{
            proxy_pass http://pods;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Request-Id $request_id;
        }}
    }}
}}
""")]


class Envoy(Proxy):
    name, port = "envoy", 8004

    def command(self):
        scenario = Scenario("bench", VIP, self.port, "ring-hash", 1024,
                            Key("cookie", "sticky"), [[pod, POD_PORT, 1] for pod in PODS])
        config = envoy_config.config([scenario], [])
        listener = config["static_resources"]["listeners"][0]
        listener.pop("listener_filters")
        manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
        manager.pop("original_ip_detection_extensions")
        manager["use_remote_address"] = True
        manager["route_config"]["virtual_hosts"][0]["routes"].pop(0)
        if self.log:
            manager["access_log"] = [{"name": "envoy.access_loggers.file", "typed_config": {
                "@type": envoy_config.TYPE + "access_loggers.file.v3.FileAccessLog",
                "path": self.path("access")}}]
        return [os.environ["BENCH_ENVOY"], "--disable-hot-restart", "--concurrency", "1",
                "-l", "error", "-c", self.write("json", json.dumps(config))]
