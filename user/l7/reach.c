// SPDX-License-Identifier: BSD-2-Clause
/* Chunks of words, asked from the keeper. */
#include "l7/reach.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "l7/control.h"

#define CHUNK_LEN ((size_t)SP_CHUNK_WORDS * sizeof(uint64_t))

/* Returns the chunk's fd or a negative errno. */
static int chunk_ask(const struct reach *reach)
{
	const struct control_message ask = {
		.kind = CONTROL_CHUNK, .number = reach->chunks};
	struct control_message answer;
	int fd = -1;
	int result = control_send(reach->socket, &ask, -1);

	if (!result)
		result = control_receive(reach->socket, &answer, &fd);
	if (result < 0)
		return result;
	if (!result)
		return -EPIPE;
	return fd < 0 ? -ENOENT : fd;
}

static int chunk_map(struct reach *reach, int fd)
{
	char *place = (char *)reach->words + reach->chunks * CHUNK_LEN;

	if (mmap(place, CHUNK_LEN, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0) ==
		MAP_FAILED)
		return -errno;
	reach->chunks++;
	return 0;
}

/* Chunks fill the tables from the front and are never taken away. */
int reach_words(void *context, uint32_t first, uint32_t len)
{
	struct reach *reach = context;
	uint64_t end = (uint64_t)first + len;
	int error = end > (uint64_t)SP_CHUNKS_MAX * SP_CHUNK_WORDS ? -EINVAL : 0;

	while (!error && (uint64_t)reach->chunks * SP_CHUNK_WORDS < end) {
		int fd = chunk_ask(reach);

		error = fd < 0 ? fd : chunk_map(reach, fd);
		if (fd >= 0)
			close(fd);
	}
	return error;
}
