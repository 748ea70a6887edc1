/* SPDX-License-Identifier: BSD-2-Clause */
/* UTF-8, strictly. */
#include "base/utf8.h"

size_t utf8_next(const char *text, size_t len, uint32_t *ret_rune)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char lead = text[0];
	uint32_t rune;
	size_t size;

	if (lead < 0x80) {
		*ret_rune = lead;
		return 1;
	}
	if (lead < 0xc0 || lead > 0xf7)
		return 0;
	size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	if (len < size)
		return 0;
	rune = lead & (0xff >> (size + 1));
	for (size_t i = 1; i < size; i++) {
		unsigned char byte = text[i];

		if ((byte & 0xc0) != 0x80)
			return 0;
		rune = rune << 6 | (byte & 0x3f);
	}
	if (rune < least[size] || rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff))
		return 0;
	*ret_rune = rune;
	return size;
}

bool utf8_is_unprintable(uint32_t rune)
{
	return rune < 0x20 || (rune >= 0x7f && rune < 0xa0) || rune == 0xfeff ||
	       (rune >= 0x200b && rune <= 0x200f) || (rune >= 0x2028 && rune <= 0x202e) ||
	       (rune >= 0x2066 && rune <= 0x2069);
}
