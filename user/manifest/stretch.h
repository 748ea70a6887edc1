/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a text can be cut so that each piece is YAML or JSON of its own. */
#ifndef MANIFEST_STRETCH_H
#define MANIFEST_STRETCH_H

#include "manifest/input.h"

/* The offset of the first byte from `from` on that is no blank, or the length. */
size_t stretch_skip_blanks(const struct source *source, size_t from);

/* The offset of the next line "---" from `from` on, or the length. */
size_t stretch_find_mark(const struct input *input, size_t from);

/* Where the piece that begins at `from` ends: behind the closing brace when it begins
 * with a brace or bracket (JSON objects may follow each other without a mark), else at
 * some line "---" not far away, else at the end. */
size_t stretch_find_end(const struct input *input, size_t from, bool *ret_braced);

#endif
