/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of kernel/ share: the opened state and their calls among themselves. */
#ifndef KERNEL_STATE_H
#define KERNEL_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "kernel/kernel.h"
#include "model/live.h"
#include "types.h"

struct bpf_object;

enum kernel_map {
	MAP_STATE,
	MAP_VIPS,
	MAP_SERVICES,
	MAP_BACKS,
	MAP_PODS,
	MAP_TABLES,
	MAP_COUNTERS,
	MAP_FLOWS,
	MAP_SYNS,
	MAP_SESSIONS,
	MAP_WAYS,
	MAP_FRAGMENTS,
	MAP_RANGES,
	MAP_TRAFFIC,
	MAP_EVENTS,
	MAP_VLANS,
	MAP_COUNT,
};

/* The words of all tables as one array: chunk after chunk in one stretch of addresses. */
struct words {
	uint64_t *at;			     /* NULL until words_open() */
	uint64_t mapped[SP_CHUNKS_MAX / 64]; /* bit i: chunk i can be touched */
	uint32_t held;			     /* chunks that sp_tables holds */
	uint32_t len;			     /* with those that are to be added to it */
	int added[SP_CHUNKS_MAX];	     /* fds of those */
};

struct kernel {
	enum kernel_access access;
	char *pin_dir;
	int dir_fd; /* of pin_dir; a writer's holds the lock */
	int maps[MAP_COUNT];
	struct sp_state *state; /* these three are the maps themselves */
	struct sp_service *services;
	struct sp_pod *pods;
	struct words words;
	int program_fd; /* kernel_run()'s last program */
	uint32_t program_id;
};

/* fail.c: errors with the way out of them. */

/* Add the error "MESSAGE: STRERROR" with a hint that fits `error` (negative errno).
 * Returns `error`, -EACCES as -EPERM. */
int fail_system(struct diags *diags, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* From now on libbpf says nothing on stderr; what the kernel's netlink told it last is
 * kept ("" when nothing was). */
void fail_silence_libbpf(void);
const char *fail_kernel_message(void);
void fail_forget_kernel_message(void);

/* maps.c: the pinned maps. */

extern const char *const map_names[MAP_COUNT];
extern const enum kernel_map memory_maps[KERNEL_MEMORIES];

/* Open (READ, WRITE) or make (WRITE) the maps under kernel->pin_dir; -ENOENT as for
 * kernel_open(). */
int maps_open(
	struct kernel *kernel, const struct kernel_sizes *sizes, struct diags *diags);
void maps_close(struct kernel *kernel);

/* The program and maps that are built in, not loaded yet; bpf_object__close() takes
 * NULL. NULL with an error in diags. */
struct bpf_object *maps_open_object(struct diags *diags);

/* The path of `name` under the pin directory; free() it. NULL when memory is out. */
char *maps_pin_path(const struct kernel *kernel, const char *name);

/* words.c: the arena of words in chunks. */

/* Find out how many chunks there are. May be called again. */
int words_open(struct kernel *kernel, struct diags *diags);
void words_close(struct kernel *kernel);

/* Map `len` > 0 words; in a writer, chunks that sp_tables does not hold are made, and put
 * there by words_publish(). A reader asks for no more than `held` ones. */
int words_reach(struct kernel *kernel, uint32_t first, uint32_t len, struct diags *diags);
int words_publish(struct kernel *kernel, struct diags *diags);

/* An fd of a chunk in sp_tables, or a negative errno. */
int words_get_chunk(const struct kernel *kernel, uint32_t chunk);

/* How many words a version's table takes. */
uint32_t words_of_version(const struct sp_service_version *version);

/* batch.c: all elements of a hash map or trie, as they are at some time during the call;
 * an element that comes or goes meanwhile is seen or not. `see` ends it with an error. */
typedef int (*batch_see)(void *context, const void *key, const void *value);
int batch_each(int map, size_t key_size, size_t value_size, batch_see see, void *context);

/* addresses.c: addresses of VIPs in sp_vips. */

struct live;
struct sp_endpoint address_key(const struct sp_addr *addr);

/* After the services `gone` have gone: their addresses lead to others that have them, or
 * are removed. */
int addresses_remove(struct kernel *kernel, const struct live *live, const uint32_t *gone,
	size_t gone_len);

/* live.c: what is in use, derived from the arrays alone. */

struct run {
	uint64_t first, end; /* words */
};

/* Numbers and words in use. Zero-initialised means empty. */
struct live {
	uint64_t services[SP_SERVICES_MAX / 64]; /* bit n: number n is taken */
	uint64_t pods[SP_PODS_MAX / 64];
	struct run *runs, *gaps; /* words in use, words between them; ascending */
	size_t runs_len, runs_size, gaps_len;
	uint32_t services_len, pods_len;
	uint64_t words;
	/* Where the searches for something free go on. */
	uint32_t service_hint, pod_hint;
	size_t gap_hint;
};

/* Fill `ret_live` without changing anything. */
int live_read(struct kernel *kernel, struct live *ret_live);

/* Make the maps hold what is live and nothing else: wipe versions from the future, remove
 * the keys of what is gone, wait for readers to leave, free the numbers. Killed at any
 * moment, the next call goes on. `ret_live` is filled on success. */
int live_sweep(struct kernel *kernel, struct live *ret_live, struct diags *diags);
void live_done(struct live *live);

/* Take a free number, or `len` words in a row; -ENOSPC. */
long live_take_service(struct live *live);
long live_take_pod(struct live *live);
int64_t live_take_words(struct live *live, uint32_t len);

/* Wait until no packet is under way that came before this call. */
int live_wait_readers(struct kernel *kernel, struct diags *diags);

/* The seconds that slots and flows are stamped with: of the clock that packets read. */
uint32_t clock_now_s(void);

bool endpoint_is_zero(const struct sp_endpoint *endpoint);

/* traffic.c: what went to each pod. */

/* Set the counters of a pod's number to 0. Returns 0 or a negative errno. */
int traffic_clear(const struct kernel *kernel, uint32_t pod);

/* vlans.c: the VLAN devices of this network namespace. */

/* Make a map like sp_vlans say what is there now. */
int vlans_refresh(int map, struct diags *diags);

/* stats.c */

/* Add up an array of counts per CPU. Returns 0 or a negative errno. */
int counts_read(int map, uint32_t len, uint64_t *ret_sums);

/* checks.c: why an attach fails, and what would go astray. */

struct device {
	char name[16];
	uint32_t ifindex;
	uint8_t mac[6];
	uint32_t mtu;
	bool up;
	bool is_ethernet;
};

/* -ENODEV or another negative errno, with an error in diags. */
int device_read(const char *name, struct device *ret_device, struct diags *diags);
/* The error of an attach that failed with `error`; returns it. */
int check_attach_failure(const struct device *device, enum kernel_mode mode, int error,
	int program_fd, struct diags *diags);
/* The error of a program load that failed with `error`; returns it. */
int check_load_failure(int error, const char *log, struct diags *diags);
/* Warns of a device whose driver keeps the tags of VLANs from the program; `map` is what
 * vlans_refresh() has filled. */
void vlans_check(int map, const struct device *device, struct diags *diags);
void check_settings(const struct device *device, struct diags *diags);
/* The same for the decapsulating program. */
void check_settings_of_pod(const struct device *device, struct diags *diags);

#endif
