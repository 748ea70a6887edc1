/* SPDX-License-Identifier: BSD-2-Clause */
/* The program in the kernel with maps of its own, filled by hand. */
#ifndef LOADED_H
#define LOADED_H

#include <stdbool.h>
#include <stddef.h>

#include "events.h"
#include "frame.h"
#include "lookup.h"
#include "network.h"
#include "reasons.h"
#include "run.h"
#include "types.h"

/* Before loaded_open(): make a map of the program's this large. */
void loaded_set_size(const char *map, uint32_t entries);

/* Where tunnels begin: addresses of client0. */
#define LOADED_SOURCE_V4 "198.51.100.1"
#define LOADED_SOURCE_V6 "2001:db8:1::1"

/* Before loaded_open(): the device has no address. */
void loaded_leave_sources_out(void);

/* Load the program for packets whose MAC address is `mac`. Returns 0, or -1 with the
 * reason on stderr. */
int loaded_open(const uint8_t mac[6]);

void loaded_close(void);

int loaded_program_fd(void);
int loaded_map_fd(const char *map);

/* Hash maps: how many elements there are; remove them all. */
uint32_t loaded_count(const char *map);
void loaded_clear(const char *map);

long loaded_read_event(enum sp_event event);

/* Let another object that is not loaded yet use the same maps. */
struct bpf_object;
void loaded_share_maps(struct bpf_object *other);

/* Run the program on `len` >= 14 bytes that come in at `dev`; aborts on errors. */
void loaded_run(
	const uint8_t *bytes, size_t len, enum network_dev dev, struct run *ret_run);

/* The same, whatever comes of it. */
void loaded_send(const uint8_t *bytes, size_t len, enum network_dev dev);

/* Whether the run ended with this verdict, these bytes, and one more packet in the
 * counter of `reason` and in no other; what differs is printed. */
bool run_is(const struct run *run, uint32_t verdict, const uint8_t *bytes, size_t len,
	enum sp_reason reason);

/* The traffic counted for a pod's number, over all CPUs. */
struct sp_traffic loaded_read_traffic(uint32_t pod);

/* Writes to the maps; each aborts when the kernel refuses. */
void loaded_set_generation(uint32_t generation);
void loaded_set_times(uint32_t window_s, uint32_t tcp_idle_s, uint32_t udp_idle_s);
/* Slots that began to move before this second are over (sp_window). */
void loaded_set_over(uint32_t over_s);
void loaded_set_words(uint32_t first, const __u64 *words, uint32_t len);
void loaded_set_service(uint32_t number, const struct sp_service *service);
void loaded_set_pod(uint32_t number, const struct sp_pod *pod);
void loaded_set_vip(const struct sp_endpoint *vip, uint32_t number);
void loaded_set_back(const struct sp_endpoint *pod, uint32_t number);
/* Let sources of "ADDRESS" with its first `bits` bits (of 128 in any family) come to what
 * has the list `list`, see sp_range_list(). */
void loaded_set_range(uint32_t list, const char *address, uint32_t bits);
/* Device `above` is the VLAN's of the tag on `below`, from now on. */
void loaded_set_vlan(enum network_dev below, uint16_t type, uint16_t id,
	enum network_dev above, const uint8_t mac[6]);
void loaded_forget_vip(const struct sp_endpoint *vip);

/* A service with one pod, live from generation 1 on; both get `number`, and its table
 * lies at word LOADED_TABLE_STEP * number. Whatever a client hashes to, the pod is the
 * same. */
#define LOADED_TABLE_STEP 20
struct loaded_service {
	uint32_t number;
	struct sp_endpoint vip, pod;
	enum sp_key key;
	enum sp_algorithm algorithm;
	enum sp_forward forward;
};

void loaded_add(const struct loaded_service *service);

/* The two halves of loaded_add(), for rows that change them before they are written. */
struct sp_service loaded_service_of(const struct loaded_service *service);
struct sp_pod loaded_pod_of(const struct loaded_service *service);

#endif
