/* SPDX-License-Identifier: BSD-2-Clause */
/* --from ADDRESS,...: who may send tunnel packets, from words. */
#include <string.h>

#include "commands.h"
#include "model/ranges.h"
#include "model/text.h"

/* A range, or an address, which is one of all its bits. */
static enum exit_code sender_parse(
	struct context *context, struct word word, struct range *ret_sender)
{
	struct sp_addr addr;

	if (memchr(word.text, '/', word.len))
		return range_parse(word, PLACE_NONE, ret_sender, &context->diags)
			       ? EXIT_BAD_REQUEST
			       : EXIT_DONE;
	if (addr_parse(word.text, word.len, &addr)) {
		diags_error(&context->diags, PLACE_NONE, "as in 10.0.0.1,2001:db8::/32",
			"'%.*s' is neither an address nor a range of them", (int)word.len,
			word.text);
		return EXIT_BAD_REQUEST;
	}
	*ret_sender = (struct range){.addr = addr, .bits = 8 * sizeof(addr)};
	return EXIT_DONE;
}

enum exit_code senders_parse(
	struct context *context, struct range **ret_senders, size_t *ret_len)
{
	const char *text = context->request.options[OPTION_FROM];
	enum exit_code code = EXIT_DONE;
	struct range *senders = NULL;
	size_t senders_len = 0;

	while (text && code == EXIT_DONE) {
		size_t len = strcspn(text, ",");

		senders = arena_grow(
			&context->arena, senders, senders_len, sizeof(*senders));
		if (!senders)
			return EXIT_SYSTEM;
		code = sender_parse(
			context, (struct word){text, len}, &senders[senders_len++]);
		text = text[len] ? text + len + 1 : NULL;
	}
	*ret_senders = senders;
	*ret_len = senders_len;
	return code;
}
