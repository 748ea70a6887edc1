/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP errors about the packets of a service of the cast: on their ways, as they come in
 * and as they leave. */
#ifndef ERROR_H
#define ERROR_H

#include "message.h"
#include "rows.h"

/* An error as it comes in and as it leaves, with the packets that they quote. */
struct error {
	struct frame quoted_in, quoted_out;
	struct message in, out;
	enum network_dev dev;
	enum sp_reason reason;
};

/* Type, code and the rest of the header; those with an MTU stand at ERROR_TOO_BIG. */
struct error_kind {
	uint8_t type, code;
	uint32_t rest;
};

#define ERROR_TOO_BIG 2
#define ERROR_KINDS_V4 7
#define ERROR_KINDS_V6 5
extern const struct error_kind error_kinds_v4[ERROR_KINDS_V4];
extern const struct error_kind error_kinds_v6[ERROR_KINDS_V6];

/* The ways that an error can take; make() fills `error`, which must stay where it is,
 * with one that quotes all of a packet and says that it was too big. */
struct error_way {
	const char *sentence;
	void (*make)(struct error *error, const struct loaded_service *service);
};

#define ERROR_WAYS 3
extern const struct error_way error_ways[ERROR_WAYS];

/* A router on the way to the client quotes what the VIP has sent. */
void error_to_pod(struct error *error, const struct loaded_service *service);
/* A router on the way to the pod quotes what the client has sent. */
void error_to_client(struct error *error, const struct loaded_service *service);
/* The same from the pod itself: the client sees the VIP. */
void error_from_pod(struct error *error, const struct loaded_service *service);

void error_set_kind(struct error *error, const struct error_kind *kind);
void error_set_len(struct error *error, size_t len);

/* Run the error and expect it as it is to leave, or as it came. */
bool error_goes(const struct error *error);
bool error_stays(const struct error *error, enum sp_reason reason);

/* With one byte of the quoted packet changed, on both sides. */
bool error_goes_patched(const struct error *error, size_t at, uint8_t value);

/* Services that differ in family and protocol only, 0 to 3. */
const struct loaded_service *error_service(int which);

/* Of a service's packet: bytes of its IP header, and of all. */
size_t error_ip_len(const struct loaded_service *service);
size_t error_quote_len(const struct loaded_service *service);

struct sp_addr error_router(const struct loaded_service *service);

#endif
