/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of commands and options: dispatch, help and manual page come from it. */
#include "commands.h"
#include "l7/control.h"

#define ANY_NUMBER UINT32_MAX
#define BIT(option) (1ULL << OPTION_##option)

const struct option_word option_words[OPTION_COUNT] = {
	[OPTION_JSON] = {'j', "json", NULL, "print JSON instead of text"},
	[OPTION_PIN_DIR] = {0, "pin-dir", "DIR",
		"where the state is pinned; " KERNEL_PIN_DIR " unless told"},
	[OPTION_VERSION] = {'V', "version", NULL, "print the version"},
	[OPTION_HELP] = {'h', "help", NULL, "print help, also behind a command"},
	[OPTION_CLUSTER_IPS] = {0, "cluster-ips", NULL,
		"take the clusterIPs of Services as VIPs too"},
	[OPTION_FILE] = {'f', "file", "FILE...",
		"use the manifests in these files instead of the live state"},
	[OPTION_DRY_RUN] = {0, "dry-run", NULL, "say what would change, change nothing"},
	[OPTION_NO_ROUTES] = {0, "no-routes", NULL, "leave the routes of the VIPs alone"},
	[OPTION_ALLOW_EMPTY] = {0, "allow-empty", NULL,
		"let manifests without a service remove all services"},
	[OPTION_WINDOW] = {0, "window", "TIME",
		"how long a slot moves after a change of pods, as 900, 15m or 1h30m; "
		"kept "
		"until told anew; at first 15m"},
	[OPTION_TCP_IDLE] = {0, "tcp-idle", "TIME",
		"when a pinned TCP connection that is silent is forgotten; kept; at "
		"first "
		"2h"},
	[OPTION_UDP_IDLE] = {0, "udp-idle", "TIME",
		"the same of a UDP flow, and of a TCP connection that has ended; at "
		"first "
		"3m"},
	[OPTION_SIZES] = {0, "sizes", "NAME=N,...",
		"how many entries maps can have, where this makes the state: flows, "
		"syns, sessions, ways, fragments, ranges, each 1024..16777216"},
	[OPTION_MODE] = {0, "mode", "native|generic",
		"where XDP runs: in the device's driver (native, the default), or behind "
		"it "
		"(generic: slower, for devices whose driver lacks XDP)"},
	[OPTION_DECAP] = {0, "decap", NULL,
		"the program for a pod's node: it takes the tunnel header off packets to "
		"VIPs of this node"},
	[OPTION_FROM] = {0, "from", "ADDRESS,...",
		"with --decap: take tunnel packets of these balancers only, addresses or "
		"ranges; kept until told anew; at first ::/0, which is anyone"},
	[OPTION_ALL] = {0, "all", NULL, "every device that samepod is attached to"},
	[OPTION_UNDO] = {0, "undo", NULL, "let new clients come to them again"},
	[OPTION_SLOTS] = {0, "slots", NULL, "every slot instead of each pod's share"},
	[OPTION_CONTROL] = {0, "control", "PATH",
		"the HTTP helper's socket for commands; " CONTROL_PATH " unless told"},
	[OPTION_LISTEN] = {0, "listen", "ADDR:PORT=SERVICE,...",
		"listen there instead of at the VIPs, as in 0.0.0.0:8080=shop"},
	[OPTION_WORKERS] = {0, "workers", "N",
		"processes that serve; one for each core unless told"},
	[OPTION_USER] = {0, "user", "NAME",
		"whom workers run as where root starts them; nobody unless told"},
	[OPTION_ACCESS_LOG] = {0, "access-log", "FILE|-|off",
		"where a line for each request goes; - is stdout, and the default"},
	[OPTION_LOG_FORMAT] = {0, "log-format", "text|json",
		"the gateway's columns (the default), or an object a line"},
	[OPTION_METRICS] = {0, "metrics", "ADDR:PORT",
		"serve counters as Prometheus text there, under /metrics"},
	[OPTION_TRUST] = {0, "trust", "CIDR,...",
		"proxies whose X-Forwarded-For, X-Forwarded-Proto and X-Request-Id are "
		"believed"},
	[OPTION_FORWARDED] = {0, "forwarded", "append|overwrite",
		"what becomes of X-Forwarded-For; append is the default"},
	[OPTION_PROXY_FROM] = {0, "proxy-from", "CIDR,...",
		"balancers that begin their connections with a PROXY header, 1 or 2"},
	[OPTION_PROXY_TO] = {0, "proxy-to", "1|2",
		"begin connections to pods with a PROXY header of that version"},
	[OPTION_LIMITS] = {0, "limits", "NAME=VALUE,...",
		"times head=10s, idle=60s, connect=1s, response=30s, write=30s, down=5s, "
		"drain=30s; sizes head-size=16384, target-size=8192, fields=100; "
		"connections=65536 and per-address=4096 of each worker; retries=1"},
	[OPTION_MAN] = {0, "man", "PART",
		"print this part of the manual page in mdoc, for the build"},
};

const struct command commands[] = {
	{
		.name = "check",
		.args = "FILE...",
		.args_min = 1,
		.args_max = ANY_NUMBER,
		.options = BIT(CLUSTER_IPS),
		.summary = "read and validate manifests",
		.details =
			"Prints a line a service, then how many documents were read and "
			"how many skipped because their kind is not one of ours. Needs "
			"neither root nor the kernel.",
		.run = check_run,
	},
	{
		.name = "diff",
		.args = "FILE...",
		.args_min = 1,
		.args_max = ANY_NUMBER,
		.options = BIT(CLUSTER_IPS),
		.summary = "show what apply would change",
		.details = "Services and pods that are added (+), removed (-) or changed "
			   "(~). Exit status 3 says that there is a difference, 0 that "
			   "there "
			   "is none.",
		.run = diff_run,
	},
	{
		.name = "apply",
		.args = "FILE...",
		.args_min = 1,
		.args_max = ANY_NUMBER,
		.options = BIT(CLUSTER_IPS) | BIT(DRY_RUN) | BIT(NO_ROUTES) | BIT(SIZES) |
			   BIT(ALLOW_EMPTY) | BIT(WINDOW) | BIT(TCP_IDLE) | BIT(UDP_IDLE),
		.summary = "make the kernel hold exactly these services",
		.details =
			"All or nothing: packets see the services of before until all of "
			"the new ones are in place. Services that no FILE names are "
			"removed. Prints what has changed. Connections that are open "
			"stay "
			"on their pods while these live.",
		.run = apply_run,
	},
	{
		.name = "drain",
		.args = "POD...",
		.args_min = 1,
		.args_max = ANY_NUMBER,
		.options = BIT(UNDO),
		.summary = "let no new clients come to pods",
		.details =
			"POD is ip:port or ip:port/tcp|udp. Its connections stay until "
			"they end or it is gone. It drains whatever the manifests say, "
			"in every service it is in, until --undo.",
		.run = drain_run,
	},
	{
		.name = "attach",
		.args = "DEV...",
		.args_min = 1,
		.args_max = ANY_NUMBER,
		.options = BIT(MODE) | BIT(SIZES) | BIT(DECAP) | BIT(FROM),
		.summary = "run the XDP program on network devices",
		.details =
			"All of them or none. On a device that is attached already the "
			"program is replaced without a gap, and the device's MAC address "
			"is read anew. The program stays when samepod ends. A device has "
			"one program: the balancer or, with --decap, that of a pod's "
			"node, which reads anew which addresses the node has.",
		.run = attach_run,
	},
	{
		.name = "detach",
		.args = "DEV...|--all",
		.args_max = ANY_NUMBER,
		.options = BIT(ALL),
		.summary = "take the XDP program off network devices",
		.details =
			"Removes samepod's program only. Services stay, and so does the "
			"route of each VIP.",
		.run = detach_run,
	},
	{
		.name = "show",
		.object = "services",
		.args = "[SERVICE]",
		.args_max = 1,
		.summary = "the live services with their policies and traffic",
		.details = "Packets, bytes and flows are the sums of what its pods got, "
			   "see show pods.",
		.run = show_services_run,
	},
	{
		.name = "show",
		.object = "pods",
		.args = "[SERVICE]",
		.args_max = 1,
		.summary = "the live pods with weight, state and traffic",
		.details =
			"Packets and bytes (of IP packets) went to the pod since it is "
			"one. Flows are TCP connections that began, by their SYNs; UDP "
			"has none.",
		.run = show_pods_run,
	},
	{
		.name = "show",
		.object = "table",
		.args = "[SERVICE]",
		.args_max = 1,
		.options = BIT(SLOTS),
		.summary = "how a live table is shared among its pods",
		.details =
			"For a ring, share is the share of hashes, which is the share of "
			"clients to expect; for a maglev table it is that of slots. Of "
			"its slots, moving ones have had another pod a short while ago, "
			"and pinned ones still have its connections.",
		.run = show_table_run,
	},
	{
		.name = "show",
		.object = "flows",
		.args = "[SERVICE]",
		.args_max = 1,
		.summary = "the connections that are pinned to a pod",
		.details = "Only those of slots that have moved are remembered.",
		.run = show_flows_run,
	},
	{
		.name = "show",
		.object = "sessions",
		.args = "[SERVICE]",
		.args_max = 1,
		.summary = "the clients of services with sessionAffinity: ClientIP",
		.details = "",
		.run = show_sessions_run,
	},
	{
		.name = "show",
		.object = "stats",
		.args = "",
		.summary = "packets by reason, events, and how full the maps are",
		.details =
			"Of a map that traffic fills, made is how many entries were put "
			"in, gone how many of them are not there any more, and sign says "
			"that it is full, or that new entries push out older ones.",
		.run = show_stats_run,
	},
	{
		.name = "show",
		.object = "l7",
		.args = "[SERVICE]",
		.args_max = 1,
		.options = BIT(CONTROL),
		.summary = "what the HTTP helper has served, by service and pod",
		.details =
			"Requests by status and by response flag, bytes of bodies, and "
			"the time that the fastest 50, 90 and 99 % of them took at most. "
			"A service's row has those requests, too, that no pod was asked "
			"for. Counted since the helper's start, of a pod since it is "
			"one. Asks the helper, not the kernel.",
		.run = show_l7_run,
	},
	{
		.name = "show",
		.object = "links",
		.args = "",
		.summary = "the devices that samepod is attached to",
		.details = "",
		.run = show_links_run,
	},
	{
		.name = "l7",
		.args = "",
		.options = BIT(FILE) | BIT(CLUSTER_IPS) | BIT(LISTEN) | BIT(WORKERS) |
			   BIT(USER) | BIT(ACCESS_LOG) | BIT(LOG_FORMAT) | BIT(METRICS) |
			   BIT(TRUST) | BIT(FORWARDED) | BIT(PROXY_FROM) | BIT(PROXY_TO) |
			   BIT(LIMITS) | BIT(CONTROL),
		.summary = "serve services by HTTP: affinity by cookie, header or query",
		.details =
			"A reverse proxy for the services whose forward is l7, by the "
			"tables that apply has published: a change is live for the next "
			"request. With -f it makes the tables from files, serves all TCP "
			"services, and needs neither root nor the kernel's state. "
			"SIGTERM "
			"drains, SIGHUP reads the files again, SIGUSR1 opens the access "
			"log "
			"anew. A second start takes the listening sockets over from the "
			"first, which drains.",
		.run = l7_run,
	},
	{
		.name = "explain",
		.args = "SERVICE CLIENT...",
		.args_min = 2,
		.args_max = ANY_NUMBER,
		.options = BIT(FILE) | BIT(CLUSTER_IPS),
		.summary = "say which pod a client reaches, and why",
		.details =
			"A line a client: key text, hash, slot and pod. With -f from "
			"files "
			"alone, without root. Else from the live maps; the loaded "
			"program "
			"(of the first device by name: all share the maps) "
			"is then run on a packet of that client, and exit status 2 says "
			"that it disagrees with the tables. CLIENT '-' reads one client "
			"a "
			"line from stdin and answers in the same order, up to the first "
			"line that is not a client.",
		.run = explain_run,
	},
	{
		.name = "help",
		.args = "[COMMAND]",
		.args_max = 2,
		.options = BIT(MAN),
		.summary = "print this help, or that of a command",
		.details = "",
		.run = help_run,
	},
};

const size_t commands_len = sizeof(commands) / sizeof(commands[0]);
