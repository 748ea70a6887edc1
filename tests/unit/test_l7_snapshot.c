/* SPDX-License-Identifier: BSD-2-Clause */
/* l7/snapshot.h: tables from manifests, as workers read them. */
#include "manifest_rows.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "l7/snapshot.h"
#include "table/table.h"

static int make(const char *text, const struct snapshot *before, struct snapshot *ret)
{
	struct read read;
	int error;

	read_text(&read, text);
	EXPECT_EQ(read.result, 0);
	error = snapshot_make(&read.model, before, ret);
	read_done(&read);
	return error;
}

/* The number of the pod that `hash` leads to, or -1. */
static long pick(const struct snapshot *snapshot, const char *vip, uint64_t hash)
{
	struct l7_service service = {0};
	struct l7_pick found;
	long number = -1;

	EXPECT_EQ(vip_parse(vip, strlen(vip), &service.vip), 0);
	if (l7_service_refresh(&snapshot->tables, &service) &&
		!l7_pick_hashed(&snapshot->tables, &service, hash, &found))
		number = found.number;
	l7_service_done(&service);
	return number;
}

static const char *pod_at(const struct snapshot *snapshot, long number)
{
	static char text[ENDPOINT_TEXT_MAX];

	return number < 0 ? "none" : pod_format(&snapshot->tables.pods[number].at, text);
}

#define SHOP                                                                   \
	"service 192.0.2.10:80 name=shop key=cookie:sid algorithm=ring-hash\n" \
	"10.0.0.1:80\n10.0.0.2:80 weight=3\n10.0.0.3:80 draining\n"
#define CART                                                                \
	"service [2001:db8::1]:80 name=cart key=header:x algorithm=maglev " \
	"table-size=7\n"                                                    \
	"[fd00::1]:80\n[fd00::2]:80\n"

static void expect_same_as_built(const char *text)
{
	struct snapshot snapshot = {0};
	struct read read;

	read_text(&read, text);
	EXPECT_EQ(snapshot_make(&read.model, NULL, &snapshot), 0);
	for (size_t i = 0; i < read.model.services_len; i++) {
		const struct service *service = &read.model.services[i];
		char vip[ENDPOINT_TEXT_MAX], want[ENDPOINT_TEXT_MAX];
		struct table table = {0};

		EXPECT_EQ(table_build(service, &table), 0);
		vip_format(&service->vip, vip);
		for (uint64_t j = 0; j < 500; j++) {
			uint64_t hash = j * 0x9e3779b97f4a7c15;
			long place = table_find(&table, hash, NULL);

			EXPECT_STR(pod_at(&snapshot, pick(&snapshot, vip, hash)),
				pod_format(&service->pods[place].at, want));
		}
		table_done(&table);
	}
	snapshot_done(&snapshot);
	read_done(&read);
}

static void tables_are_as_built(void)
{
	expect_same_as_built(
		SHOP CART "service 192.0.2.11:80\n10.0.0.1:80\n10.0.0.9:1\n");
}

static void services_have_all_that_workers_read(void)
{
	struct snapshot snapshot = {0};
	struct l7_service shop = {0};

	EXPECT_EQ(make(CART SHOP "10.0.0.4:80 weight=0\n", NULL, &snapshot), 0);
	vip_parse("192.0.2.10:80", 13, &shop.vip);
	EXPECT(l7_service_refresh(&snapshot.tables, &shop));
	EXPECT_STR(shop.name, "shop");
	EXPECT_STR(shop.policy.key_name, "sid");
	EXPECT_EQ(shop.policy.forward, SP_FORWARD_L7);
	EXPECT_EQ(snapshot.tables.state->generation, 1);
	l7_service_done(&shop);
	snapshot_done(&snapshot);
	snapshot_done(&snapshot);
}

static void udp_is_left_out(void)
{
	struct snapshot snapshot = {0};

	EXPECT_EQ(make("service 192.0.2.10:53/udp\n10.0.0.1:53\n" SHOP, NULL, &snapshot),
		0);
	EXPECT_EQ(snapshot.tables.services_len, 1);
	EXPECT_EQ(snapshot.tables.pods_len, 3);
	snapshot_done(&snapshot);
	EXPECT_EQ(make("service 192.0.2.10:53/udp\n10.0.0.1:53\n", NULL, &snapshot),
		-EINVAL);
}

static void a_service_without_pods(void)
{
	struct snapshot snapshot = {0};

	EXPECT_EQ(make("service 192.0.2.10:80\n", NULL, &snapshot), 0);
	EXPECT_EQ(pick(&snapshot, "192.0.2.10:80", 1), -1);
	snapshot_done(&snapshot);
}

static uint32_t born_of(const struct snapshot *snapshot, const char *at)
{
	char text[ENDPOINT_TEXT_MAX];

	for (uint32_t i = 0; i < snapshot->tables.pods_len; i++)
		if (!strcmp(pod_format(&snapshot->tables.pods[i].at, text), at))
			return snapshot->tables.pods[i].born;
	return 0;
}

static uint32_t number_of(const struct snapshot *snapshot, const char *at)
{
	char text[ENDPOINT_TEXT_MAX];

	for (uint32_t i = 0; i < snapshot->tables.pods_len; i++)
		if (!strcmp(pod_format(&snapshot->tables.pods[i].at, text), at))
			return i;
	return UINT32_MAX;
}

static void what_stays_keeps_its_number(void)
{
	struct snapshot first = {0}, second = {0}, third = {0};
	static const char *const stay[] = {"10.0.0.1:80", "10.0.0.3:80", "[fd00::1]:80"};

	EXPECT_EQ(make(SHOP CART, NULL, &first), 0);
	EXPECT_EQ(make("service 192.0.2.9:80 name=new\n10.0.0.1:80\n10.0.0.99:80\n"
		       "service 192.0.2.10:80 name=shop key=header:y\n"
		       "10.0.0.0:80\n10.0.0.1:81\n10.0.0.3:80\n" CART,
			  &first, &second),
		0);
	for (int i = 1; i < 3; i++) {
		EXPECT_EQ(number_of(&second, stay[i]), number_of(&first, stay[i]));
		EXPECT_EQ(born_of(&second, stay[i]), 1);
	}
	EXPECT_EQ(born_of(&second, "10.0.0.0:80"), 2);
	EXPECT_EQ(born_of(&second, "10.0.0.1:80"), 2);
	EXPECT_EQ(second.tables.state->generation, 2);
	/* What is gone has lost its number: who comes back is born anew. */
	EXPECT_EQ(make(SHOP, &second, &third), 0);
	EXPECT_EQ(born_of(&third, "10.0.0.1:80"), 3);
	EXPECT_EQ(born_of(&third, "10.0.0.3:80"), 1);
	EXPECT_STR(third.tables.services[0].name, "shop");
	snapshot_done(&first);
	snapshot_done(&second);
	snapshot_done(&third);
}

static void another_process_maps_it_and_changes_nothing(void)
{
	struct snapshot made = {0}, opened = {0};
	struct stat stat;

	EXPECT_EQ(make(SHOP, NULL, &made), 0);
	EXPECT_EQ(snapshot_open(made.fd, &opened), 0);
	EXPECT(opened.memory != made.memory);
	EXPECT_EQ(pick(&opened, "192.0.2.10:80", 77), pick(&made, "192.0.2.10:80", 77));
	EXPECT_EQ(fstat(made.fd, &stat), 0);
	EXPECT(mmap(NULL, (size_t)stat.st_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		       opened.fd, 0) == MAP_FAILED);
	EXPECT_EQ(ftruncate(opened.fd, 0), -1);
	EXPECT_EQ(write(opened.fd, "x", 1), -1);
	snapshot_done(&made);
	EXPECT(pick(&opened, "192.0.2.10:80", 77) >= 0);
	snapshot_done(&opened);
}

static void what_is_no_snapshot_is_refused(void)
{
	struct snapshot opened = {0};
	int fd = memfd_create("x", MFD_ALLOW_SEALING);
	char zeros[4096] = {0};

	EXPECT_EQ(write(fd, zeros, sizeof(zeros)), sizeof(zeros));
	EXPECT_EQ(snapshot_open(fd, &opened), -EPROTO);
	EXPECT_EQ(fcntl(fd, F_ADD_SEALS,
			  F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE),
		0);
	EXPECT_EQ(snapshot_open(fd, &opened), -EPROTO);
	close(fd);
	fd = open("/dev/null", O_RDONLY);
	EXPECT_EQ(snapshot_open(fd, &opened), -EPROTO);
	close(fd);
	EXPECT(!opened.memory);
}

static const struct test tests[] = {
	{"tables are as built", tables_are_as_built},
	{"services have all that workers read", services_have_all_that_workers_read},
	{"UDP is left out", udp_is_left_out},
	{"a service without pods picks none", a_service_without_pods},
	{"what stays keeps its number", what_stays_keeps_its_number},
	{"another process maps it and changes nothing",
		another_process_maps_it_and_changes_nothing},
	{"what is no snapshot is refused", what_is_no_snapshot_is_refused},
};

int main(void)
{
	return TESTS_RUN(tests);
}
