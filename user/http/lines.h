/* SPDX-License-Identifier: BSD-2-Clause */
/* What the lines of a head say, each for itself. Pure; lines come without CRLF and
 * without control bytes but tabs. */
#ifndef HTTP_LINES_H
#define HTTP_LINES_H

#include "http/fault.h"

/* Set minor, method, target, path, and the authority of a target in absolute form. */
enum http_fault_kind request_line_parse(
	struct text line, size_t target_max, struct http_head *head);

/* Set minor, status and reason. */
enum http_fault_kind status_line_parse(struct text line, struct http_head *head);

/* Set path and authority from method and target. */
enum http_fault_kind target_parse(struct http_head *head);

/* Set the field but for `hop`. */
enum http_fault_kind field_line_parse(struct text line, struct http_field *ret_field);

#endif
