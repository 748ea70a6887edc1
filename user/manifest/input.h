/* SPDX-License-Identifier: BSD-2-Clause */
/* One text that is being read: whether it is text at all, and where in it a byte is. */
#ifndef MANIFEST_INPUT_H
#define MANIFEST_INPUT_H

#include "base/diag.h"
#include "base/words.h"

#define INPUT_LEN_MAX (1U << 30)

struct input {
	const struct source *source;
	unsigned *line_starts; /* offset of each line */
	size_t lines_len;
};

/* Check that the source is UTF-8 without control characters, and find its lines.
 * Returns 0; -EINVAL with an error in diags; -ENOMEM. Memory is the arena's. */
int input_init(struct input *input, const struct source *source, struct arena *arena,
	struct diags *diags);

/* The place of `len` bytes at `offset`, cut at the end of their line. */
struct place input_place(const struct input *input, size_t offset, size_t len);

/* The place of a word that lies in the source's text. */
struct place input_place_word(const struct input *input, struct word word);

#endif
