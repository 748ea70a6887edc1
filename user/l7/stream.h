/* SPDX-License-Identifier: BSD-2-Clause */
/* One direction of an exchange: the bytes of a body, from one connection to the other.
 *
 * No more is read than the other side takes: what the sink does not take stays in one
 * buffer or pipe, and the source has to wait. */
#ifndef L7_STREAM_H
#define L7_STREAM_H

#include "http/body.h"
#include "l7/conn.h"
#include "l7/splice.h"

/* Bytes that one stream moves before others get their turn. */
#define STREAM_TURN_MAX (512 * 1024)

struct stream {
	struct http_body body;
	uint32_t approved; /* bytes at the front of source->in that belong to it */
	bool unchunk;	   /* pass on the chunks' data only */
	bool bulk;	   /* the last read filled its buffer: more is to be expected */
	bool spliced;	   /* some of it was: what is left may be, too */
	struct pipe *pipe; /* NULL: no bytes are in one */
	uint64_t moved;	   /* bytes that were passed on */
	struct http_fault fault;
};

enum stream_result {
	STREAM_MOVED, /* within stream.c only: go on */
	STREAM_DONE,  /* all of the body was handed to the sink's socket */
	STREAM_AGAIN, /* it had its turn */
	STREAM_WAITS_SOURCE,
	STREAM_WAITS_SINK,
	STREAM_SHORT, /* the source ended before the body */
	STREAM_SOURCE_FAILED,
	STREAM_SINK_FAILED,
	STREAM_BROKEN, /* not a body: `fault` says why */
};

/* Nothing was moved yet of the body behind that head. */
void stream_init(struct stream *stream, const struct http_head *head);

/* Move what can be moved now. What waits in sink->out goes before it, in one piece with
 * it where there is room. */
enum stream_result stream_run(struct worker *worker, struct stream *stream,
	struct conn *source, struct conn *sink);

void stream_done(struct worker *worker, struct stream *stream);

#endif
