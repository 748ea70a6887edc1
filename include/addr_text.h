/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Addresses as inet_ntop (glibc) prints them, built in registers for kernel and user
 * space: no loop over bytes, and the same work whatever the address. */
#ifndef SP_ADDR_TEXT_H
#define SP_ADDR_TEXT_H

#include "addr.h"
#include "xxh64.h"

/* Text in words, as xxh64.h wants it; bytes from `len` on may hold anything.
 * 39 bytes are five words; the others only make every masked index a legal one. */
struct sp_text {
	__u64 word[8];
	__u32 len;
};

/* Some text below 8 bytes: its bytes, the first one lowest, and zeros above. */
struct sp_piece {
	__u64 bytes;
	__u32 bits;
};

/* 0..255 in decimal, with a dot behind it. */
SP_INLINE struct sp_piece sp_text_octet(__u32 octet)
{
	__u32 hundreds = octet * 41 >> 12, tens = octet * 205 >> 11; /* for 0..255 */
	/* hundreds | (tens - 10 hundreds) << 8 | (octet - 10 tens) << 16, with two
	 * products that wait for nothing else. */
	__u32 digits = (octet << 16) - tens * (10 * 65536 - 256) -
		       hundreds * (10 * 256 - 1) + 0x2e303030;
	__u32 leading = 16 - ((octet + 246) >> 8 << 3) - ((octet + 156) >> 8 << 3);

	return (struct sp_piece){.bytes = digits >> leading, .bits = 32 - leading};
}

SP_INLINE struct sp_piece sp_text_octets(__u32 first, __u32 second)
{
	struct sp_piece a = sp_text_octet(first), b = sp_text_octet(second);

	return (struct sp_piece){
		.bytes = a.bytes | b.bytes << a.bits, .bits = a.bits + b.bits};
}

/* "192.0.2.1": 7 to 15 bytes. */
SP_INLINE void sp_text_from_v4(struct sp_text *text, __be32 v4)
{
	__u32 bytes = sp_bytes32(v4);
	struct sp_piece head = sp_text_octets(bytes & 0xff, bytes >> 8 & 0xff);
	struct sp_piece tail = sp_text_octets(bytes >> 16 & 0xff, bytes >> 24);

	/* The head is 4 to 8 bytes: shifts of 64 bits are cut in two. */
	text->word[0] = head.bytes | tail.bytes << (head.bits - 8) << 8;
	text->word[1] = tail.bytes >> (64 - head.bits);
	text->len = (head.bits + tail.bits) / 8 - 1;
}

/* "::192.0.2.1": 9 to 17 bytes. */
SP_INLINE void sp_text_from_embedded_v4(struct sp_text *text, __be32 v4)
{
	sp_text_from_v4(text, v4);
	text->word[2] = text->word[1] >> 48;
	text->word[1] = text->word[1] << 16 | text->word[0] >> 48;
	text->word[0] = text->word[0] << 16 | 0x3a3a;
	text->len += 2;
}

/* Four bytes as eight hexadecimal digits. */
SP_INLINE __u64 sp_text_hex(__be32 word)
{
	const __u64 low = 0x000f000f000f000fULL;
	__u64 bytes = sp_bytes32(word), digits, letters;

	bytes = (bytes | bytes << 16) & 0x0000ffff0000ffffULL;
	bytes = (bytes | bytes << 8) & 0x00ff00ff00ff00ffULL;
	digits = (bytes >> 4 & low) | (bytes & low) << 8;
	letters = (digits + 0x0606060606060606ULL) >> 4 & 0x0101010101010101ULL;
	return digits + 0x3030303030303030ULL + letters * ('a' - '0' - 10);
}

/* Which of an address's eight groups are zero: bit i for group i. */
SP_INLINE __u32 sp_text_zero_groups(const struct sp_addr *addr)
{
	__u32 zeros = 0;

	for (int i = 0; i < 4; i++) {
		__u64 bytes = sp_bytes32(addr->word[i]);

		zeros |= (((bytes & 0xffff) - 1) >> 63) << (2 * i);
		zeros |= (((bytes >> 16) - 1) >> 63) << (2 * i + 1);
	}
	return zeros;
}

/* The groups that "::" stands for: the longest run of at least two zero groups, the first
 * of equals. Bit i for group i; *ret_start gets the first of them alone. */
SP_INLINE __u32 sp_text_run(__u32 zeros, __u32 *ret_start)
{
	__u32 starts = zeros, run = 0;

	/* In round n, `starts` has the groups where n zero groups in a row begin. */
	for (int len = 1; len <= 8 && starts; len++) {
		*ret_start = starts & -starts;
		run = *ret_start * ((1U << len) - 1);
		starts &= starts >> 1;
	}
	if (!(run & (run - 1)))
		run = *ret_start = 0;
	return run;
}

/* One group with a colon behind it; or what stands for it: ":" for the first group that
 * is left out, nothing for the others. `run` and `start` are 0 or 1. */
SP_INLINE struct sp_piece sp_text_group(__u32 group, __u32 hex, __u32 run, __u32 start)
{
	__u32 digits = 1 + ((group + 0xfff0) >> 16) + ((group + 0xff00) >> 16) +
		       ((group + 0xf000) >> 16);
	__u64 bytes = (__u64)hex >> (32 - 8 * digits) | (__u64)':' << 8 * digits;
	__u64 kept = (__u64)run - 1; /* all bits, or none */

	return (struct sp_piece){.bytes = (bytes & kept) | (start * ':'),
		.bits = ((8 * digits + 8) & (__u32)kept) + 8 * start};
}

/* Text that grows: whole words go to memory, the open one stays in a register. */
struct sp_text_end {
	__u64 open;
	__u32 bits; /* in all */
};

SP_INLINE void sp_text_append(
	struct sp_text *text, struct sp_text_end *end, struct sp_piece piece)
{
	__u32 at = end->bits & 63;
	__u64 filled = end->open | piece.bytes << at;
	__u64 over = piece.bytes >> 1 >> (63 - at);
	__u64 full = 0 - (__u64)((at + piece.bits) >> 6); /* all bits, or none */

	text->word[end->bits >> 6 & 7] = filled;
	end->open = (over & full) | (filled & ~full);
	end->bits += piece.bits;
}

/* "2001:db8::1": 2 to 39 bytes. glibc prints ::a.b.c.d when exactly the first six groups
 * are zero; ::ffff:a.b.c.d is IPv4 here (addr.h). */
SP_INLINE void sp_text_from_v6(struct sp_text *text, const struct sp_addr *addr)
{
	struct sp_text_end end = {0};
	__u32 start = 0, run = sp_text_run(sp_text_zero_groups(addr), &start);

	if (run == 0x3f) {
		sp_text_from_embedded_v4(text, addr->word[3]);
		return;
	}
	if (start & 1)
		sp_text_append(text, &end, (struct sp_piece){.bytes = ':', .bits = 8});
	for (int i = 0; i < 4; i++) {
		__u64 hex = sp_text_hex(addr->word[i]);
		__u32 groups = __builtin_bswap32(sp_bytes32(addr->word[i]));
		__u32 left_out = run >> (2 * i), first = start >> (2 * i);

		sp_text_append(text, &end,
			sp_text_group(groups >> 16, hex, left_out & 1, first & 1));
		sp_text_append(text, &end,
			sp_text_group(groups & 0xffff, hex >> 32, left_out >> 1 & 1,
				first >> 1 & 1));
	}
	text->word[end.bits >> 6 & 7] = end.open;
	/* Without the colon behind the last group, unless that is a "::". */
	text->len = end.bits / 8 - 1 + (run >> 7 & 1);
}

#endif
