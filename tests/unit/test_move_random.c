/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables that move at random, against the rules applied to one hash at a time. */
#include "move_tables.h"

#define PODS 40

static uint64_t random_state = 1;

static uint64_t random_next(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * 0x2545f4914f6cdd1dULL;
}

static uint32_t random_below(uint32_t limit)
{
	return (uint32_t)(random_next() >> 32) % limit;
}

static uint32_t random_pod(void)
{
	uint32_t pod;

	do
		pod = random_below(PODS);
	while (!(alive[pod / 64] >> pod % 64 & 1));
	return pod;
}

/* Points lie in few places, so that both rings often share them, and may come twice. */
static uint64_t random_point(void)
{
	static const uint64_t edges[] = {0, 1, ~0ULL, ~0ULL - 1};

	if (!random_below(8))
		return edges[random_below(4)];
	return (uint64_t)random_below(64) << 58 | random_below(2);
}

static int compare_arcs(const void *a, const void *b)
{
	const struct ring_arc *left = a, *right = b;

	return (left->point > right->point) - (left->point < right->point);
}

static struct table random_table(enum sp_algorithm algorithm)
{
	struct ring_arc arcs[32];
	sp_slot slots[32];
	uint32_t size = algorithm == SP_ALGORITHM_RING_HASH ? 1 + random_below(32)
							    : 2U << random_below(5);

	for (uint32_t i = 0; i < size; i++) {
		slots[i] = sp_slot_clean(random_pod());
		arcs[i] = (struct ring_arc){random_point(), slots[i]};
	}
	if (algorithm == SP_ALGORITHM_MAGLEV)
		return make_maglev(slots, size);
	qsort(arcs, size, sizeof(*arcs), compare_arcs);
	return make_ring(arcs, size);
}

/* What one hash finds: no index, no search. */
static sp_slot find_slot(const struct table *table, uint64_t hash)
{
	const uint64_t *points = table->words + table->at.size;

	if (table->at.algorithm == SP_ALGORITHM_MAGLEV)
		return table->words[hash % table->at.size];
	for (uint32_t i = 0; i < table->at.size; i++)
		if (points[i] >= hash)
			return table->words[i];
	return table->words[0];
}

/* The rules again, in other words. */
static sp_slot want_slot(sp_slot old, uint32_t wanted, uint32_t now)
{
	uint32_t current = sp_slot_current(old), previous = sp_slot_previous(old);
	bool current_lives = alive[current / 64] >> current % 64 & 1;
	bool previous_lives =
		previous != NONE && alive[previous / 64] >> previous % 64 & 1;
	bool clean = old >> 36 == 0;
	uint32_t since = clean ? 0 : (uint32_t)(old >> 36) - 1;
	bool moving = !clean && now - since < WINDOW;

	if (clean && (wanted == current || !current_lives))
		return sp_slot_clean(wanted);
	if (!clean && wanted == current)
		return sp_slot_moved(current, previous_lives ? previous : NONE, since);
	if (moving && previous_lives)
		return sp_slot_moved(wanted, previous, now);
	return sp_slot_moved(wanted, current_lives ? current : NONE, now);
}

static void expect_hash(const struct table *live, const struct table *wanted,
	const struct table *moved, uint32_t now, uint64_t hash)
{
	sp_slot want = want_slot(
		find_slot(live, hash), sp_slot_current(find_slot(wanted, hash)), now);
	uint32_t at;

	EXPECT_EQ(find_slot(moved, hash), want);
	EXPECT_EQ(table_find(moved, hash, &at), sp_slot_current(want));
	EXPECT_EQ(moved->words[at], want);
}

static void expect_moved(const struct table *live, const struct table *wanted,
	const struct table *moved, uint32_t now)
{
	for (int i = 0; i < 200; i++) {
		uint64_t hash = i % 2 ? random_next() : random_point();

		for (int off = -1; off <= 1; off++)
			expect_hash(live, wanted, moved, now, hash + (uint64_t)off);
	}
	for (uint32_t i = 1; i < moved->at.size; i++)
		EXPECT(moved->at.algorithm == SP_ALGORITHM_MAGLEV ||
			(moved->words[i] != moved->words[i - 1] &&
				moved->words[moved->at.size + i] >
					moved->words[moved->at.size + i - 1]));
}

/* Some pods die and come, time passes, and the moved table moves again. */
static void random_walk(enum sp_algorithm algorithm)
{
	struct table live = random_table(algorithm);
	uint32_t now = NOW;

	for (int step = 0; step < 8 && !test_failures; step++) {
		struct table wanted, moved;
		struct move move = {0, {.len_s = WINDOW}, alive};
		enum move_result result;

		for (uint32_t pod = 0; pod < PODS; pod++)
			set_alive(pod, !pod || random_below(4));
		now += random_below(WINDOW);
		move.now_s = now;
		wanted = random_table(algorithm);
		moved = wanted;
		moved.words = malloc(moved.words_len * sizeof(*moved.words));
		memcpy(moved.words, wanted.words, moved.words_len * sizeof(*moved.words));
		EXPECT_EQ(table_move(&live, &move, &moved, &result), 0);
		if (result == MOVE_MOVING)
			expect_moved(&live, &wanted, &moved, now);
		else
			EXPECT(!memcmp(moved.words, wanted.words,
				wanted.words_len * sizeof(*wanted.words)));
		table_done(&wanted);
		table_done(&live);
		live = moved;
	}
	table_done(&live);
}

static void test_random_maglev(void)
{
	for (int i = 0; i < 300 && !test_failures; i++)
		random_walk(SP_ALGORITHM_MAGLEV);
}

static void test_random_rings(void)
{
	for (int i = 0; i < 300 && !test_failures; i++)
		random_walk(SP_ALGORITHM_RING_HASH);
}

int main(void)
{
	static const struct test tests[] = {
		{"random maglev tables, hash by hash", test_random_maglev},
		{"random rings, hash by hash", test_random_rings},
	};

	memset(alive, 0xff, sizeof(alive));
	return TESTS_RUN(tests);
}
