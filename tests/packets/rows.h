/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows: one sentence, one packet in, what must come out. */
#ifndef ROWS_H
#define ROWS_H

#include "loaded.h"

/* Network, program and the cast of services below; exits when they cannot be had. */
void rows_open(void);

/* Count one row; its sentence is printed when it failed. */
void row_count(bool passed, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Print the closing line; returns the exit status. */
int rows_close(void);
/* The same of a test that has not called rows_open(). */
int rows_end(void);

/* The cast: a service and its pod for each family, protocol, key and algorithm. */
#define CAST 16
extern struct loaded_service cast[CAST];

/* Its place in the cast, counted in binary. */
const struct loaded_service *cast_find(
	bool is_v6, uint8_t protocol, enum sp_key key, enum sp_algorithm algorithm);

/* "v4 tcp source-ip maglev" */
const char *cast_name(const struct loaded_service *service);

/* The cast's first services, and the client that talks to them. */
const struct loaded_service *cast_web(bool is_v6);
struct sp_endpoint cast_client(bool is_v6, uint8_t protocol);

/* A client's packet to a service as it comes in at client0, and as it goes to the pod. */
struct frame frame_to_vip(const struct loaded_service *service);
struct frame frame_to_pod(const struct loaded_service *service);

/* A pod's packet to a client as it comes in at pod0, and as it goes to the client. Both
 * directions come in at MAC address mac_client0: the program is loaded for that alone. */
struct frame frame_from_pod(const struct loaded_service *service);
struct frame frame_to_client(const struct loaded_service *service);

/* Run `in` and compare with `out`. */
bool row_forwards(const struct frame *in, enum network_dev dev, const struct frame *out,
	enum sp_reason reason);

/* Whether the kernel redirects frames of `len` bytes: those of several buffers since 6.3.
 */
bool row_may_redirect(size_t len);

/* Run bytes and expect them back as they were, for the stack. */
bool row_passes(
	const uint8_t *bytes, size_t len, enum network_dev dev, enum sp_reason reason);
bool row_passes_frame(
	const struct frame *in, enum network_dev dev, enum sp_reason reason);
/* The same, dropped. */
bool row_drops_frame(const struct frame *in, enum network_dev dev, enum sp_reason reason);

#endif
