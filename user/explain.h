/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside explain only: a client and its key. */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "commands.h"
#include "model/text.h"
#include "table/key.h"

struct client {
	struct text given;     /* as the user wrote it */
	struct sp_endpoint at; /* for the source keys; port 0: not said */
	struct text text; /* what is hashed, in words; points to `given` or `buffer` */
	bool has_hash;	  /* false: the text counts as missing, no pod is chosen by it */
	uint64_t hash;
	bool refused; /* its address is in no range that may come */
	char buffer[2 * ENDPOINT_TEXT_MAX];
};

/* Read a client as the key of the service wants it, and hash it. `given` is borrowed.
 * Returns 0; -EINVAL with an error in diags at `place`. */
int client_parse(const struct service *service, struct text given, struct place place,
	struct client *ret_client, struct diags *diags);

#endif
