/* SPDX-License-Identifier: BSD-2-Clause */
/* l7/reach.h: chunks of tables that a worker asks its keeper for. */
#include "test.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "l7/control.h"
#include "l7/reach.h"

#define CHUNKS 3
#define CHUNK_LEN ((size_t)SP_CHUNK_WORDS * sizeof(uint64_t))

/* A keeper with CHUNKS chunks, whose words all say the chunk's number + 1. */
struct keeper {
	int socket;
	int chunks[CHUNKS];
	unsigned asked;
	pthread_t thread;
};

static struct keeper keeper;
static struct reach reach;

static void *answer_all(void *unused)
{
	struct control_message message;
	int fd;

	(void)unused;
	while (control_receive(keeper.socket, &message, &fd) == 1) {
		EXPECT_EQ(message.kind, CONTROL_CHUNK);
		keeper.asked++;
		control_send(keeper.socket, &message,
			message.number < CHUNKS ? keeper.chunks[message.number] : -1);
	}
	return NULL;
}

static void start(void)
{
	int ends[2];

	EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	keeper = (struct keeper){.socket = ends[0]};
	for (int i = 0; i < CHUNKS; i++) {
		uint64_t word = (uint64_t)i + 1;

		keeper.chunks[i] = memfd_create("chunk", 0);
		EXPECT_EQ(ftruncate(keeper.chunks[i], (off_t)CHUNK_LEN), 0);
		EXPECT_EQ(pwrite(keeper.chunks[i], &word, sizeof(word), 0), sizeof(word));
		EXPECT_EQ(pwrite(keeper.chunks[i], &word, sizeof(word),
				  (off_t)(CHUNK_LEN - sizeof(word))),
			sizeof(word));
	}
	reach = (struct reach){
		.socket = ends[1],
		.words = mmap(NULL, SP_CHUNKS_MAX * CHUNK_LEN, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
	};
	EXPECT(reach.words != MAP_FAILED);
	EXPECT_EQ(pthread_create(&keeper.thread, NULL, answer_all, NULL), 0);
}

static void stop(void)
{
	close(reach.socket);
	pthread_join(keeper.thread, NULL);
	close(keeper.socket);
	for (int i = 0; i < CHUNKS; i++)
		close(keeper.chunks[i]);
	munmap((void *)reach.words, SP_CHUNKS_MAX * CHUNK_LEN);
}

static void chunks_come_when_they_are_needed(void)
{
	start();
	EXPECT_EQ(reach_words(&reach, 0, 1), 0);
	EXPECT_EQ(reach.words[0], 1);
	EXPECT_EQ(reach_words(&reach, 10, SP_CHUNK_WORDS - 10), 0);
	EXPECT_EQ(keeper.asked, 1);
	EXPECT_EQ(reach_words(&reach, SP_CHUNK_WORDS - 1, SP_CHUNK_WORDS + 2), 0);
	EXPECT_EQ(keeper.asked, 3);
	EXPECT_EQ(reach.words[SP_CHUNK_WORDS], 2);
	EXPECT_EQ(reach.words[3 * SP_CHUNK_WORDS - 1], 3);
	stop();
}

static void what_is_not_there_is_an_error(void)
{
	start();
	EXPECT_EQ(reach_words(&reach, 3 * SP_CHUNK_WORDS, 1), -ENOENT);
	EXPECT_EQ(reach.words[2 * SP_CHUNK_WORDS], 3);
	EXPECT_EQ(reach_words(&reach, UINT32_MAX, UINT32_MAX), -EINVAL);
	EXPECT_EQ(reach_words(&reach, 0, 3 * SP_CHUNK_WORDS), 0);
	stop();
}

static void without_a_keeper_nothing_comes(void)
{
	start();
	EXPECT_EQ(reach_words(&reach, 0, 1), 0);
	shutdown(keeper.socket, SHUT_RDWR);
	EXPECT_EQ(reach_words(&reach, SP_CHUNK_WORDS, 1), -EPIPE);
	EXPECT_EQ(reach_words(&reach, 0, 1), 0);
	stop();
}

static const struct test tests[] = {
	{"chunks come when they are needed", chunks_come_when_they_are_needed},
	{"what is not there is an error", what_is_not_there_is_an_error},
	{"without a keeper nothing comes", without_a_keeper_nothing_comes},
};

int main(void)
{
	return TESTS_RUN(tests);
}
