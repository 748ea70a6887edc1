/* SPDX-License-Identifier: BSD-2-Clause */
/* --sizes flows=N,syns=N: how many entries maps can have, from words. */
#include "base/words.h"
#include "commands.h"

static int find_memory(struct context *context, struct word name)
{
	const char *names[KERNEL_MEMORIES + 1] = {NULL};
	char hint[160];
	int found;

	for (int i = 0; i < KERNEL_MEMORIES; i++)
		names[i] = kernel_memory_words[i].name;
	found = words_find(names, name);
	if (found < 0)
		diags_error(&context->diags, PLACE_NONE,
			words_suggest(names, name, hint, sizeof(hint)),
			"unknown size '%.*s'", (int)name.len, name.text);
	return found;
}

/* One "NAME=N". */
static enum exit_code size_parse(
	struct context *context, const struct word_pair *pair, struct kernel_sizes *sizes)
{
	int memory = find_memory(context, pair->name);
	uint64_t number;

	if (memory < 0)
		return EXIT_BAD_REQUEST;
	if (sizes->entries[memory]) {
		diags_error(&context->diags, PLACE_NONE, NULL, "size %.*s is given twice",
			(int)pair->name.len, pair->name.text);
		return EXIT_BAD_REQUEST;
	}
	if (!word_to_number(pair->value, &number) || number < KERNEL_SIZE_MIN ||
		number > KERNEL_SIZE_MAX) {
		diags_error(&context->diags, PLACE_NONE, "as in --sizes flows=1000000",
			"size '%.*s' is not NAME=N with N within %d..%d",
			(int)pair->whole.len, pair->whole.text, KERNEL_SIZE_MIN,
			KERNEL_SIZE_MAX);
		return EXIT_BAD_REQUEST;
	}
	sizes->entries[memory] = (uint32_t)number;
	return EXIT_DONE;
}

enum exit_code sizes_parse(struct context *context, struct kernel_sizes *ret_sizes)
{
	const char *list = context->request.options[OPTION_SIZES];
	enum exit_code code = EXIT_DONE;
	struct word_pair pair;

	while (code == EXIT_DONE && words_next_pair(&list, &pair))
		code = size_parse(context, &pair, ret_sizes);
	return code;
}
