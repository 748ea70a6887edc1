/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of fields that mean something to samepod. Pure. */
#ifndef HTTP_NAMES_H
#define HTTP_NAMES_H

#include "http/head.h"

/* name: a token */
enum http_name http_name_find(struct text name);

/* Whether a field of this name may come behind the body (RFC 9110, 6.5.1): not one that
 * says how to read, route, trust or show what has come before it. Names are looked at up
 * to HTTP_TRAILER_NAME_MAX. */
bool http_name_is_trailer(struct text name);

#endif
