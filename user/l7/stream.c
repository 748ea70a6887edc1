// SPDX-License-Identifier: BSD-2-Clause
/* Bodies on their way: follow, send, read; or splice where nothing need be seen. */
#include "l7/stream.h"

#include <errno.h>
#include <string.h>

#include "l7/core.h"

void stream_init(struct stream *stream, const struct http_head *head)
{
	*stream = (struct stream){0};
	http_body_init(&stream->body, head);
}

/* Follow chunks and close the gaps where their framing was. *ret_len: bytes of content;
 * the buffer ends that much earlier as was taken out. */
static enum http_progress follow_unchunked(
	struct stream *stream, struct buffer *in, uint32_t at, size_t *ret_len)
{
	char *bytes = in->bytes + at;
	size_t len = in->end - at, seen = 0, kept = 0;
	enum http_progress progress = HTTP_INCOMPLETE;

	while (seen < len && progress == HTTP_INCOMPLETE) {
		bool is_data = false;
		size_t used = 0;

		progress = http_body_step(&stream->body, bytes + seen, len - seen, &used,
			&is_data, &stream->fault);
		if (is_data) {
			memmove(bytes + kept, bytes + seen, used);
			kept += used;
		}
		seen += used;
	}
	memmove(bytes + kept, bytes + seen, len - seen);
	in->end -= (uint32_t)(seen - kept);
	*ret_len = kept;
	return progress;
}

/* Approve what is in the buffer and belongs to the body. */
static enum http_progress stream_follow(struct stream *stream, struct conn *source)
{
	struct buffer *in = source->in;
	uint32_t at = in->start + stream->approved;
	enum http_progress progress;
	size_t used = 0;

	if (stream->unchunk)
		progress = follow_unchunked(stream, in, at, &used);
	else
		progress = http_body_follow(&stream->body, in->bytes + at, in->end - at,
			&used, &stream->fault);
	stream->approved += (uint32_t)used;
	return progress;
}

static void stream_took(struct stream *stream, struct conn *source, size_t len)
{
	source->in->start += (uint32_t)len;
	stream->approved -= (uint32_t)len;
	stream->moved += len;
}

/* Put approved bytes behind what the sink has yet to be sent. */
static void stream_append(const struct worker *worker, struct stream *stream,
	struct conn *source, struct buffer *out)
{
	uint32_t room = worker->buffer_size - out->end;
	uint32_t len = stream->approved < room ? stream->approved : room;

	if (!len)
		return;
	memcpy(out->bytes + out->end, source->in->bytes + source->in->start, len);
	out->end += len;
	stream_took(stream, source, len);
}

static enum stream_result push_result(ssize_t error)
{
	return error == -EAGAIN ? STREAM_WAITS_SINK : STREAM_SINK_FAILED;
}

static enum stream_result push_pipe(
	struct worker *worker, struct stream *stream, struct conn *sink)
{
	ssize_t moved = sink->writable ? pipe_drain(stream->pipe, sink->fd) : -EAGAIN;

	if (moved < 0) {
		sink->writable = false;
		return push_result(moved);
	}
	sink->sent = true;
	stream->moved += (uint64_t)moved;
	if (!stream->pipe->len)
		stream_done(worker, stream);
	return STREAM_MOVED;
}

/* Hand on what is there. */
static enum stream_result stream_push(struct worker *worker, struct stream *stream,
	struct conn *source, struct conn *sink)
{
	ssize_t sent;

	if (stream->pipe)
		return push_pipe(worker, stream, sink);
	if (sink->out) {
		stream_append(worker, stream, source, sink->out);
		sent = conn_flush(worker, sink);
	} else {
		sent = conn_send(
			sink, source->in->bytes + source->in->start, stream->approved);
	}
	if (sent < 0)
		return push_result(sent);
	if (sent)
		stream_took(stream, source, (size_t)sent);
	conn_trim(worker, source);
	return STREAM_MOVED;
}

/* Much is left and need not be seen. Until close nobody knows how much is left. */
static bool is_for_splice(const struct stream *stream)
{
	uint64_t least = stream->spliced ? SPLICE_REST_MIN : SPLICE_LEN_MIN;

	if (stream->unchunk || http_body_opaque(&stream->body) < least)
		return false;
	return stream->bulk || stream->body.framing != HTTP_UNTIL_CLOSE;
}

/* Returns what pipe_fill() does; -ENFILE when there is no pipe. */
static ssize_t pull_pipe(
	struct worker *worker, struct stream *stream, struct conn *source)
{
	struct pipe *pipe = pipe_get(&worker->pipes);
	ssize_t len;

	if (!pipe)
		return -ENFILE;
	len = pipe_fill(pipe, source->fd, http_body_opaque(&stream->body));
	if (len <= 0) {
		pipe_put(&worker->pipes, pipe);
		source->readable = false;
		source->eof = !len;
		return len;
	}
	source->received = true;
	stream->spliced = true;
	stream->pipe = pipe;
	http_body_skip(&stream->body, (uint64_t)len);
	return len;
}

static enum stream_result stream_pull(
	struct worker *worker, struct stream *stream, struct conn *source)
{
	ssize_t len = -ENFILE;

	if (source->eof)
		return stream->body.framing == HTTP_UNTIL_CLOSE ? STREAM_DONE
								: STREAM_SHORT;
	if (!source->readable)
		return source->reset ? STREAM_SOURCE_FAILED : STREAM_WAITS_SOURCE;
	if (is_for_splice(stream))
		len = pull_pipe(worker, stream, source);
	if (len == -ENFILE) {
		len = conn_read(worker, source);
		stream->bulk = source->readable;
	}
	if (len >= 0)
		return STREAM_MOVED;
	return len == -EAGAIN ? STREAM_WAITS_SOURCE : STREAM_SOURCE_FAILED;
}

static enum stream_result stream_step(struct worker *worker, struct stream *stream,
	struct conn *source, struct conn *sink)
{
	bool is_done = http_body_is_done(&stream->body);

	if (!is_done && source->in &&
		source->in->start + stream->approved < source->in->end) {
		enum http_progress progress = stream_follow(stream, source);

		if (progress == HTTP_BROKEN)
			return STREAM_BROKEN;
		is_done = progress == HTTP_DONE;
	}
	if (stream->pipe || sink->out || stream->approved)
		return stream_push(worker, stream, source, sink);
	conn_trim(worker, source);
	return is_done ? STREAM_DONE : stream_pull(worker, stream, source);
}

enum stream_result stream_run(struct worker *worker, struct stream *stream,
	struct conn *source, struct conn *sink)
{
	uint64_t end = stream->moved + STREAM_TURN_MAX;
	enum stream_result result;

	do
		result = stream_step(worker, stream, source, sink);
	while (result == STREAM_MOVED && stream->moved < end);
	return result == STREAM_MOVED ? STREAM_AGAIN : result;
}

void stream_done(struct worker *worker, struct stream *stream)
{
	if (stream->pipe)
		pipe_put(&worker->pipes, stream->pipe);
	stream->pipe = NULL;
}
