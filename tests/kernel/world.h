/* SPDX-License-Identifier: BSD-2-Clause */
/* A node of the test's own (network namespace, BPF filesystem), services to apply to it,
 * and an audit of everything that is pinned. */
#ifndef WORLD_H
#define WORLD_H

#include <stdbool.h>

#include "kernel/kernel.h"

/* What failed, for the row that asks; in the form of test.h's messages. */
#define WORLD_PIN_DIR "/sys/fs/bpf/samepod-test"

/* Two sets of services that differ in every way there is. */
extern const char *const world_sets[2];

/* Leave the machine's own state. Returns 0, or -1 without root. */
int world_enter(void);

/* Remove all that is pinned. */
void world_clear(void);

/* Make `text`, a plain pod list, live. Returns what kernel_apply() or what comes before
 * it returns. */
int world_apply(const char *text);

/* The same, with options, what was done and what was said; `ret_` may be NULL. */
int world_apply_options(const char *text, const struct kernel_apply_options *options,
	struct kernel_apply_result *ret_result, struct diags *diags);

/* Whether exactly `text` is live: policies, pods and the slots of every table. */
bool world_is(const char *text);

/* The same without the tables, which a writer may change after the model was read. */
bool world_model_is(const char *text);

/* The number of the live pod "ip:port" in sp_pods, or of the service at VIP
 * "ip:port/protocol" in sp_services; -1: none. */
long world_pod_number(const char *pod);
long world_service_number(const char *vip);

/* Whether maps and routes hold what is live and nothing else. Prints what is wrong. */
bool world_is_clean(void);

/* Whether a packet finds every service and pod that is live: true at any moment. */
bool world_is_found(void);

/* How many routes of ours there are: "blackhole" or "local". */
int world_routes(const char *sort);

/* Fork, run `text`'s apply and kill it: at the `moment`-th system call that changes
 * something (> 0), or after so many microseconds (< 0). Returns whether it was killed. */
bool world_apply_killed(const char *text, long moment);

/* The same, so many instructions behind its first removal of an element from a map. */
bool world_apply_killed_behind_delete(const char *text, long steps);

#endif
