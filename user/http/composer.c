/* SPDX-License-Identifier: BSD-2-Clause */
/* Text that grows into a buffer of the caller's. */
#include "http/composer.h"

#include <string.h>

#define UINT_DIGITS_MAX 20

void compose_text(struct composer *composer, struct text text)
{
	if (composer->full || text.len > composer->size - composer->len) {
		composer->full = true;
		return;
	}
	if (text.len)
		memcpy(composer->bytes + composer->len, text.bytes, text.len);
	composer->len += text.len;
}

void compose_uint(struct composer *composer, uint64_t number)
{
	char digits[UINT_DIGITS_MAX];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	compose_text(composer, (struct text){digits + at, sizeof(digits) - at});
}
