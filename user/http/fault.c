/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults in words and statuses. */
#include "http/fault.h"

static const struct http_fault faults[HTTP_FAULT_KINDS] = {
#define X(kind, word, status, meaning) [HTTP_FAULT_##kind] = {word, status},
	HTTP_FAULTS(X)
#undef X
};

struct http_fault http_fault_make(enum http_fault_kind kind, bool is_response)
{
	struct http_fault fault = faults[kind];

	if (is_response)
		fault.status = 502;
	return fault;
}
