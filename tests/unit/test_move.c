/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables that move: a row for each rule. */
#include "move_tables.h"

/* --- One slot --- */

struct row {
	const char *sentence;
	sp_slot slot;
	uint32_t wanted;
	sp_slot want;
};

/* Pods 1 to 4 are alive, 9 is dead. */
static void test_rules(void)
{
	const uint32_t moving = NOW - WINDOW + 1, pinned = NOW - WINDOW;
	const struct row rows[] = {
		{"clean, same pod", sp_slot_clean(1), 1, sp_slot_clean(1)},
		{"clean, other pod", sp_slot_clean(1), 2, sp_slot_moved(2, 1, NOW)},
		{"clean, its pod is dead", sp_slot_clean(9), 2, sp_slot_clean(2)},
		{"moving, same pod", sp_slot_moved(2, 1, moving), 2,
			sp_slot_moved(2, 1, moving)},
		{"moving, other pod: the oldest stays", sp_slot_moved(2, 1, moving), 3,
			sp_slot_moved(3, 1, NOW)},
		{"moving, back to the previous", sp_slot_moved(2, 1, moving), 1,
			sp_slot_moved(1, 1, NOW)},
		{"moving, its pod is dead", sp_slot_moved(9, 1, moving), 3,
			sp_slot_moved(3, 1, NOW)},
		{"moving, previous dead, same pod", sp_slot_moved(2, 9, moving), 2,
			sp_slot_moved(2, NONE, moving)},
		{"moving, previous dead, other pod", sp_slot_moved(2, 9, moving), 3,
			sp_slot_moved(3, 2, NOW)},
		{"moving, both dead", sp_slot_moved(9, 9, moving), 3,
			sp_slot_moved(3, NONE, NOW)},
		{"moving, no previous, other pod", sp_slot_moved(2, NONE, moving), 3,
			sp_slot_moved(3, 2, NOW)},
		{"pinned, same pod", sp_slot_moved(2, 1, pinned), 2,
			sp_slot_moved(2, 1, pinned)},
		{"pinned, same pod, previous dead", sp_slot_moved(2, 9, pinned), 2,
			sp_slot_moved(2, NONE, pinned)},
		{"pinned, other pod: moves from the current", sp_slot_moved(2, 1, pinned),
			3, sp_slot_moved(3, 2, NOW)},
		{"pinned, other pod, current dead", sp_slot_moved(9, 1, pinned), 3,
			sp_slot_moved(3, NONE, NOW)},
		{"stamped by a clock that is ahead: moving", sp_slot_moved(2, 1, NOW + 1),
			3, sp_slot_moved(3, 1, NOW)},
	};
	const struct move move = {NOW, {.len_s = WINDOW}, alive};

	set_alive(9, false);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* The other slot moves, so that the table is not the wanted one itself.
		 */
		struct table live = make_maglev((sp_slot[]){rows[i].slot, 1, 1}, 2);
		struct table table = make_maglev(
			(sp_slot[]){sp_slot_clean(rows[i].wanted), sp_slot_clean(4)}, 2);
		enum move_result result;

		live.words[1] = sp_slot_clean(1);
		EXPECT_EQ(table_move(&live, &move, &table, &result), 0);
		EXPECT_EQ(result, MOVE_MOVING);
		if (table.words[0] != rows[i].want)
			printf("row: %s\n", rows[i].sentence);
		EXPECT_EQ(table.words[0], rows[i].want);
		table_done(&live);
		table_done(&table);
	}
	set_alive(9, true);
}

/* --- Whole tables --- */

static void test_ring_cut(void)
{
	struct table live =
		make_ring((struct ring_arc[]){{100, sp_slot_clean(1)},
				  {200, sp_slot_clean(2)}, {~0ULL, sp_slot_clean(1)}},
			3);
	struct table table = make_ring(
		(struct ring_arc[]){{100, sp_slot_clean(1)}, {150, sp_slot_clean(3)},
			{200, sp_slot_clean(2)}, {~0ULL, sp_slot_clean(1)}},
		4);
	struct table want =
		make_ring((struct ring_arc[]){{100, sp_slot_clean(1)},
				  {150, sp_slot_moved(3, 2, NOW)},
				  {200, sp_slot_clean(2)}, {~0ULL, sp_slot_clean(1)}},
			4);
	const struct move move = {NOW, {.len_s = WINDOW}, alive};
	enum move_result result;

	EXPECT_EQ(table_move(&live, &move, &table, &result), 0);
	EXPECT_EQ(result, MOVE_MOVING);
	EXPECT_EQ(table.words_len, want.words_len);
	EXPECT(!memcmp(table.words, want.words, want.words_len * sizeof(*want.words)));
	table_done(&live);
	table_done(&table);
	table_done(&want);
}

static void test_ring_merged(void)
{
	struct table live =
		make_ring((struct ring_arc[]){{100, sp_slot_clean(1)},
				  {200, sp_slot_clean(1)}, {300, sp_slot_clean(2)}},
			3);
	struct table table = make_ring(
		(struct ring_arc[]){{150, sp_slot_clean(1)}, {300, sp_slot_clean(3)}}, 2);
	const struct move move = {NOW, {.len_s = WINDOW}, alive};
	enum move_result result;

	EXPECT_EQ(table_move(&live, &move, &table, &result), 0);
	EXPECT_EQ(result, MOVE_MOVING);
	EXPECT_EQ(table.at.size, 3); /* up to 150, to 200, to 300 */
	EXPECT_EQ(table.words[0], sp_slot_clean(1));
	EXPECT_EQ(table.words[1], sp_slot_moved(3, 1, NOW));
	EXPECT_EQ(table.words[2], sp_slot_moved(3, 2, NOW));
	table_done(&live);
	table_done(&table);
}

static void test_ring_clean_is_as_built(void)
{
	struct table live = make_ring((struct ring_arc[]){{200, sp_slot_clean(1)}}, 1);
	struct table table = make_ring(
		(struct ring_arc[]){{100, sp_slot_clean(1)}, {300, sp_slot_clean(1)}}, 2);
	uint64_t *words = table.words;
	const struct move move = {NOW, {.len_s = WINDOW}, alive};
	enum move_result result;

	EXPECT_EQ(table_move(&live, &move, &table, &result), 0);
	EXPECT_EQ(result, MOVE_CLEAN);
	EXPECT(table.words == words && table.at.size == 2);
	table_done(&live);
	table_done(&table);
}

static void test_maglev_nested(void)
{
	static const uint32_t sizes[][3] = {{4, 8, 8}, {8, 4, 8}, {3, 3, 3}, {7, 14, 14}};
	const struct move move = {NOW, {.len_s = WINDOW}, alive};
	sp_slot old[16], new[16];

	for (uint32_t i = 0; i < 16; i++) {
		old[i] = sp_slot_clean(i);
		new[i] = sp_slot_clean(16 + i);
	}
	for (size_t row = 0; row < sizeof(sizes) / sizeof(sizes[0]); row++) {
		const uint32_t *size = sizes[row];
		struct table live = make_maglev(old, size[0]);
		struct table table = make_maglev(new, size[1]);
		enum move_result result;

		EXPECT_EQ(table_move(&live, &move, &table, &result), 0);
		EXPECT_EQ(result, MOVE_MOVING);
		EXPECT_EQ(table.at.size, size[2]);
		for (uint32_t i = 0; i < table.at.size; i++)
			EXPECT_EQ(table.words[i],
				sp_slot_moved(16 + i % size[1], i % size[0], NOW));
		table_done(&live);
		table_done(&table);
	}
}

/* `live` cannot be followed: what the move says, and that the wanted table stays. */
static enum move_result move_apart(struct table live, struct table table)
{
	const struct move move = {NOW, {.len_s = WINDOW}, alive};
	uint64_t *words = table.words;
	enum move_result result = MOVE_MOVING;

	EXPECT_EQ(table_move(&live, &move, &table, &result), 0);
	EXPECT(table.words == words);
	table_done(&live);
	table_done(&table);
	return result;
}

static void test_not_followed(void)
{
	const sp_slot ones[8] = {1, 1, 1, 1, 1, 1, 1, 1};
	const struct ring_arc arc = {100, sp_slot_clean(1)};
	sp_slot old[8], dead[8];

	for (uint32_t i = 0; i < 8; i++) {
		old[i] = sp_slot_clean(ones[i]);
		dead[i] = sp_slot_clean(9);
	}
	set_alive(9, false);
	EXPECT_EQ(move_apart(make_maglev(old, 5), make_maglev(old, 7)), MOVE_BREAKS);
	EXPECT_EQ(move_apart(make_maglev(old, 4), make_maglev(old, 6)), MOVE_BREAKS);
	EXPECT_EQ(move_apart(make_maglev(dead, 5), make_maglev(old, 7)), MOVE_CLEAN);
	EXPECT_EQ(move_apart(make_maglev(old, 5), make_ring(&arc, 1)), MOVE_BREAKS);
	EXPECT_EQ(move_apart(make_ring(&arc, 1), make_maglev(old, 5)), MOVE_BREAKS);
	EXPECT_EQ(move_apart((struct table){0}, make_maglev(old, 5)), MOVE_CLEAN);
	EXPECT_EQ(move_apart(make_maglev(old, 5), (struct table){0}), MOVE_BREAKS);
	EXPECT_EQ(move_apart(make_maglev(dead, 5), (struct table){0}), MOVE_CLEAN);
	set_alive(9, true);
}

int main(void)
{
	static const struct test tests[] = {
		{"each rule for one slot", test_rules},
		{"a ring is cut at the points of both", test_ring_cut},
		{"equal arcs become one again", test_ring_merged},
		{"a ring without a slot that moves is the wanted one",
			test_ring_clean_is_as_built},
		{"maglev: sizes of which one divides the other", test_maglev_nested},
		{"what cannot be followed says whether flows break", test_not_followed},
	};

	memset(alive, 0xff, sizeof(alive));
	return TESTS_RUN(tests);
}
