// SPDX-License-Identifier: BSD-2-Clause
/* A node of the test's own, and services for it. */
#include "world.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "manifest/manifest.h"
#include "model/ranges.h"
#include "model/text.h"

/* From the first to the second: one service stays as it is, one goes, one comes, one
 * changes its pods, one its policy, a pod goes over to another service, one gets another
 * name and one more weight, one VIP address keeps only one of its ports, a pod leaves one
 * of its two VIPs, and one gets a second VIP; source ranges go, come and change. */
const char *const world_sets[2] = {
	"service 192.0.2.1:80/tcp name=stays key=source-ip algorithm=ring-hash\n"
	"10.0.1.1:8080\n10.0.1.2:8080\n"
	"service 192.0.2.1:443/tcp name=goes source=203.0.113.0/24\n"
	"10.0.5.1:80\n10.0.2.1:8080\n10.0.2.2:8080\n"
	"service [2001:db8::3]:53/udp name=changes key=source-ip algorithm=maglev\n"
	"[fd00::1]:5353\n[fd00::2]:5353\n[fd00::3]:5353\n"
	"service 192.0.2.4:80/tcp name=policy key=source-ip algorithm=ring-hash "
	"source=10.0.0.0/8,192.168.0.0/16\n"
	"10.0.4.1:80 weight=2\n10.0.4.2:80\n10.0.4.3:80 draining\n"
	"service 192.0.2.5:80/tcp name=gives\n"
	"10.0.5.1:80\n10.0.5.2:80\n"
	"service 192.0.2.6:80/tcp name=http key=cookie:id\n"
	"10.0.6.1:80\n"
	"service 192.0.2.9:80/tcp name=way\n"
	"10.0.9.1:80\n",

	"service 192.0.2.1:80/tcp name=stays key=source-ip algorithm=ring-hash\n"
	"10.0.1.1:8080\n10.0.1.2:8080\n"
	"service [2001:db8::3]:53/udp name=changes key=source-ip algorithm=maglev "
	"source=2001:db8::/32\n"
	"[fd00::1]:5353\n[fd00::3]:5353\n[fd00::4]:5353\n"
	"service 192.0.2.4:80/tcp name=policy key=source-ip algorithm=maglev "
	"table-size=251 source=10.0.0.0/8,172.16.0.0/12\n"
	"10.0.4.1:80 weight=3\n10.0.4.2:80\n10.0.4.3:80\n"
	"service 192.0.2.5:80/tcp name=renamed\n"
	"10.0.5.1:80\n"
	"service 192.0.2.7:80/tcp name=takes\n"
	"10.0.5.2:80\n10.0.1.2:8080\n10.0.7.1:80\n"
	"service 192.0.2.9:80/tcp name=way forward=ipip\n"
	"10.0.9.1:80\n"
	"service [2001:db8::8]:443/tcp name=comes key=source-ip algorithm=ring-hash\n"
	"[fd00::8]:443\n",
};

/* The kernel adds IPv6 routes to a device that is up only. */
static int loopback_up(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_LOOPBACK};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int error = fd < 0 ? -1 : ioctl(fd, SIOCSIFFLAGS, &request);

	if (fd >= 0)
		close(fd);
	return error;
}

int world_enter(void)
{
	if (unshare(CLONE_NEWNS | CLONE_NEWNET) ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL) || loopback_up()) {
		fprintf(stderr, "these tests need root: %s\n", strerror(errno));
		return -1;
	}
	return 0;
}

void world_clear(void)
{
	if (system("rm -rf " WORLD_PIN_DIR " && ip route flush proto 191 && "
		   "ip -6 route flush proto 191"))
		abort();
}

static int wanted_read(const char *text, struct model *ret_model, struct diags *diags)
{
	static struct source source; /* diagnostics point to it */
	const struct manifest_options options = {0};

	source = (struct source){"set", text, strlen(text)};
	return manifest_read(&source, 1, &options, ret_model, diags);
}

int world_apply_options(const char *text, const struct kernel_apply_options *options,
	struct kernel_apply_result *ret_result, struct diags *diags)
{
	struct kernel_apply_result result;
	struct model live = {0}, wanted = {0};
	struct kernel *kernel = NULL;
	struct plan plan = {0};
	int error = wanted_read(text, &wanted, diags);

	if (!error)
		error = kernel_open(WORLD_PIN_DIR, KERNEL_WRITE, &kernel, diags);
	if (!error)
		error = kernel_read_model(kernel, &live, diags);
	if (!error)
		error = plan_make(&live, &wanted, &plan);
	if (!error)
		error = kernel_apply(
			kernel, &plan, options, ret_result ? ret_result : &result, diags);
	plan_done(&plan);
	model_done(&live);
	model_done(&wanted);
	kernel_close(kernel);
	return error;
}

int world_apply(const char *text)
{
	const struct kernel_apply_options options = {.routes = true};
	struct diags diags = {0};
	int error = world_apply_options(text, &options, NULL, &diags);

	if (error)
		diags_print(stdout, &diags);
	diags_done(&diags);
	return error;
}

/* --- What is live --- */

static const struct pod *find_pod(const struct service *service, const struct pod *pod)
{
	for (size_t i = 0; i < service->pods_len; i++)
		if (!model_compare_endpoints(&service->pods[i].at, &pod->at))
			return &service->pods[i];
	return NULL;
}

static bool pods_are_equal(const struct service *live, const struct service *wanted)
{
	for (size_t i = 0; i < wanted->pods_len; i++) {
		const struct pod *pod = find_pod(live, &wanted->pods[i]);

		if (!pod || pod->weight != wanted->pods[i].weight ||
			pod->state != wanted->pods[i].state)
			return false;
	}
	return live->pods_len == wanted->pods_len;
}

static bool ranges_are_equal(const struct service *have, const struct service *want)
{
	if (have->filtered != want->filtered || have->ranges_len != want->ranges_len)
		return false;
	for (size_t i = 0; i < have->ranges_len; i++)
		if (range_compare(&have->ranges[i], &want->ranges[i]))
			return false;
	return true;
}

static bool is_same_pod(const struct service *live, long place,
	const struct service *wanted, long wanted_place)
{
	return place >= 0 && wanted_place >= 0 && (size_t)place < live->pods_len &&
	       !model_compare_endpoints(
		       &live->pods[place].at, &wanted->pods[wanted_place].at);
}

static bool is_clean(const struct table *table)
{
	for (uint32_t i = 0; i < table->at.size; i++)
		if (!sp_slot_is_clean(table->words[i]))
			return false;
	return true;
}

/* The hash that ends arc i, or falls on slot i. */
static uint64_t slot_hash(const struct table *table, uint32_t i)
{
	return table->at.algorithm == SP_ALGORITHM_RING_HASH
		       ? table->words[table->at.size + i]
		       : i;
}

/* Every hash at which either table changes finds the same pod. A table without a slot
 * that moves must be as built. */
static bool slots_are_equal(const struct table *got, const struct service *live,
	const struct table *want, const struct service *wanted)
{
	uint32_t size = got->at.size, rest = want->at.size;

	if (!size != !rest || (is_clean(got) && size != rest))
		return false;
	for (uint32_t i = 0; i < size + rest; i++) {
		uint64_t hash = i < size ? slot_hash(got, i) : slot_hash(want, i - size);

		if (!is_same_pod(live, table_find(got, hash, NULL), wanted,
			    table_find(want, hash, NULL)))
			return false;
	}
	return !size || !is_clean(got) ||
	       !memcmp(got->words + size, want->words + size,
		       (want->words_len - size) * sizeof(*want->words));
}

static bool table_is_equal(
	struct kernel *kernel, const struct service *live, const struct service *wanted)
{
	struct table got = {0}, want = {0};
	struct diags diags = {0};
	bool equal = !kernel_read_table(kernel, live, &got, &diags) &&
		     !table_build(wanted, &want) &&
		     slots_are_equal(&got, live, &want, wanted);

	diags_print(stdout, &diags);
	diags_done(&diags);
	table_done(&got);
	table_done(&want);
	return equal;
}

/* kernel NULL: without the tables. */
static bool models_are_equal(
	struct kernel *kernel, const struct model *live, const struct model *wanted)
{
	for (size_t i = 0; i < wanted->services_len && i < live->services_len; i++) {
		const struct service *have = &live->services[i];
		const struct service *want = &wanted->services[i];

		if (model_compare_endpoints(&have->vip, &want->vip) ||
			have->fingerprint != want->fingerprint ||
			have->policy.key != want->policy.key ||
			have->policy.size != want->policy.size ||
			!pods_are_equal(have, want) || !ranges_are_equal(have, want) ||
			strcmp(have->name, want->name) != 0 ||
			(kernel && !table_is_equal(kernel, have, want)))
			return false;
	}
	return live->services_len == wanted->services_len;
}

/* Nothing pinned is an empty model. */
static int live_read_model(
	struct kernel **ret_kernel, struct model *ret_model, struct diags *diags)
{
	int error = kernel_open(WORLD_PIN_DIR, KERNEL_READ, ret_kernel, diags);

	if (error)
		return error == -ENOENT ? 0 : error;
	return kernel_read_model(*ret_kernel, ret_model, diags);
}

/* What is live, while it is looked at. */
struct look {
	struct kernel *kernel;
	struct model live;
	struct diags diags;
};

static bool look_begin(struct look *look)
{
	*look = (struct look){0};
	return !live_read_model(&look->kernel, &look->live, &look->diags);
}

static void look_end(struct look *look)
{
	if (look->diags.errors_len)
		diags_print(stdout, &look->diags);
	diags_done(&look->diags);
	model_done(&look->live);
	kernel_close(look->kernel);
}

static bool is_live(const char *text, bool with_tables)
{
	struct model wanted = {0};
	struct look look;
	bool equal =
		look_begin(&look) && !wanted_read(text, &wanted, &look.diags) &&
		models_are_equal(with_tables ? look.kernel : NULL, &look.live, &wanted);

	look_end(&look);
	model_done(&wanted);
	return equal;
}

bool world_is(const char *text)
{
	return is_live(text, true);
}

bool world_model_is(const char *text)
{
	return is_live(text, false);
}

static long find_number(const struct model *live, const char *vip, const char *pod)
{
	char buffer[ENDPOINT_TEXT_MAX];

	for (size_t i = 0; i < live->services_len; i++) {
		const struct service *service = &live->services[i];

		if (vip && !strcmp(vip_format(&service->vip, buffer), vip))
			return service->number;
		for (size_t j = 0; pod && j < service->pods_len; j++)
			if (!strcmp(pod_format(&service->pods[j].at, buffer), pod))
				return service->pods[j].number;
	}
	return -1;
}

static long live_number(const char *vip, const char *pod)
{
	struct look look;
	long number = look_begin(&look) ? find_number(&look.live, vip, pod) : -1;

	look_end(&look);
	return number;
}

long world_pod_number(const char *pod)
{
	return live_number(NULL, pod);
}

long world_service_number(const char *vip)
{
	return live_number(vip, NULL);
}
