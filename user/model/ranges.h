/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may come to a service: source ranges, as CIDRs. */
#ifndef MODEL_RANGES_H
#define MODEL_RANGES_H

#include "base/words.h"
#include "model/model.h"

#define RANGE_TEXT_MAX 52 /* "v6/128" with the final NUL */

/* "203.0.113.0/24", "2001:db8::/32". Returns 0; -EINVAL with an error at `place`. Bits
 * behind the prefix are set to 0, with a warning. */
int range_parse(struct word text, struct place place, struct range *ret_range,
	struct diags *diags);

/* Returns `buffer`, of RANGE_TEXT_MAX. */
char *range_format(const struct range *range, char *buffer);

/* By address, then shorter prefixes first. */
int range_compare(const struct range *a, const struct range *b);

/* Let only these come: of `ranges` the service takes those of its VIP's family, in order
 * and each once. Returns 0; -ENOMEM. */
int ranges_take(struct service *service, const struct range *ranges, size_t len,
	struct arena *arena);

/* Whether an address is in one of them. */
bool ranges_hold(const struct range *ranges, size_t len, const struct sp_addr *addr);

/* Whether a client may come. */
bool ranges_admit(const struct service *service, const struct sp_addr *client);

/* "203.0.113.0/24,198.51.100.0/24", "nobody", or NULL for everyone; in the arena's
 * memory. Returns 0; -ENOMEM. */
int ranges_format(
	const struct service *service, struct arena *arena, const char **ret_text);

#endif
