/* SPDX-License-Identifier: BSD-2-Clause */
/* --sizes flows=N,syns=N: how many entries maps can have, from words. */
#include <string.h>

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
	struct context *context, struct word word, struct kernel_sizes *sizes)
{
	const char *equals = memchr(word.text, '=', word.len);
	size_t name_len = equals ? (size_t)(equals - word.text) : word.len;
	struct word value = {
		word.text + name_len + !!equals, word.len - name_len - !!equals};
	int memory = find_memory(context, (struct word){word.text, name_len});
	uint64_t number;

	if (memory < 0)
		return EXIT_BAD_REQUEST;
	if (sizes->entries[memory]) {
		diags_error(&context->diags, PLACE_NONE, NULL, "size %.*s is given twice",
			(int)name_len, word.text);
		return EXIT_BAD_REQUEST;
	}
	if (!word_to_number(value, &number) || number < KERNEL_SIZE_MIN ||
		number > KERNEL_SIZE_MAX) {
		diags_error(&context->diags, PLACE_NONE, "as in --sizes flows=1000000",
			"size '%.*s' is not NAME=N with N within %d..%d", (int)word.len,
			word.text, KERNEL_SIZE_MIN, KERNEL_SIZE_MAX);
		return EXIT_BAD_REQUEST;
	}
	sizes->entries[memory] = (uint32_t)number;
	return EXIT_DONE;
}

enum exit_code sizes_parse(struct context *context, struct kernel_sizes *ret_sizes)
{
	const char *text = context->request.options[OPTION_SIZES];
	enum exit_code code = EXIT_DONE;

	while (text && code == EXIT_DONE) {
		size_t len = strcspn(text, ",");

		code = size_parse(context, (struct word){text, len}, ret_sizes);
		text = text[len] ? text + len + 1 : NULL;
	}
	return code;
}
