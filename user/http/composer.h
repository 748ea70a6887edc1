/* SPDX-License-Identifier: BSD-2-Clause */
/* Text that grows into a buffer of the caller's. Pure. */
#ifndef HTTP_COMPOSER_H
#define HTTP_COMPOSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "table/key.h"

/* Zero `len` and `full` before the first call. What does not fit sets `full`, and then
 * nothing more is written: bytes[0..len) is always whole pieces. */
struct composer {
	char *bytes;
	size_t len, size;
	bool full;
};

void compose_text(struct composer *composer, struct text text);
void compose_uint(struct composer *composer, uint64_t number);

/* Here, so that a literal's length is known where it is compiled. */
static inline void compose_str(struct composer *composer, const char *text)
{
	compose_text(composer, (struct text){text, strlen(text)});
}

#endif
