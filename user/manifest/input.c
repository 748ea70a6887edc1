/* SPDX-License-Identifier: BSD-2-Clause */
/* One text that is being read: whether it is text at all, and where in it a byte is. */
#include "manifest/input.h"

#include <errno.h>
#include <string.h>

#include "base/utf8.h"

static int find_lines(struct input *input, struct arena *arena)
{
	const char *text = input->source->text, *end = text + input->source->len;
	size_t lines = 1;

	for (const char *at = text; (at = memchr(at, '\n', (size_t)(end - at))); at++)
		lines++;
	input->line_starts = arena_alloc(arena, lines * sizeof(*input->line_starts));
	if (!input->line_starts)
		return -ENOMEM;
	input->lines_len = 1;
	for (const char *at = text; (at = memchr(at, '\n', (size_t)(end - at))); at++)
		input->line_starts[input->lines_len++] = (unsigned)(at + 1 - text);
	return 0;
}

struct place input_place(const struct input *input, size_t offset, size_t len)
{
	const char *text = input->source->text;
	size_t low = 0, high = input->lines_len, left;
	const char *stop;

	/* The last line that starts at or before the offset. */
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (input->line_starts[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	left = input->source->len - offset;
	if (len > left)
		len = left;
	stop = memchr(text + offset, '\n', len);
	if (stop)
		len = (size_t)(stop - text) - offset;
	return (struct place){
		.source = input->source,
		.line = (unsigned)low + 1,
		.column = (unsigned)(offset - input->line_starts[low]) + 1,
		.len = len ? (unsigned)len : 1,
	};
}

struct place input_place_word(const struct input *input, struct word word)
{
	return input_place(input, (size_t)(word.text - input->source->text), word.len);
}

/* Offset of the first byte that no text has; the length when there is none. YAML readers
 * stop at such a byte as if the text ended there, and report success. */
static size_t find_bad_byte(const struct source *source)
{
	size_t at = 0;

	while (at < source->len) {
		unsigned char byte = source->text[at];
		uint32_t rune;
		size_t size = 1;

		if (byte >= 0x80) {
			size = utf8_next(source->text + at, source->len - at, &rune);
			if (!size || rune < 0xa0 || (rune & 0xfffe) == 0xfffe)
				return at;
		} else if ((byte < 0x20 && byte != '\n' && byte != '\t' &&
				   byte != '\r') ||
			   byte == 0x7f) {
			return at;
		}
		at += size;
	}
	return at;
}

int input_init(struct input *input, const struct source *source, struct arena *arena,
	struct diags *diags)
{
	size_t bad;

	*input = (struct input){.source = source};
	if (source->len > INPUT_LEN_MAX) {
		diags_error(diags, (struct place){.source = source}, "split it",
			"%zu bytes are more than %u", source->len, INPUT_LEN_MAX);
		return -EINVAL;
	}
	if (find_lines(input, arena))
		return -ENOMEM;
	bad = find_bad_byte(source);
	if (bad == source->len)
		return 0;
	diags_error(diags, input_place(input, bad, 1),
		"manifests are UTF-8 text without control characters",
		"byte 0x%02x is not text", (unsigned char)source->text[bad]);
	return -EINVAL;
}
