/* SPDX-License-Identifier: BSD-2-Clause */
/* What a frame says, read anew, apart from the code under test. */
#include "view.h"

#include <string.h>

#include "addr.h"

#define MACS_LEN 12
#define TCP_CHECK 16
#define UDP_CHECK 6

uint32_t view_get16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static bool view_read_v6(const uint8_t *bytes, struct view *view)
{
	size_t at = view->ip + 40;
	uint8_t next = bytes[view->ip + 6];

	view->end = view->ip + 40 + view_get16(bytes + view->ip + 4);
	while (next != 6 && next != 17) {
		bool is_fragment = next == 44;

		if (next != 0 && next != 43 && next != 60 && !is_fragment)
			return false;
		if (is_fragment && view_get16(bytes + at + 2) & 0xfff8)
			view->has_ports = false;
		next = bytes[at];
		at += is_fragment ? 8 : 8 * ((size_t)bytes[at + 1] + 1);
		if (!view->has_ports || at >= view->end)
			break;
	}
	view->transport = at;
	view->protocol = next;
	return at <= view->end;
}

bool view_read(const uint8_t *bytes, size_t len, struct view *ret_view)
{
	struct view view = {.ip = MACS_LEN, .has_ports = true};

	while (view_get16(bytes + view.ip) == 0x8100 ||
		view_get16(bytes + view.ip) == 0x88a8)
		view.ip += 4;
	view.is_v4 = view_get16(bytes + view.ip) == 0x0800;
	view.ip += 2;
	if (view.is_v4) {
		view.transport = view.ip + (bytes[view.ip] & 15U) * 4;
		view.end = view.ip + view_get16(bytes + view.ip + 2);
		view.protocol = bytes[view.ip + 9];
		view.has_ports = !(view_get16(bytes + view.ip + 6) & 0x1fff);
	} else if (!view_read_v6(bytes, &view)) {
		return false;
	}
	*ret_view = view;
	return view.end <= len;
}

size_t view_addr_len(const struct view *view)
{
	return view->is_v4 ? 4 : 16;
}

size_t view_source(const struct view *view)
{
	return view->ip + (view->is_v4 ? 12 : 8);
}

size_t view_check(const struct view *view)
{
	return view->transport + (view->protocol == 6 ? TCP_CHECK : UDP_CHECK);
}

struct sp_endpoint view_end(const uint8_t *bytes, const struct view *view, bool is_dest)
{
	struct sp_endpoint end = {.protocol = view->protocol};
	size_t at = view_source(view) + is_dest * view_addr_len(view);
	uint32_t v4;

	memcpy(&v4, bytes + at, 4);
	if (view->is_v4)
		end.addr = sp_addr_from_v4(v4);
	else
		memcpy(&end.addr, bytes + at, 16);
	memcpy(&end.port, bytes + view->transport + is_dest * 2, 2);
	return end;
}

/* The ones' complement sum of a stretch, 0 for 0xffff: two numbers for one. */
uint32_t view_sum(const uint8_t *bytes, size_t at, size_t end)
{
	uint64_t total = 0;

	for (size_t i = at; i < end; i++)
		total += (i - at) % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return (uint32_t)(total % 0xffff);
}

/* What a receiver sums up: 0 when the checksum is right, else how wrong it is. */
uint32_t view_transport_sum(const uint8_t *bytes, const struct view *view)
{
	size_t source = view_source(view);

	return (view_sum(bytes, source, source + 2 * view_addr_len(view)) +
		       view_sum(bytes, view->transport, view->end)) %
	       0xffff;
}
