/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's side of samepod: pinned maps, programs, links and routes. The only part
 * of the program that knows libbpf and netlink. Nothing here prints: what goes wrong is
 * in diags, with a hint. */
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H

#include <stdint.h>

#include "base/diag.h"
#include "decap.h"
#include "events.h"
#include "model/model.h"
#include "plan/plan.h"
#include "reasons.h"
#include "table/table.h"

#define KERNEL_PIN_DIR "/sys/fs/bpf/samepod"

struct kernel;

enum kernel_access {
	KERNEL_READ,  /* what is pinned, or -ENOENT */
	KERNEL_WRITE, /* one writer at a time (waits for the lock); makes what is missing
		       */
	KERNEL_LINKS, /* the same for links alone, of any layout; makes nothing: -ENOENT
		       */
	KERNEL_DECAP, /* as WRITE, for the decapsulating program and its maps alone */
	KERNEL_LOOK,  /* as READ, for those and links alone, of any layout */
};

/* Open the state pinned under `pin_dir`. Pinned state of another layout is refused.
 * Returns 0; -ENOENT nothing is pinned there (not for WRITE or DECAP; no error in diags:
 * to a reader that is an empty state); -EPERM no root; -EPROTO other layout; another
 * negative errno. All but -ENOENT have their error in diags. kernel_close() takes NULL.
 */
int kernel_open(const char *pin_dir, enum kernel_access access,
	struct kernel **ret_kernel, struct diags *diags);
void kernel_close(struct kernel *kernel);

/* Maps that fill as traffic comes (ranges: as services are applied). */
enum kernel_memory {
	KERNEL_FLOWS,
	KERNEL_SYNS,
	KERNEL_SESSIONS,
	KERNEL_WAYS,
	KERNEL_FRAGMENTS,
	KERNEL_RANGES,
	KERNEL_MEMORIES,
};

/* What a full one does. */
enum kernel_when_full {
	KERNEL_REFUSES,	   /* what is in it stays, nothing new comes in */
	KERNEL_PUSHES_OUT, /* what was not used for longest goes */
};

struct kernel_memory_word {
	const char *name;
	enum kernel_when_full when_full;
	int made_by; /* enum sp_event that counts what is put in; -1: none does */
};

extern const struct kernel_memory_word kernel_memory_words[KERNEL_MEMORIES];

/* How many entries they can have; a setting of the time when the state is made. */
#define KERNEL_SIZE_MIN 1024
#define KERNEL_SIZE_MAX 16777216

struct kernel_sizes {
	uint32_t entries[KERNEL_MEMORIES]; /* 0: not told */
};

/* kernel_open() for a state of these sizes. -EEXIST with an error in diags when there is
 * one of others. */
int kernel_open_sized(const char *pin_dir, enum kernel_access access,
	const struct kernel_sizes *sizes, struct kernel **ret_kernel,
	struct diags *diags);

/* All live services with their pods, numbers and fingerprints, pods in the order that
 * rings are built in.
 * ret_model: zero-initialised, filled on success. */
int kernel_read_model(
	struct kernel *kernel, struct model *ret_model, struct diags *diags);

/* The live table of a service read by kernel_read_model(); slots name places in
 * service->pods. */
int kernel_read_table(struct kernel *kernel, const struct service *service,
	struct table *ret_table, struct diags *diags);

/* The live tables, mapped: what a packet reads, as it changes. */
struct kernel_tables {
	const struct sp_state *state;
	const struct sp_service *services; /* SP_SERVICES_MAX */
	const struct sp_pod *pods;	   /* SP_PODS_MAX */
	const uint64_t *words;		   /* room for all that there can be ... */
	uint32_t chunks;		   /* ... of which so many chunks are mapped */
};

/* Borrowed until kernel_close(). When an apply has added chunks, a further call maps
 * these, too. Read-only in a kernel that was opened for KERNEL_READ. */
int kernel_map_tables(
	struct kernel *kernel, struct kernel_tables *ret_tables, struct diags *diags);

/* An fd of a chunk, to be mapped; -ENOENT: there is none. It can be written to: whoever
 * is given it must not be able to (l7/confine.h). */
int kernel_get_chunk(const struct kernel *kernel, uint32_t chunk);

struct kernel_apply_options {
	bool routes; /* keep a route for each VIP (routes.h) */
	/* Settings that stay until they are told anew (types.h); 0: as they are. */
	uint32_t window_s, tcp_idle_s, udp_idle_s;
};

/* What an apply has done: sizes and where its time went. */
struct kernel_apply_result {
	uint64_t words_written; /* 64-bit words of tables */
	uint32_t services_written;
	uint32_t pods_written;
	uint64_t build_ns;   /* tables, CPU time */
	uint64_t write_ns;   /* maps, up to and with the publishing store, CPU time */
	uint64_t cleanup_ns; /* after it is live: wall time, waits for readers to leave */
};

/* Make the plan live: all of it by one store, or nothing of it. Slots whose pod changes
 * move (table/move.h), so that connections stay; tables that have moved and come to rest
 * are put back as built. Settings count even when the plan fails. Warns of changes that
 * break connections. */
int kernel_apply(struct kernel *kernel, const struct plan *plan,
	const struct kernel_apply_options *options,
	struct kernel_apply_result *ret_result, struct diags *diags);

enum kernel_mode {
	KERNEL_NATIVE,
	KERNEL_GENERIC,
};

/* Which of the two programs. */
enum kernel_kind {
	KERNEL_BALANCER,
	KERNEL_DECAPSULATOR,
};

struct kernel_link {
	char dev[16];
	enum kernel_kind kind;
	uint32_t ifindex;
	uint32_t program_id;
	uint32_t link_id;
	enum kernel_mode mode;
	uint8_t mac[6];
};

/* Attach the balancer to devices, pinned so that it stays: to all of them, or nothing has
 * changed. It is loaded for all before it is put on the first. Attaching to a device that
 * is attached already replaces the program without a gap (a changed MAC address is read
 * anew); one that the other program runs on is refused. Warns of settings under which
 * packets would go astray (forwarding off, reverse path filter on). */
int kernel_attach(struct kernel *kernel, const char *const *devs, size_t len,
	enum kernel_mode mode, struct diags *diags);

/* The same with the decapsulating program and one device, opened with KERNEL_DECAP. Reads
 * anew which addresses this node has and which of them are of VIPs. senders  who may send
 * tunnel packets; NULL: as told before, at first anyone */
int kernel_attach_decap(struct kernel *kernel, const char *dev, enum kernel_mode mode,
	const struct range *senders, size_t senders_len, struct diags *diags);
/* -ENOENT with an error in diags when ours is not attached there. */
int kernel_detach(struct kernel *kernel, const char *dev, struct diags *diags);

/* Links pinned by us, by device name; the array is the arena's. */
int kernel_read_links(struct kernel *kernel, struct arena *arena,
	struct kernel_link **ret_links, size_t *ret_len, struct diags *diags);

struct kernel_use {
	uint64_t used, max;
	uint64_t made; /* entries since the maps were made; 0 where nobody counts */
};

struct kernel_stats {
	uint64_t packets[SP_REASON_COUNT]; /* by reason, over all CPUs */
	uint64_t events[SP_EVENT_COUNT];   /* the same */
	struct kernel_use memories[KERNEL_MEMORIES];
	uint32_t services, services_max;
	uint32_t pods, pods_max;
	uint64_t words, words_held,
		words_max;     /* of tables: in use, allocated, possible */
	uint64_t memory_bytes; /* of all maps, as the kernel accounts them */
	uint32_t generation;
	uint32_t window_s, tcp_idle_s, udp_idle_s; /* as in sp_state */
};

int kernel_read_stats(
	struct kernel *kernel, struct kernel_stats *ret_stats, struct diags *diags);

/* Packets that came by the decapsulating program, by reason, over all CPUs. -ENOENT
 * without an error in diags when it was never attached. */
struct kernel_decap {
	uint64_t packets[SP_DECAP_COUNT];
};

int kernel_read_decap(
	struct kernel *kernel, struct kernel_decap *ret_decap, struct diags *diags);

/* What went to a pod, over all CPUs, since it has its number. */
struct kernel_traffic {
	uint64_t packets;
	uint64_t bytes; /* of IP packets */
	uint64_t flows; /* TCP, by their SYNs */
};

/* Traffic of the pods of a service read by kernel_read_model(), in its order. */
int kernel_read_traffic(struct kernel *kernel, const struct service *service,
	struct kernel_traffic *ret_pods, struct diags *diags);

/* A flow or a session of a service. Pods are places in service->pods; -1: none, or gone.
 */
struct kernel_remembered {
	const struct service *service;
	struct sp_endpoint client; /* of a session: the address alone */
	long current, previous;	   /* previous: sessions only, as state */
	enum sp_slot_state state;
	uint32_t idle_s;
	bool closed; /* flows only */
};

/* What the program remembers (flows or sessions) of services read by kernel_read_model(),
 * in their order and by client; free() the array. One walk over the map a call. */
int kernel_read_remembered(struct kernel *kernel, const struct service *services,
	size_t services_len, enum kernel_memory memory,
	struct kernel_remembered **ret_entries, size_t *ret_len, struct diags *diags);

enum kernel_by {
	KERNEL_BY_TABLE,
	KERNEL_BY_SESSION, /* of the client, in place of the table's slot */
	KERNEL_BY_FLOW,	   /* the client's address and port are pinned */
};

/* What a client's next connection meets; pods as above. */
struct kernel_choice {
	enum kernel_by by;
	enum sp_slot_state state;
	long current, previous; /* of the slot, the session's or the table's */
	long target;		/* where the connection goes */
};

/* `slot` is the client's in the table that kernel_read_table() gave. */
void kernel_choose(struct kernel *kernel, const struct service *service,
	const struct sp_endpoint *client, sp_slot slot, struct kernel_choice *ret_choice);

enum sp_slot_state kernel_slot_state(const struct kernel *kernel, sp_slot slot);

enum kernel_verdict {
	KERNEL_TO_STACK,  /* handed to the stack */
	KERNEL_FORWARDED, /* sent on, or rewritten for the stack to send on */
	KERNEL_DROPPED,
};

/* Run the program that is loaded for `link` on one Ethernet frame (BPF_PROG_TEST_RUN),
 * as if it had come in there. The run counts in the statistics like a packet.
 * ret_frame is of `frame_size` bytes; *ret_len gets the length that came out. */
int kernel_run(struct kernel *kernel, const struct kernel_link *link, const void *frame,
	size_t frame_len, void *ret_frame, size_t frame_size, size_t *ret_len,
	enum kernel_verdict *ret_verdict, struct diags *diags);

/* Whether the pod at `addr` has this MAC address, as the kernel's neighbour tables say.
 */
bool kernel_is_neighbour(const struct sp_addr *addr, const uint8_t mac[6]);

#endif
