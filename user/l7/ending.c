// SPDX-License-Identifier: BSD-2-Clause
/* The list as an array. */
#include "l7/ending.h"

const struct ending endings[ENDING_KINDS] = {
#define X(kind, word, answer, letters, why) \
	[ENDING_##kind] = {                 \
		.reason = (word), .status = (answer), .flag = RECORD_##letters},
	ENDINGS(X)
#undef X
};

struct ending ending_of_fault(const struct http_fault *fault, enum record_flag flag)
{
	return (struct ending){
		.reason = fault->reason, .status = fault->status, .flag = flag};
}
