/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes that end where memory ends: who reads one too many dies. */
#ifndef GUARD_H
#define GUARD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define GUARD_PAGE 4096
#define GUARD_ROOM (16 * GUARD_PAGE)

/* The place of a guarded stretch of GUARD_ROOM bytes: its end. */
static inline char *guard_end(void)
{
	static char *end;
	char *room;

	if (end)
		return end;
	room = mmap(NULL, GUARD_ROOM + GUARD_PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED || mprotect(room + GUARD_ROOM, GUARD_PAGE, PROT_NONE)) {
		perror("guard page");
		exit(1);
	}
	end = room + GUARD_ROOM;
	return end;
}

/* `len` bytes, well below GUARD_ROOM, copied to where memory ends; before them nothing
 * that a parser would like. */
static inline const char *guard_place(const char *bytes, size_t len)
{
	char *at = guard_end() - len;

	memset(at - 64, '\n', 64);
	memcpy(at, bytes, len);
	return at;
}

#endif
