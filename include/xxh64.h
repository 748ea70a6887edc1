/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* XXH64 with seed 0 over short text that is held in 64-bit words, for kernel and user
 * space. Byte 0 of the text is the low byte of word 0, on every machine.
 *
 * Source: the XXH64 specification, github.com/Cyan4973/xxHash, doc/xxhash_spec.md. */
#ifndef SP_XXH64_H
#define SP_XXH64_H

#include <linux/types.h>

#define SP_INLINE static inline __attribute__((always_inline))

#define SP_XXH64_PRIME1 0x9e3779b185ebca87ULL
#define SP_XXH64_PRIME2 0xc2b2ae3d27d4eb4fULL
#define SP_XXH64_PRIME3 0x165667b19e3779f9ULL
#define SP_XXH64_PRIME4 0x85ebca77c2b2ae63ULL
#define SP_XXH64_PRIME5 0x27d4eb2f165667c5ULL

/* Longest text: one stripe of 32 bytes and a tail below 8. */
#define SP_XXH64_LEN_MAX 39
#define SP_XXH64_WORDS 5

/* What lies in network byte order as a number whose low byte is the first in memory. */
SP_INLINE __u32 sp_bytes32(__be32 field)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return field;
#else
	return __builtin_bswap32(field);
#endif
}

SP_INLINE __u16 sp_bytes16(__be16 field)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return field;
#else
	return __builtin_bswap16(field);
#endif
}

SP_INLINE __u64 sp_rotl64(__u64 value, int bits)
{
	return value << bits | value >> (64 - bits);
}

SP_INLINE __u64 sp_xxh64_round(__u64 lane, __u64 word)
{
	return sp_rotl64(lane + word * SP_XXH64_PRIME2, 31) * SP_XXH64_PRIME1;
}

/* Mix in a whole word behind the stripes. */
SP_INLINE __u64 sp_xxh64_word(__u64 hash, __u64 word)
{
	hash ^= sp_xxh64_round(0, word);
	return sp_rotl64(hash, 27) * SP_XXH64_PRIME1 + SP_XXH64_PRIME4;
}

/* Mix in the last `len` < 8 bytes of `word` and finish; bytes above them do not count. */
SP_INLINE __u64 sp_xxh64_tail(__u64 hash, __u64 word, __u32 len)
{
	if (len & 4) {
		hash ^= (__u32)word * SP_XXH64_PRIME1;
		hash = sp_rotl64(hash, 23) * SP_XXH64_PRIME2 + SP_XXH64_PRIME3;
		word >>= 32;
	}
	if (len & 2) {
		hash ^= (__u8)word * SP_XXH64_PRIME5;
		hash = sp_rotl64(hash, 11) * SP_XXH64_PRIME1;
		hash ^= (__u8)(word >> 8) * SP_XXH64_PRIME5;
		hash = sp_rotl64(hash, 11) * SP_XXH64_PRIME1;
		word >>= 16;
	}
	if (len & 1) {
		hash ^= (__u8)word * SP_XXH64_PRIME5;
		hash = sp_rotl64(hash, 11) * SP_XXH64_PRIME1;
	}
	hash ^= hash >> 33;
	hash *= SP_XXH64_PRIME2;
	hash ^= hash >> 29;
	hash *= SP_XXH64_PRIME3;
	return hash ^ hash >> 32;
}

/* The state behind one stripe of 32 bytes, before the length is added. */
SP_INLINE __u64 sp_xxh64_stripe(const __u64 *words)
{
	__u64 lane1 = sp_xxh64_round(SP_XXH64_PRIME1 + SP_XXH64_PRIME2, words[0]);
	__u64 lane2 = sp_xxh64_round(SP_XXH64_PRIME2, words[1]);
	__u64 lane3 = sp_xxh64_round(0, words[2]);
	__u64 lane4 = sp_xxh64_round(0 - SP_XXH64_PRIME1, words[3]);
	__u64 hash = sp_rotl64(lane1, 1) + sp_rotl64(lane2, 7) + sp_rotl64(lane3, 12) +
		     sp_rotl64(lane4, 18);

	hash = (hash ^ sp_xxh64_round(0, lane1)) * SP_XXH64_PRIME1 + SP_XXH64_PRIME4;
	hash = (hash ^ sp_xxh64_round(0, lane2)) * SP_XXH64_PRIME1 + SP_XXH64_PRIME4;
	hash = (hash ^ sp_xxh64_round(0, lane3)) * SP_XXH64_PRIME1 + SP_XXH64_PRIME4;
	return (hash ^ sp_xxh64_round(0, lane4)) * SP_XXH64_PRIME1 + SP_XXH64_PRIME4;
}

/* XXH64, seed 0, of the first `len` <= SP_XXH64_LEN_MAX bytes of words[SP_XXH64_WORDS].
 * No index is computed from `len`, so that the words may live in registers. */
SP_INLINE __u64 sp_xxh64(const __u64 *words, __u32 len)
{
	__u64 hash = SP_XXH64_PRIME5 + len;

	if (len >= 32)
		return sp_xxh64_tail(sp_xxh64_stripe(words) + len, words[4], len & 7);
	if (len < 8)
		return sp_xxh64_tail(hash, words[0], len);
	hash = sp_xxh64_word(hash, words[0]);
	if (len < 16)
		return sp_xxh64_tail(hash, words[1], len & 7);
	hash = sp_xxh64_word(hash, words[1]);
	if (len < 24)
		return sp_xxh64_tail(hash, words[2], len & 7);
	hash = sp_xxh64_word(hash, words[2]);
	return sp_xxh64_tail(hash, words[3], len & 7);
}

#endif
