/* SPDX-License-Identifier: BSD-2-Clause */
/* A talk between one client and one pod through a worker: what most rows need. */
#ifndef TALK_H
#define TALK_H

#include <sys/socket.h>
#include <unistd.h>

#include "../unit/test.h"
#include "world.h"

static struct world world;
static int client, pod; /* pod: -1 until the first request has come */

/* Start what world_init() has prepared, and connect the client. */
static inline void talk_begin(void)
{
	world_start(&world);
	client = client_connect(&world);
	pod = -1;
}

/* With settings as they are. */
static inline void talk_begin_plain(void)
{
	world_init(&world);
	talk_begin();
}

/* Close, and forget. */
static inline void hang_up(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Close with a reset: what is on its way is lost. */
static inline void break_off(int *fd)
{
	const struct linger at_once = {.l_onoff = 1};

	setsockopt(*fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	hang_up(fd);
}

static inline void talk_end(void)
{
	hang_up(&client);
	hang_up(&pod);
	EXPECT_EQ(world_stop(&world), 0);
}

/* Send a request. The pod must get a head that contains `text`. */
static inline void ask(const char *request, const char *text)
{
	say(client, request);
	if (pod < 0)
		pod = pod_accept(&world, 0);
	EXPECT(hear_head_with(pod, text));
}

/* The pod says `response`. The client must get a head that contains `head`, and then
 * `body`. */
static inline void answer(const char *response, const char *head, const char *body)
{
	say(pod, response);
	EXPECT(hear_head_with(client, head));
	EXPECT(hear(client, body));
}

static inline void ask_and_answer(void)
{
	ask(GET, "GET / ");
	answer(OK, "200 OK", "ok");
}

/* The client gets an answer of the worker's own. */
static inline void refused(const char *head, const char *reason)
{
	EXPECT(hear_head_with(client, head));
	EXPECT(strstr(hear_until(client, "\n"), reason) != NULL);
}

#endif
