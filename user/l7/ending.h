/* SPDX-License-Identifier: BSD-2-Clause */
/* Why the helper answers by itself, or gives a request up: one list for the code, the log
 * and the manual page. What is wrong with a message is in http/fault.h. */
#ifndef L7_ENDING_H
#define L7_ENDING_H

#include "http/head.h"
#include "http/record.h"

/* X(enum, word, status of the answer if there can be one, flag, why) */
#define ENDINGS(X)                                                                     \
	X(NO_SERVICE, "no-service", 503, UH, "the VIP is no service any longer")       \
	X(NO_POD, "no-pod", 503, UH, "the service has no pod that takes clients")      \
	X(POD_DOWN, "pod-down", 503, UH,                                               \
		"the key's pod, or every pod, could not be reached a moment ago")      \
	X(CONNECT_FAILED, "connect-failed", 503, UF,                                   \
		"the pod refused the connection, or there is no way to it")            \
	X(CONNECT_TIMEOUT, "connect-timeout", 503, UF,                                 \
		"the pod did not take the connection in time")                         \
	X(POD_CLOSED, "pod-closed", 503, UC,                                           \
		"the pod closed before its response was whole")                        \
	X(RESPONSE_TIMEOUT, "response-timeout", 504, UT,                               \
		"the head of the response did not come in time")                       \
	X(BODY_TIMEOUT, "response-body-timeout", 504, UT,                              \
		"the body of the response stopped coming")                             \
	X(POD_WRITE_TIMEOUT, "pod-write-timeout", 504, UT,                             \
		"the pod stopped taking the request")                                  \
	X(HEAD_TIMEOUT, "head-timeout", 408, DT,                                       \
		"the head of the request was not whole in time")                       \
	X(REQUEST_BODY_TIMEOUT, "request-body-timeout", 408, DT,                       \
		"the body of the request stopped coming")                              \
	X(CLIENT_WRITE_TIMEOUT, "client-write-timeout", 0, DT,                         \
		"the client stopped taking the response")                              \
	X(TUNNEL_IDLE, "tunnel-idle", 0, DT, "no byte passed an upgraded connection")  \
	X(TUNNEL_BROKEN, "tunnel-broken", 0, UC,                                       \
		"an upgraded connection was broken off")                               \
	X(CLIENT_GONE, "client-gone", 0, DC, "the client went away")                   \
	X(NO_DESCRIPTOR, "no-descriptor", 503, UO, "the worker is out of descriptors") \
	X(NO_LOCAL_PORT, "no-local-port", 503, UO, "there is no free port to the pod") \
	X(NO_MEMORY, "no-memory", 503, UO, "the worker is out of memory")              \
	X(DRAIN_DEADLINE, "drain-deadline", 0, UO,                                     \
		"the worker was to end, and could wait no longer")

enum ending_kind {
#define X(kind, word, status, flag, why) ENDING_##kind,
	ENDINGS(X)
#undef X
		ENDING_KINDS
};

struct ending {
	const char *reason;
	unsigned status; /* 0: there can be no answer */
	enum record_flag flag;
};

extern const struct ending endings[ENDING_KINDS];

/* The end of a request whose message, or whose response, is broken. */
struct ending ending_of_fault(const struct http_fault *fault, enum record_flag flag);

#endif
