/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets that are larger than the way to their pod lets through: the VIP tells the
 * client which size fits, at most so often, or says nothing, on purpose. */
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "direct.h"
#include "error.h"

#define MTU 1280 /* of small0 */
#define ANSWERS_MAX 100

/* As bpf/too_big.h has it. */
struct window {
	uint64_t since, answers;
};

/* All ways to forward, nat included, to pods behind small0. */
#define WAYS (DIRECT_SERVICES + 4)
static struct loaded_service ways[WAYS];

static void ways_open(void)
{
	for (uint32_t i = 0; i < WAYS; i++) {
		bool is_nat = i >= DIRECT_SERVICES;
		struct loaded_service *way = &ways[i];

		*way = is_nat ? *error_service((int)(i - DIRECT_SERVICES))
			      : direct_services[i];
		way->number = 300 + i;
		way->vip.port = way->pod.port = htons((uint16_t)(7000 + i));
		way->pod.addr = endpoint(
			sp_addr_is_v4(&way->pod.addr) ? "10.0.2.11" : "fd00:2::11", 0, 0)
					.addr;
		loaded_add(way);
	}
}

static size_t headers_len(const struct loaded_service *way)
{
	return (direct_is_v6(way) ? 40 : 20) +
	       (way->vip.protocol == IPPROTO_TCP ? 20 : 8);
}

static size_t overhead(const struct loaded_service *way)
{
	return way->forward == SP_FORWARD_NAT ? 0 : direct_overhead(way);
}

/* A client's packet that is `more` bytes larger than what fits. */
static struct frame frame_of(const struct loaded_service *way, int more)
{
	struct frame in = frame_to_vip(way);

	in.payload_len = (size_t)((int)(MTU - overhead(way) - headers_len(way)) + more);
	return in;
}

/* --- The limit, in the hands of the test --- */

/* That of the CPU that all runs are on. */
static struct window window_read(void)
{
	struct window *windows =
		calloc((size_t)libbpf_num_possible_cpus(), sizeof(*windows));
	struct window window;
	uint32_t only = 0;

	if (!windows || bpf_map_lookup_elem(loaded_map_fd("sp_answers"), &only, windows))
		abort();
	window = windows[sched_getcpu()];
	free(windows);
	return window;
}

static void windows_write(struct window window)
{
	struct window *windows =
		calloc((size_t)libbpf_num_possible_cpus(), sizeof(*windows));
	uint32_t only = 0;

	if (!windows)
		abort();
	for (int cpu = 0; cpu < libbpf_num_possible_cpus(); cpu++)
		windows[cpu] = window;
	if (bpf_map_update_elem(loaded_map_fd("sp_answers"), &only, windows, 0))
		abort();
	free(windows);
}

/* --- Answers --- */

static size_t quote_len(const struct frame *in)
{
	uint8_t bytes[FRAME_MAX];
	struct frame untagged = *in;
	size_t len;

	untagged.tags_len = untagged.padding_len = 0;
	len = frame_build(&untagged, bytes) - FRAME_ETH_LEN;
	if (sp_addr_is_v4(&in->dest.addr))
		return 28 + in->headers_len;
	return len < MTU - 48 ? len : MTU - 48;
}

/* The answer to a packet; returns its length. */
static size_t answer_build(const struct frame *in, uint32_t mtu, uint8_t bytes[FRAME_MAX])
{
	bool is_v4 = sp_addr_is_v4(&in->dest.addr);
	struct frame untagged = *in;
	const struct message answer = {
		.dest_mac = in->source_mac,
		.source_mac = in->dest_mac,
		.source = in->dest.addr,
		.dest = in->source.addr,
		.ttl = 64,
		.type = is_v4 ? 3 : 2,
		.code = is_v4 ? 4 : 0,
		.rest = mtu,
		.quoted = &untagged,
		.len = quote_len(in),
	};
	size_t len;

	untagged.tags_len = 0;
	len = message_build(&answer, bytes);
	if (is_v4) {
		bytes[FRAME_ETH_LEN + 1] = 0xc0;
		bytes[FRAME_ETH_LEN + 4] = bytes[FRAME_ETH_LEN + 5] = 0;
		bytes[FRAME_ETH_LEN + 6] = 0x40;
		message_sign(&answer, bytes, len);
	}
	memmove(bytes + 12 + in->tags_len, bytes + 12, len - 12);
	memcpy(bytes + 12, in->tags, in->tags_len);
	return len + in->tags_len;
}

static bool is_answered_with(const struct frame *in, uint32_t mtu)
{
	uint8_t in_bytes[FRAME_MAX], out[FRAME_MAX];
	size_t in_len = frame_build(in, in_bytes), out_len = answer_build(in, mtu, out);
	struct run run;

	windows_write((struct window){0});
	loaded_run(in_bytes, in_len, NETWORK_CLIENT, &run);
	return run_is(&run, XDP_TX, out, out_len, SP_REASON_PACKET_TOO_BIG);
}

static bool is_answered(const struct loaded_service *way, const struct frame *in)
{
	return is_answered_with(in, (uint32_t)(MTU - overhead(way)));
}

static bool is_left(const struct frame *in, enum sp_reason reason)
{
	windows_write((struct window){0});
	return row_passes_frame(in, NETWORK_CLIENT, reason);
}

/* --- Rows --- */

static bool fits(const struct loaded_service *way)
{
	struct frame in = frame_of(way, 0), out = frame_to_pod(way);
	struct direct_hop hop = direct_hop_to_pod(way);

	hop.source_mac = out.source_mac = mac_small0;
	out.payload_len = in.payload_len;
	if (way->forward == SP_FORWARD_NAT)
		return row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_POD);
	return direct_goes_by(way, &hop, &in, NETWORK_CLIENT, SP_REASON_TO_POD);
}

static void rows_of_sizes(const struct loaded_service *way)
{
	struct frame in = frame_of(way, 1);

	row_count(fits(way), "%s: as large as fits", direct_name(way));
	row_count(is_answered(way, &in), "%s: a byte more", direct_name(way));
	row_count(fits(way), "%s: as large as fits, again", direct_name(way));
	in = frame_of(way, 200);
	row_count(is_answered(way, &in), "%s: much more", direct_name(way));
	in.padding_len = 9;
	row_count(is_answered(way, &in), "%s: and padding", direct_name(way));
}

static void rows_of_forms(const struct loaded_service *way)
{
	static const uint8_t options[] = {1, 68, 7, 5, 0, 0, 0, 0};
	static const uint8_t tag[] = {0x81, 0, 0xa0, 100};
	uint8_t extension[] = {way->vip.protocol, 0, 1, 4, 0, 0, 0, 0};
	struct frame in = frame_of(way, 1);

	in.ttl = 2;
	row_count(is_answered(way, &in), "%s: with the last TTL", direct_name(way));
	in.headers = direct_is_v6(way) ? extension : options;
	in.headers_len = 8;
	in.headers_protocol = 60;
	row_count(is_answered(way, &in), "%s: with options or an extension header",
		direct_name(way));
	in = frame_of(way, 1);
	in.dest_mac = mac_pod0;
	memcpy(in.tags, tag, sizeof(tag));
	in.tags_len = sizeof(tag);
	row_count(is_answered(way, &in), "%s: with a tag, which the answer has, too",
		direct_name(way));
}

/* Under nat the kernel is left to make fragments of a packet that has become the pod's;
 * in front of a tunnel, and for l2, nobody does. */
static void row_that_may_fragment(const struct loaded_service *way)
{
	struct frame in = frame_of(way, 1), out = in;
	bool passed;

	in.may_fragment = out.may_fragment = true;
	out.dest = way->pod;
	passed = way->forward == SP_FORWARD_NAT
			 ? row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_RESOLVE_POD)
			 : is_left(&in, SP_REASON_TOO_BIG);
	row_count(passed, "%s: a packet that may be fragmented", direct_name(way));
}

/* Of IPv6 a fragment is answered like any other packet. */
static void row_of_v6_fragment(const struct loaded_service *way)
{
	struct frame in = frame_of(way, 0);

	in.payload_len = 2600;
	in.fragment.id = way->number;
	in.fragment.len = 1288;
	row_count(is_answered(way, &in), "%s: a first fragment", direct_name(way));
}

/* Without a tunnel it is the kernel that finds no route for such a source of IPv6. */
static void rows_of_senders(const struct loaded_service *way)
{
	static const char *const v4[] = {
		"0.0.0.1", "127.0.0.1", "224.0.0.1", "255.255.255.255"};
	static const char *const v6[] = {"::1", "ff02::1"};
	bool is_v6 = direct_is_v6(way);
	enum sp_reason reason =
		is_v6 && !overhead(way) ? SP_REASON_NO_ROUTE : SP_REASON_TOO_BIG;
	struct frame in = frame_of(way, 1);

	for (size_t i = 0; i < (is_v6 ? 2 : 4); i++) {
		in.source.addr = endpoint(is_v6 ? v6[i] : v4[i], 0, 0).addr;
		row_count(is_left(&in, reason), "%s: nobody can be told at %s",
			direct_name(way), is_v6 ? v6[i] : v4[i]);
	}
	in.source.addr = endpoint(is_v6 ? "64:ff9b::1" : "1.0.0.0", 0, 0).addr;
	row_count(is_answered(way, &in), "%s: a client behind NAT64, or so",
		direct_name(way));
}

/* No error about an error. The largest that there are: one of 1280 bytes. */
static void row_of_error(const struct loaded_service *way)
{
	struct loaded_service as_nat = *way;
	struct error error;

	if (direct_is_v6(way) != direct_is_over_v6(way))
		as_nat.pod.addr =
			endpoint(direct_is_v6(way) ? "fd00:2::11" : "10.0.2.11", 0, 0)
				.addr;
	error_to_pod(&error, &as_nat);
	error.quoted_in.payload_len = 1400;
	error_set_len(&error, (size_t)(MTU + 1 - (direct_is_v6(way) ? 48 : 28)));
	windows_write((struct window){0});
	row_count(error_stays(&error, SP_REASON_TOO_BIG),
		"%s: an error that is too large itself", direct_name(way));
}

static void row_of_jumbo(const struct loaded_service *way)
{
	struct frame in = frame_of(way, 7600);

	row_count(is_answered(way, &in), "%s: a packet of several buffers",
		direct_name(way));
}

/* --- The other direction is the kernel's --- */

static void rows_back(bool is_v6)
{
	struct frame in = frame_from_pod(cast_web(is_v6)), out;

	in.dest = endpoint(is_v6 ? "fd00:2::11" : "10.0.2.11", 40000, in.dest.protocol);
	in.payload_len = MTU + 1 - headers_len(cast_web(is_v6));
	row_count(row_passes_frame(&in, NETWORK_POD, SP_REASON_TOO_BIG),
		"%s: too large for the client, the kernel tells the pod",
		is_v6 ? "v6" : "v4");
	if (is_v6)
		return;
	in.may_fragment = true;
	out = in;
	out.source = cast_web(is_v6)->vip;
	row_count(row_forwards(&in, NETWORK_POD, &out, SP_REASON_RESOLVE_CLIENT),
		"v4: too large for the client, the kernel makes fragments");
}

/* --- The limit --- */

/* Runs a packet when `answers` have been given since `since`. */
static int reason_behind(const struct frame *in, struct window window)
{
	uint8_t bytes[FRAME_MAX];
	struct run run;

	windows_write(window);
	loaded_run(bytes, frame_build(in, bytes), NETWORK_CLIENT, &run);
	for (int i = 0; i < SP_REASON_COUNT; i++)
		if (run.moved[i])
			return run.verdict == (i == SP_REASON_LIMITED ? XDP_DROP : XDP_TX)
				       ? i
				       : -1;
	return -1;
}

/* A time that is over between two runs on a slow machine is no fault: it is tried again.
 */
static bool limit_holds(const struct frame *in)
{
	for (int i = 0; i < 20; i++) {
		struct window window;
		int last, more;

		reason_behind(in, (struct window){0});
		window = window_read();
		window.answers = ANSWERS_MAX - 1;
		last = reason_behind(in, window);
		more = reason_behind(in, window_read());
		if (last == SP_REASON_PACKET_TOO_BIG && more == SP_REASON_LIMITED)
			return true;
	}
	return false;
}

static bool limit_ends(const struct frame *in)
{
	struct window window;

	reason_behind(in, (struct window){0});
	window = window_read();
	window.answers = ANSWERS_MAX;
	usleep(1050000);
	return reason_behind(in, window) == SP_REASON_PACKET_TOO_BIG &&
	       window_read().answers == 1;
}

static void rows_of_limit(const struct loaded_service *way)
{
	struct frame in = frame_of(way, 1);

	row_count(limit_holds(&in), "%s: the hundredth answer is the last",
		direct_name(way));
	row_count(limit_ends(&in), "%s: and a second later there are more",
		direct_name(way));
}

int main(void)
{
	rows_open();
	direct_open();
	ways_open();
	loaded_set_vlan(NETWORK_CLIENT, 0x8100, 100, NETWORK_POD, mac_pod0);
	for (int i = 0; i < WAYS; i++) {
		rows_of_sizes(&ways[i]);
		rows_of_forms(&ways[i]);
		rows_of_senders(&ways[i]);
		row_of_error(&ways[i]);
		if (direct_is_v6(&ways[i]))
			row_of_v6_fragment(&ways[i]);
		else
			row_that_may_fragment(&ways[i]);
	}
	rows_back(false);
	rows_back(true);
	rows_of_limit(&ways[1]);
	rows_of_limit(&ways[WAYS - 1]);
	network_set_mtu(9216);
	loaded_set_generation(9);
	for (int i = 0; i < WAYS; i++)
		row_of_jumbo(&ways[i]);
	return rows_close();
}
