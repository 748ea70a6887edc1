/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Addresses as inet_ntop (glibc) prints them, built in registers for kernel and user
 * space: no loop over bytes, and the same work whatever the address. */
#ifndef SP_ADDR_TEXT_H
#define SP_ADDR_TEXT_H

#include "addr.h"
#include "xxh64.h"

/* Text in words, as xxh64.h wants it; bytes from `len` on may hold anything.
 * 39 bytes are five words; the sixth only makes every masked index a legal one. */
struct sp_text {
	__u64 word[6];
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
	__u64 bytes = sp_bytes32(word), digits, letters;

	bytes = (bytes | bytes << 16) & 0x0000ffff0000ffffULL;
	bytes = (bytes | bytes << 8) & 0x00ff00ff00ff00ffULL;
	digits = (bytes >> 4 | bytes << 8) & 0x0f0f0f0f0f0f0f0fULL;
	letters = (digits + 0x0606060606060606ULL) >> 4 & 0x0101010101010101ULL;
	return digits + 0x3030303030303030ULL + letters * ('a' - '0' - 10);
}

/* An address's half: four groups as lanes of 16 bits, the first one highest. What is said
 * of each group is such a word of lanes, too. */
#define SP_TEXT_LANES 0x0001000100010001ULL

SP_INLINE __u64 sp_text_half(const struct sp_addr *addr, int half)
{
	__u64 high = __builtin_bswap32(sp_bytes32(addr->word[2 * half]));

	return high << 32 | __builtin_bswap32(sp_bytes32(addr->word[2 * half + 1]));
}

/* Which digits are printed, unless a group is zero: the lowest bit of each that is not
 * zero or has such a one before it in its group. */
SP_INLINE __u64 sp_text_digits(__u64 half)
{
	__u64 digits = half | half >> 1;

	digits = (digits | digits >> 2) & 0x1111111111111111ULL;
	digits |= digits >> 4 & 0x0111011101110111ULL;
	return digits | (digits >> 8 & 0x0011001100110011ULL);
}

/* Which of four groups are zero: bit i for group i. */
SP_INLINE __u32 sp_text_zero_groups(__u64 digits)
{
	/* Bit 16 (3 - i) goes to bit 48 + i. */
	const __u64 gather = 1 | 1ULL << 17 | 1ULL << 34 | 1ULL << 51;

	return ((digits & SP_TEXT_LANES) * gather >> 48) ^ 0xf;
}

/* The other way: a lane is 1 where the group has a bit. */
SP_INLINE __u64 sp_text_spread(__u32 groups)
{
	/* Bit i goes to bit 16 (3 - i). */
	const __u64 spread = 1ULL << 48 | 1ULL << 31 | 1ULL << 14;
	__u64 lanes = (__u64)(groups & 0xf) * spread | (groups & 0xf) >> 3;

	return lanes & SP_TEXT_LANES;
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
	return run;
}

/* A group as four digits with a colon behind them is 40 bits; how many of them are cut,
 * as lanes: 8 for each leading zero. */
SP_INLINE __u64 sp_text_cuts(__u64 digits)
{
	/* The multiplication adds up a group's bits in its highest digit. */
	__u64 kept = (digits | SP_TEXT_LANES) * 0x1111 >> 9 & 0x38 * SP_TEXT_LANES;

	return 32 * SP_TEXT_LANES - kept;
}

/* The same for a group of "::": all 40 where there were 24, but for the colon of the
 * first one. */
SP_INLINE __u64 sp_text_cut_run(__u64 cuts, __u32 run, __u32 start)
{
	return cuts + 16 * sp_text_spread(run) - 8 * sp_text_spread(start);
}

/* Two groups, each with a colon behind it: 0 to 10 bytes. */
struct sp_text_pair {
	__u64 low, high;
	__u32 bits;
};

SP_INLINE struct sp_text_pair sp_text_pair(__be32 word, __u32 first_cut, __u32 second_cut)
{
	const __u64 colon = (__u64)':' << 32;
	__u64 hex = sp_text_hex(word);
	__u64 first = ((hex & 0xffffffff) | colon) >> first_cut;
	__u64 second = (hex >> 32 | colon) >> second_cut;

	/* Shifts that may be by 64 bits are cut in two, here and below. */
	return (struct sp_text_pair){.low = first | second << (40 - first_cut),
		.high = second >> 1 >> (23 + first_cut),
		.bits = 80 - first_cut - second_cut};
}

/* Two groups behind the first `bits` bits, the first one's cut in the higher of two
 * lanes; returns how many bits there are then. */
SP_INLINE __u32 sp_text_append(struct sp_text *text, __u32 bits, __be32 word, __u32 cuts)
{
	struct sp_text_pair pair = sp_text_pair(word, cuts >> 16, cuts & 63);
	__u64 *end = &text->word[bits >> 6 & 3];
	__u32 at = bits & 63, over = 63 - at;

	end[0] |= pair.low << at;
	end[1] = pair.low >> 1 >> over | pair.high << at;
	end[2] = pair.high >> 1 >> over;
	return bits + pair.bits;
}

/* "2001:db8::1": 2 to 39 bytes. glibc prints ::a.b.c.d when exactly the first six groups
 * are zero; ::ffff:a.b.c.d is IPv4 here (addr.h). */
SP_INLINE void sp_text_from_v6(struct sp_text *text, const struct sp_addr *addr)
{
	__u64 high = sp_text_digits(sp_text_half(addr, 0));
	__u64 low = sp_text_digits(sp_text_half(addr, 1));
	__u32 zeros = sp_text_zero_groups(high) | sp_text_zero_groups(low) << 4;
	__u64 high_cuts = sp_text_cuts(high), low_cuts = sp_text_cuts(low);
	__u32 start = 0, run = 0, bits;

	if (zeros & zeros >> 1) {
		run = sp_text_run(zeros, &start);
		if (run == 0x3f) {
			sp_text_from_embedded_v4(text, addr->word[3]);
			return;
		}
		high_cuts = sp_text_cut_run(high_cuts, run, start);
		low_cuts = sp_text_cut_run(low_cuts, run >> 4, start >> 4);
	}
	/* With no colon before it, a "::" takes its first one from the group's digit. */
	high_cuts -= (__u64)(start & 1) << (48 + 3);
	bits = sp_text_append(text, 0, addr->word[0], high_cuts >> 32);
	bits = sp_text_append(text, bits, addr->word[1], high_cuts);
	bits = sp_text_append(text, bits, addr->word[2], low_cuts >> 32);
	bits = sp_text_append(text, bits, addr->word[3], low_cuts);
	text->word[0] |= (start & 1) * ('0' ^ ':');
	/* Without the colon behind the last group, unless that is a "::". */
	text->len = bits / 8 - 1 + (run >> 7);
}

#endif
