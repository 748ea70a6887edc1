/* SPDX-License-Identifier: BSD-2-Clause */
/* What went wrong, where, and the way out: collected as values, printed by commands. */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"

/* One input: a file, or stdin as "<stdin>". The text is borrowed and outlives the
 * diagnostics that point into it. */
struct source {
	const char *name;
	const char *text; /* NUL-terminated; may hold NULs before `len` too */
	size_t len;
};

/* A stretch of one line. source NULL: no place (system errors); line 0: the whole file.
 */
struct place {
	const struct source *source;
	unsigned line;	 /* from 1 */
	unsigned column; /* in bytes, from 1 */
	unsigned len;	 /* bytes to underline, at least 1 */
};

enum severity {
	DIAG_ERROR,
	DIAG_WARNING,
};

struct diag {
	enum severity severity;
	struct place place;
	const char *message; /* one line, no full stop, no newline */
	const char *hint;    /* the way out, one line; NULL: none */
};

#define DIAGS_KEPT_MAX 20

/* Zero-initialised means empty and ready. Errors beyond DIAGS_KEPT_MAX are counted only.
 */
struct diags {
	struct arena arena;
	struct diag errors[DIAGS_KEPT_MAX];
	struct diag warnings[DIAGS_KEPT_MAX];
	size_t errors_len; /* all of them, kept or not */
	size_t warnings_len;
};

/* Add one. `hint` may be NULL; it and the message are copied. */
void diags_error(struct diags *diags, struct place place, const char *hint,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
void diags_warning(struct diags *diags, struct place place, const char *hint,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

/* For errors without a place: "samepod: error: ...". */
#define PLACE_NONE ((struct place){0})

/* Print all: warnings and errors, those with a place as file:line:column with the line
 * and a caret under it (control bytes made visible, tabs kept aligned, a long line cut
 * around the place), then how many were not kept. */
void diags_print(FILE *file, const struct diags *diags);

void diags_done(struct diags *diags);

#endif
