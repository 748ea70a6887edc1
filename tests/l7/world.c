// SPDX-License-Identifier: BSD-2-Clause
/* Tables in plain memory, a control socket, and the worker's thread. */
#include "world.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "l7/control.h"
#include "lookup.h"
#include "manifest/manifest.h"
#include "model/text.h"
#include "slot.h"
#include "table/key.h"
#include "table/table.h"

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	abort();
}

void world_init(struct world *world)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	*world = (struct world){
		.settings =
			{
				.head_ms = 10000,
				.idle_ms = 10000,
				.connect_ms = 5000,
				.response_ms = 10000,
				.write_ms = 10000,
				.down_ms = 10000,
				.drain_ms = 2000,
				.limits = {.head_max = 16384,
					.target_max = 8192,
					.fields_max = 100},
				.connections_max = 1000,
				.connections_per_address_max = 1000,
				.retries_max = 1,
				.workers = 1,
			},
		.policy = "",
		.pods_len = 1,
	};
}

/* --- Sockets --- */

static int socket_listen(bool is_v6, struct sp_endpoint *ret_at)
{
	struct sockaddr_in6 v6 = {
		.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_in v4 = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = is_v6 ? sizeof(v6) : sizeof(v4);
	struct sockaddr *addr = is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
	int fd = socket(addr->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd >= 0 && !bind(fd, addr, len) && !listen(fd, 64), "listen");
	must(!getsockname(fd, addr, &len), "getsockname");
	*ret_at = (struct sp_endpoint){.protocol = IPPROTO_TCP};
	ret_at->port = is_v6 ? v6.sin6_port : v4.sin_port;
	ret_at->addr = sp_addr_from_v4(v4.sin_addr.s_addr);
	if (is_v6)
		memcpy(&ret_at->addr, &v6.sin6_addr, sizeof(ret_at->addr));
	return fd;
}

/* --- Tables --- */

/* Manifests take no loopback addresses: the pods get theirs afterwards. */
static void model_make(struct world *world)
{
	const struct manifest_options options = {0};
	static struct source source;
	static char text[1024];
	struct diags diags = {0};
	int len = snprintf(text, sizeof(text), "service %s/tcp name=shop %s\n",
		world->is_v6 ? "[2001:db8::1]:80" : "192.0.2.10:80", world->policy);

	for (int i = 0; i < world->pods_len; i++)
		len += snprintf(text + len, sizeof(text) - (size_t)len,
			world->is_v6 ? "[2001:db8::2]:%d\n" : "10.0.0.1:%d\n", i + 1);
	source = (struct source){"pods", text, strlen(text)};
	if (manifest_read(&source, 1, &options, &world->model, &diags)) {
		diags_print(stderr, &diags);
		abort();
	}
	diags_done(&diags);
	for (int i = 0; i < world->pods_len; i++)
		world->model.services[0].pods[i].at = world->pods_at[i];
}

static int reach(void *context, uint32_t first, uint32_t len)
{
	(void)context;
	(void)first;
	(void)len;
	return 0;
}

static void tables_make(struct world *world)
{
	const struct service *service = &world->model.services[0];
	struct sp_service *entry = &world->services[0];
	struct table table;

	must(!table_build(service, &table), "table_build");
	for (uint32_t i = 0; i < table.at.size; i++)
		table.words[i] = sp_slot_clean(sp_slot_current(table.words[i]));
	entry->vip = service->vip;
	snprintf(entry->name, sizeof(entry->name), "%s", service->name);
	policy_format(&service->policy, entry->policy[0], sizeof(entry->policy[0]));
	entry->versions[0] = (struct sp_service_version){
		.generation = 1,
		.size = table.at.size,
		.present = 1,
		.key = service->policy.key,
		.algorithm = table.at.algorithm,
		.index_bits = table.at.index_bits,
	};
	for (int i = 0; i < world->pods_len; i++)
		world->pods[i] = (struct sp_pod){.at = service->pods[i].at,
			.born = 1,
			.versions[0] = {.generation = 1,
				.place = (uint32_t)i,
				.weight = 1,
				.state = SP_POD_READY}};
	world->state.generation = 1;
	world->setup.tables = (struct l7_tables){
		.state = &world->state,
		.services = world->services,
		.pods = world->pods,
		.words = table.words,
		.services_len = 1,
		.pods_len = WORLD_PODS_MAX,
		.reach = reach,
	};
}

int world_pod_of(const struct world *world, const char *text)
{
	struct l7_service service = {.vip = world->services[0].vip};
	struct text key = {.bytes = text, .len = strlen(text)};
	struct l7_pick pick = {0};

	l7_service_refresh(&world->setup.tables, &service);
	must(!l7_pick_hashed(&world->setup.tables, &service, key_hash_text(key), &pick),
		"pick");
	l7_service_done(&service);
	return (int)pick.number;
}

void world_move_slots(struct world *world, int from, int to)
{
	uint64_t *words = (uint64_t *)world->setup.tables.words;

	for (uint32_t i = 0; i < world->services[0].versions[0].size; i++)
		if ((int)sp_slot_current(words[i]) == from)
			__atomic_store_n(
				&words[i], sp_slot_clean((uint32_t)to), __ATOMIC_RELAXED);
	__atomic_store_n(
		&world->state.generation, world->state.generation + 1, __ATOMIC_RELEASE);
}

/* --- The worker --- */

static void *worker_thread(void *context)
{
	struct world *world = context;

	world->result = worker_run(&world->setup);
	return NULL;
}

static void message_must_come(const struct world *world, enum control_kind kind)
{
	struct control_message message;
	int fd = -1;

	must(control_receive(world->control, &message, &fd) == 1 && message.kind == kind,
		"message of the worker");
}

void world_start(struct world *world)
{
	struct control_message listen_message = {.kind = CONTROL_LISTEN};
	int sockets[2];

	for (int i = 0; i < world->pods_len; i++)
		world->pod_fds[i] = socket_listen(world->is_v6, &world->pods_at[i]);
	world->listen_fd = socket_listen(world->is_v6, &world->at);
	model_make(world);
	tables_make(world);
	must(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets),
		"socketpair");
	world->control = sockets[0];
	world->setup.control = sockets[1];
	world->setup.settings = &world->settings;
	world->setup.stats = mmap(NULL, sizeof(struct l7_stats), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	must(world->setup.stats != MAP_FAILED, "mmap");
	must(!pthread_create(&world->thread, NULL, worker_thread, world), "thread");
	message_must_come(world, CONTROL_READY);
	listen_message.vip = world->services[0].vip;
	listen_message.address = world->at;
	must(!control_send(world->control, &listen_message, world->listen_fd), "listen");
}

void world_drain(struct world *world)
{
	const struct control_message message = {.kind = CONTROL_DRAIN};

	must(!control_send(world->control, &message, -1), "drain");
}

void world_free(struct world *world)
{
	for (int i = 0; i < world->pods_len; i++)
		pod_close(world, i);
	close(world->listen_fd);
	close(world->control);
	close(world->setup.control);
	munmap(world->setup.stats, sizeof(struct l7_stats));
	free((void *)world->setup.tables.words);
	model_done(&world->model);
}

int world_stop(struct world *world)
{
	world_drain(world);
	pthread_join(world->thread, NULL);
	world_free(world);
	return world->result;
}

/* --- Counters --- */

static const struct l7_traffic *traffic_after(struct world *world, uint64_t requests)
{
	const struct l7_traffic *traffic = &world->setup.stats->services[0];

	for (int ms = 0; ms < WORLD_WAIT_MS; ms++) {
		const struct timespec one_ms = {.tv_nsec = 1000000};

		if (__atomic_load_n(&traffic->requests, __ATOMIC_ACQUIRE) >= requests)
			break;
		nanosleep(&one_ms, NULL);
	}
	return traffic;
}

uint64_t world_count_status(struct world *world, uint64_t requests, int hundreds)
{
	return __atomic_load_n(
		&traffic_after(world, requests)->statuses[hundreds], __ATOMIC_RELAXED);
}

uint64_t world_count_flag(struct world *world, uint64_t requests, enum record_flag flag)
{
	return __atomic_load_n(
		&traffic_after(world, requests)->flags[flag], __ATOMIC_RELAXED);
}
