/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP in other forms: what changes nothing for an error, and what leaves a message to
 * the stack. */
#include <arpa/inet.h>

#include "error.h"

static void rows_of_variants(const struct error_way *way)
{
	struct error error;

	for (int which = 0; which < 4; which++) {
		const struct loaded_service *service = error_service(which);
		const char *name = cast_name(service);

		way->make(&error, service);
		error.in.padding_len = error.out.padding_len = 18;
		row_count(error_goes(&error), "%s: padding, %s", name, way->sentence);
		way->make(&error, service);
		error.in.ttl = 2, error.out.ttl = 1;
		row_count(
			error_goes(&error), "%s: the last TTL, %s", name, way->sentence);
		error.in.ttl = 1;
		row_count(error_stays(&error, SP_REASON_TTL_EXPIRED),
			"%s: TTL used up, %s", name, way->sentence);
		way->make(&error, service);
		error.quoted_in.ttl = error.quoted_out.ttl = 0;
		row_count(error_goes(&error), "%s: a quoted TTL of 0, %s", name,
			way->sentence);
		if (which < 2)
			continue;
		way->make(&error, service);
		error.quoted_in.is_unchecked = error.quoted_out.is_unchecked = true;
		row_count(error_goes(&error), "%s: quoted without checksum, %s", name,
			way->sentence);
	}
}

/* Not about a packet of ours. */
static void rows_of_others(const struct error_way *way)
{
	struct error error;

	for (int which = 0; which < 4; which++) {
		const struct loaded_service *service = error_service(which);
		const char *name = cast_name(service);

		way->make(&error, service);
		error.quoted_in.source.addr = error_router(service);
		row_count(error_stays(&error, SP_REASON_NOT_OURS),
			"%s: not to the sender of what it quotes, %s", name,
			way->sentence);
		way->make(&error, service);
		error.quoted_in.source.port ^= htons(1 << 14);
		error.quoted_in.dest.port ^= htons(1 << 14);
		row_count(error_stays(&error, SP_REASON_NOT_OURS),
			"%s: about another port, %s", name, way->sentence);
	}
}

/* Quotes of another form, by a byte of them. */
struct form {
	const char *sentence;
	bool is_v6;
	size_t at;
	uint8_t value;
	enum sp_reason reason; /* SP_REASON_COUNT: it goes on */
};

static const struct form forms[] = {
	{"version 6", false, 0, 0x65, SP_REASON_BAD_HEADER},
	{"a header of 16 bytes", false, 0, 0x44, SP_REASON_BAD_HEADER},
	{"options", false, 0, 0x46, SP_REASON_IP_OPTIONS},
	{"the longest header", false, 0, 0x4f, SP_REASON_IP_OPTIONS},
	{"a later fragment", false, 7, 1, SP_REASON_FRAGMENT},
	{"ICMP", false, 9, 1, SP_REASON_NOT_TCP_UDP},
	{"SCTP", false, 9, 132, SP_REASON_NOT_TCP_UDP},
	{"another length", false, 3, 0, SP_REASON_COUNT},
	{"version 4", true, 0, 0x45, SP_REASON_BAD_HEADER},
	{"a fragment", true, 6, 44, SP_REASON_FRAGMENT},
	{"hop-by-hop options", true, 6, 0, SP_REASON_IP_EXTENSION},
	{"a routing header", true, 6, 43, SP_REASON_IP_EXTENSION},
	{"destination options", true, 6, 60, SP_REASON_IP_EXTENSION},
	{"ICMPv6", true, 6, 58, SP_REASON_NOT_TCP_UDP},
	{"another length", true, 5, 0, SP_REASON_COUNT},
};

static void rows_of_forms(const struct error_way *way)
{
	uint8_t bytes[FRAME_MAX];
	struct error error;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const struct form *form = &forms[i];
		size_t len;
		bool passed;

		way->make(&error, cast_web(form->is_v6));
		len = message_build(&error.in, bytes);
		bytes[message_at(&error.in) + 8 + form->at] = form->value;
		message_sign(&error.in, bytes, len);
		passed = form->reason == SP_REASON_COUNT
				 ? error_goes_patched(&error, form->at, form->value)
				 : row_passes(bytes, len, error.dev, form->reason);
		row_count(passed, "%s: a quote of %s, %s", form->is_v6 ? "v6" : "v4",
			form->sentence, way->sentence);
	}
}

/* The first fragment has the ports. */
static void rows_of_first_fragments(const struct error_way *way)
{
	struct error error;

	way->make(&error, cast_web(false));
	row_count(error_goes_patched(&error, 6, 0x20), "v4: a first fragment, %s",
		way->sentence);
}

/* Types that are the stack's whatever they hold: neighbour discovery above all. */
static void rows_of_types(void)
{
	struct error error;

	for (int v6 = 0; v6 < 2; v6++) {
		for (int type = 0; type < 256; type++) {
			bool is_error = v6 ? type >= 1 && type <= 4
					   : type == 3 || type == 11 || type == 12;
			struct error_kind kind = {.type = (uint8_t)type};

			if (is_error)
				continue;
			error_to_pod(&error, cast_web(v6));
			error_set_kind(&error, &kind);
			row_count(error_stays(&error, SP_REASON_NOT_TCP_UDP),
				"%s: type %d is the stack's", v6 ? "v6" : "v4", type);
		}
	}
}

/* Errors in fragments, behind options (two that do nothing and two ends) or an extension
 * header are rare and the stack's. */
static void rows_of_outer_forms(void)
{
	struct error error;
	uint8_t bytes[FRAME_MAX];
	size_t len;

	error_to_pod(&error, cast_web(false));
	len = message_build(&error.in, bytes);
	bytes[20] = 0x20; /* more fragments */
	row_count(row_passes(bytes, len, NETWORK_CLIENT, SP_REASON_NOT_TCP_UDP),
		"v4: an error in fragments");
	bytes[20] = 0;
	bytes[14] = 0x46;
	bytes[34] = bytes[35] = 1;
	bytes[36] = bytes[37] = 0;
	row_count(row_passes(bytes, len, NETWORK_CLIENT, SP_REASON_NOT_TCP_UDP),
		"v4: an error with IP options");
	error_to_pod(&error, cast_web(true));
	len = message_build(&error.in, bytes);
	bytes[20] = IPPROTO_DSTOPTS;
	bytes[54] = IPPROTO_ICMPV6;
	bytes[55] = 0;
	row_count(row_passes(bytes, len, NETWORK_CLIENT, SP_REASON_NOT_TCP_UDP),
		"v6: an error behind destination options");
}

/* The next hop is not known: rewritten all the same, for the stack to forward. */
static void rows_of_resolve(void)
{
	struct error error;

	for (int v6 = 0; v6 < 2; v6++) {
		const struct loaded_service *service = cast_web(v6);
		struct sp_addr client =
			endpoint(v6 ? "2001:db8:1::77" : "198.51.100.77", 0, 0).addr;

		error_to_client(&error, service);
		error.quoted_in.source.addr = error.quoted_out.source.addr = client;
		error.in.dest = error.out.dest = client;
		error.out.ttl = error.in.ttl;
		error.out.dest_mac = error.in.dest_mac;
		error.out.source_mac = error.in.source_mac;
		error.reason = SP_REASON_RESOLVE_CLIENT;
		row_count(error_goes(&error), "%s: to a client that is to be resolved",
			v6 ? "v6" : "v4");
	}
}

int main(void)
{
	rows_open();
	for (size_t way = 0; way < ERROR_WAYS; way++) {
		rows_of_variants(&error_ways[way]);
		rows_of_others(&error_ways[way]);
		rows_of_forms(&error_ways[way]);
		rows_of_first_fragments(&error_ways[way]);
	}
	rows_of_types();
	rows_of_outer_forms();
	rows_of_resolve();
	return rows_close();
}
