/* SPDX-License-Identifier: BSD-2-Clause */
/* A policy from words "option=value", as plain lists and the maps hold it, and the limits
 * that every way to write a policy must keep. */
#ifndef MODEL_POLICY_H
#define MODEL_POLICY_H

#include "base/words.h"
#include "model/model.h"

#define POLICY_TTL_MAX_S 3153600000 /* of a cookie: a hundred years */
#define POLICY_SESSION_MAX_S 86400

enum policy_option {
	POLICY_KEY,
	POLICY_COOKIE_TTL,
	POLICY_COOKIE_PATH,
	POLICY_COOKIE_ATTRIBUTE, /* may be given more than once */
	POLICY_SESSION_TIMEOUT,
	POLICY_ALGORITHM,
	POLICY_RING_SIZE,
	POLICY_TABLE_SIZE,
	POLICY_FORWARD,
	POLICY_OPTIONS,
};

/* A policy while its words come in. */
struct policy_draft {
	struct policy policy;
	bool given[POLICY_OPTIONS];
	struct place places[POLICY_OPTIONS]; /* of the values given */
};

/* The options' names in the order of enum policy_option, NULL at the end. */
extern const char *const policy_option_names[];

/* No key and no algorithm named: 5-tuple, maglev that follows the number of pods, nat. */
struct policy policy_default(void);

/* Keys that only HTTP has make the service the helper's. */
void policy_imply_l7(struct policy *policy);

/* Take one option. `place` is the value's.
 * Returns 0; -EINVAL with an error in diags; -ENOMEM. */
int policy_take_option(struct policy_draft *draft, enum policy_option option,
	struct word value, struct place place, struct arena *arena, struct diags *diags);

/* All words are in: check that they go together, and fill in what they leave open.
 * Returns 0; -EINVAL with an error in diags. */
int policy_finish(struct policy_draft *draft, struct diags *diags);

/* Is `size` legal for the algorithm? Else -EINVAL, and an error at `place`. */
int policy_check_size(enum sp_algorithm algorithm, uint64_t size, struct place place,
	struct diags *diags);

/* Is `name` fit for a key: a token for a cookie or header; for a query parameter no
 * separator, blank or control character? Else -EINVAL, and an error at `place`. */
int policy_check_key_name(
	enum sp_key key, struct word name, struct place place, struct diags *diags);

/* Is `text` fit for a set-cookie header, as path or attribute: printable, without blanks
 * and semicolons? Else -EINVAL, and an error at `place`. */
int policy_check_cookie_text(struct word text, struct place place, struct diags *diags);

/* "3600s", "1h30m", "1.5s" (rounded down to whole seconds), or with `bare_seconds` a
 * plain number. Returns 0; -EINVAL. */
int policy_parse_ttl(struct word text, bool bare_seconds, int64_t *ret_ttl_s);

int policy_parse_forward(struct word text, struct place place,
	enum sp_forward *ret_forward, struct diags *diags);

#endif
