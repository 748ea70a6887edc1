/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the helper listens: an address, the service that is served there, and its
 * sockets, which the keeper holds for the workers. */
#ifndef L7_BINDINGS_H
#define L7_BINDINGS_H

#include "l7/origin.h"

/* --listen ADDR:PORT=SERVICE */
struct listen {
	struct sp_endpoint at;
	const char *service;
};

/* One address. Wanted, then with sockets. */
struct binding {
	struct sp_endpoint address, vip;
	bool free;   /* the address need not be this node's (yet) */
	bool shared; /* the one socket is every worker's: it cannot have others beside it
		      */
	int *fds;
	size_t fds_len;
};

struct bindings {
	struct binding *at; /* by address; each once */
	size_t len;
};

/* What should be listened to: what `listens` names, else the VIPs of the helper's
 * services (of all, where the tables are made from manifests). A name of no service is an
 * error. Returns 0; -EINVAL, -ENOMEM. bindings_done() frees it, after a failure, too. */
int bindings_wanted(const struct origin *origin, const struct listen *listens,
	size_t listens_len, struct bindings *ret_wanted, struct diags *diags);

/* Sockets that were handed over, by systemd or by a helper before this one. */
struct handed {
	struct sp_endpoint address;
	int fd; /* -1: taken */
};

struct handed_list {
	struct handed *at;
	size_t len, size;
};

/* Take an fd over. Returns 0; -ENOTSOCK it is no listening TCP socket (it is closed);
 * -ENOMEM. */
int handed_add(struct handed_list *list, int fd);
void handed_done(struct handed_list *list); /* closes what nobody took */

/* Give a binding that has none its sockets: those handed over for its address, and new
 * ones up to `len`. Returns 0, or a negative errno with an error in diags. */
int binding_open(struct binding *binding, size_t len, struct handed_list *handed,
	struct diags *diags);

/* The binding of an address; NULL: none. */
struct binding *bindings_find(
	const struct bindings *bindings, const struct sp_endpoint *address);

void binding_close(struct binding *binding);
void bindings_done(struct bindings *bindings); /* closes all */

#endif
