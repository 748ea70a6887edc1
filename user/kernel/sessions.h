/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions whose slots are not clean, for a sweep that makes them so. */
#ifndef KERNEL_SESSIONS_H
#define KERNEL_SESSIONS_H

#include "kernel/settle.h"

struct moved_session {
	struct sp_session_key key;
	struct sp_session session;
	bool is_needed; /* a flow is remembered that would go elsewhere */
};

/* By key. Zero-initialised means empty. */
struct sessions {
	struct moved_session *at;
	size_t len, size;
};

/* All that there are. Returns 0 or a negative errno. */
int sessions_read(const struct kernel *kernel, struct sessions *ret_sessions);
void sessions_done(struct sessions *sessions);

/* NULL: it is clean, or not there. */
struct moved_session *sessions_find(
	const struct sessions *sessions, const struct sp_session_key *key);

/* Make those clean whose window is over and that no flow needs: all flows were seen after
 * sessions_read(). The caller is the one writer. */
void sessions_settle(const struct kernel *kernel, const struct sessions *sessions,
	uint32_t now_s, const struct sp_window *window);

#endif
