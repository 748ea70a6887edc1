/* SPDX-License-Identifier: BSD-2-Clause */
/* What a head means: where its body ends, who is asked, what becomes of the connection.
 */
#include "http/meaning.h"

#include "http/scan.h"

/* Why a head's transfer codings are not "chunked", alone and once. */
static enum http_fault_kind coding_fault(const struct http_head *head)
{
	struct text coding = {0};
	size_t chunked = 0;

	for (size_t i = 0; i < head->fields_len; i++) {
		struct text rest = head->fields[i].value;

		if (head->fields[i].known != HTTP_TRANSFER_ENCODING)
			continue;
		while (scan_list(&rest, &coding))
			chunked += text_is_word(coding, "chunked");
	}
	return chunked == 1 && text_is_word(coding, "chunked") ? HTTP_FAULT_CODING
							       : HTTP_FAULT_CODING_END;
}

/* Of a message that may have a body; `framing` where it says nothing. */
static enum http_fault_kind framing_set(
	struct http_head *head, const struct meaning *meaning, enum http_framing framing)
{
	const struct said *length = &meaning->length, *coding = &meaning->coding;

	head->framing = framing;
	if (coding->times) {
		if (!head->minor)
			return HTTP_FAULT_CODING_OLD;
		if (length->times)
			return HTTP_FAULT_LENGTH_AND_CODING;
		if (coding->times > 1 || !text_is_word(coding->value, "chunked"))
			return coding_fault(head);
		head->framing = HTTP_CHUNKED;
	}
	if (length->times) {
		if (length->times > 1)
			return HTTP_FAULT_LENGTH_TWICE;
		if (!scan_number(length->value, &head->body_len))
			return HTTP_FAULT_LENGTH;
		head->framing = HTTP_LENGTH;
	}
	return HTTP_SOUND;
}

static void keep_alive_set(struct http_head *head, const struct meaning *meaning)
{
	head->keep_alive = !meaning->closes && (head->minor || meaning->keeps);
}

static bool is_websocket(const struct http_head *head, const struct meaning *meaning)
{
	return head->minor && meaning->upgrades && meaning->upgrade.times == 1 &&
	       text_is_word(meaning->upgrade.value, "websocket");
}

static enum http_fault_kind host_set(struct http_head *head, const struct said *host)
{
	if (host->times > 1)
		return HTTP_FAULT_HOST_TWICE;
	if (!host->times)
		return head->minor ? HTTP_FAULT_NO_HOST : HTTP_SOUND;
	if (!scan_is_authority(host->value))
		return HTTP_FAULT_HOST;
	if (!head->authority.len)
		head->authority = host->value;
	return HTTP_SOUND;
}

enum http_fault_kind request_understand(struct http_head *head)
{
	struct meaning meaning;
	enum http_fault_kind fault = meaning_gather(head, &meaning);

	if (!fault)
		fault = host_set(head, &meaning.host);
	if (!fault)
		fault = framing_set(head, &meaning, HTTP_NO_BODY);
	if (fault)
		return fault;
	if (meaning.expect.times && head->minor) {
		if (meaning.expect.times > 1 ||
			!text_is_word(meaning.expect.value, "100-continue"))
			return HTTP_FAULT_EXPECT;
		head->expects_continue = true;
	}
	keep_alive_set(head, &meaning);
	/* With a body, who takes it before the tunnel begins is open: not asked for. */
	head->upgrades = is_websocket(head, &meaning) && head->framing == HTTP_NO_BODY;
	return HTTP_SOUND;
}

/* A message that ends with its head: a length of 0 is noise that servers make, and is not
 * passed on. */
static enum http_fault_kind bodiless_check(
	struct http_head *head, const struct meaning *meaning)
{
	enum http_fault_kind fault = framing_set(head, meaning, HTTP_NO_BODY);

	if (fault)
		return fault;
	if (head->framing == HTTP_CHUNKED || head->body_len)
		return HTTP_FAULT_BODY_UNWANTED;
	for (size_t i = 0; i < head->fields_len; i++)
		head->fields[i].hop |= head->fields[i].known == HTTP_CONTENT_LENGTH;
	return HTTP_SOUND;
}

enum http_fault_kind response_understand(
	struct http_head *head, const struct http_asked *asked)
{
	bool is_bodiless = head->status < 200 || head->status == 204;
	struct meaning meaning;
	enum http_fault_kind fault = meaning_gather(head, &meaning);

	if (!fault)
		fault = is_bodiless ? bodiless_check(head, &meaning)
				    : framing_set(head, &meaning, HTTP_UNTIL_CLOSE);
	if (fault)
		return fault;
	if (is_bodiless || asked->head || head->status == 304) {
		head->framing = HTTP_NO_BODY;
		head->body_len = 0;
	}
	keep_alive_set(head, &meaning);
	head->keep_alive &= head->framing != HTTP_UNTIL_CLOSE;
	if (head->status == 101) {
		head->upgrades = asked->upgrades && is_websocket(head, &meaning);
		return head->upgrades ? HTTP_SOUND : HTTP_FAULT_UPGRADE;
	}
	return HTTP_SOUND;
}
