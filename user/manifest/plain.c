/* SPDX-License-Identifier: BSD-2-Clause */
/* Plain pod lists: a line for each service, and below it a line for each of its pods. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "manifest/reader.h"
#include "model/policy.h"
#include "model/ranges.h"
#include "model/text.h"

/* Options of a service that are no part of its policy. */
static const char *const own_options[] = {"name", "source"};

#define OWN_OPTIONS (sizeof(own_options) / sizeof(own_options[0]))

/* The list while it is read. */
struct plain {
	struct reader *reader;
	const struct input *input;
	struct word line;	 /* what is left of it */
	struct service *service; /* the pods' below it; NULL before the first one */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next word of the line; empty at its end or at a comment. */
static struct word next_word(struct word *line)
{
	struct word word;

	while (line->len && is_blank(*line->text)) {
		line->text++;
		line->len--;
	}
	word = (struct word){line->text, 0};
	if (line->len && *line->text == '#')
		line->len = 0;
	while (word.len < line->len && !is_blank(word.text[word.len]))
		word.len++;
	line->text += word.len;
	line->len -= word.len;
	return word;
}

static struct place word_place(const struct plain *plain, struct word word)
{
	return input_place_word(plain->input, word);
}

/* A byte order mark is no part of the first word. */
static struct word skip_mark(const struct source *source)
{
	struct word text = {source->text, source->len};

	if (text.len >= 3 && !memcmp(text.text, "\xef\xbb\xbf", 3))
		text = (struct word){text.text + 3, text.len - 3};
	return text;
}

static bool next_line(struct word *text, struct word *ret_line)
{
	const char *stop;

	if (!text->len)
		return false;
	stop = memchr(text->text, '\n', text->len);
	*ret_line =
		(struct word){text->text, stop ? (size_t)(stop - text->text) : text->len};
	text->text += ret_line->len + !!stop;
	text->len -= ret_line->len + !!stop;
	return true;
}

bool plain_is_list(const struct source *source)
{
	struct word text = skip_mark(source), line;

	while (next_line(&text, &line)) {
		struct word word = next_word(&line);

		if (word.len)
			return word_is(word, "service");
	}
	return false;
}

static void report_unknown_option(const struct plain *plain, struct word name,
	const char *what, const char *const *known)
{
	char hint[200];

	diags_error(plain->reader->diags, word_place(plain, name),
		words_suggest(known, name, hint, sizeof(hint)), "%s '%.*s' is unknown",
		what, (int)name.len, name.text);
}

/* "name=value" apart. Returns false when there is no value: it is empty then. */
static bool split_option(struct word word, struct word *ret_name, struct word *ret_value)
{
	const char *equals = memchr(word.text, '=', word.len);
	size_t name_len = equals ? (size_t)(equals - word.text) : word.len;

	*ret_name = (struct word){word.text, name_len};
	*ret_value = (struct word){word.text + word.len, 0};
	if (equals)
		*ret_value = (struct word){equals + 1, word.len - name_len - 1};
	return ret_value->len > 0;
}

static int take_name(struct plain *plain, struct word value)
{
	struct service *service = plain->service;

	if (service->name) {
		diags_error(plain->reader->diags, word_place(plain, value), NULL,
			"name is given twice");
		return 0;
	}
	service->name =
		arena_strndup(&plain->reader->model->arena, value.text, value.len);
	return service->name ? 0 : -ENOMEM;
}

/* "source=CIDR,CIDR" */
static int take_source(struct plain *plain, struct word value)
{
	struct reader *reader = plain->reader;
	struct range *ranges = NULL;
	size_t len = 0;

	if (plain->service->filtered) {
		diags_error(reader->diags, word_place(plain, value),
			"as in source=192.0.2.0/24,198.51.100.0/24",
			"source is given twice");
		return 0;
	}
	for (const char *end = value.text + value.len; value.text <= end;) {
		const char *comma = memchr(value.text, ',', (size_t)(end - value.text));
		struct word word = {
			value.text, (size_t)((comma ? comma : end) - value.text)};
		struct range range;

		value.text += word.len + 1;
		if (range_parse(word, word_place(plain, word), &range, reader->diags))
			continue;
		ranges = arena_grow(&reader->scratch, ranges, len, sizeof(*ranges));
		if (!ranges)
			return -ENOMEM;
		ranges[len++] = range;
	}
	return ranges_take(plain->service, ranges, len, &reader->model->arena);
}

static int take_service_option(
	struct plain *plain, struct policy_draft *draft, struct word word)
{
	static const char *known[OWN_OPTIONS + POLICY_OPTIONS + 1];
	struct reader *reader = plain->reader;
	struct word name, value;
	int option, err;
	bool has_value = split_option(word, &name, &value);

	memcpy(known, own_options, sizeof(own_options));
	memcpy(known + OWN_OPTIONS, policy_option_names, POLICY_OPTIONS * sizeof(*known));
	option = words_find(known, name);
	if (option < 0) {
		report_unknown_option(plain, name, "option", known);
		return 0;
	}
	if (!has_value) {
		diags_error(reader->diags, word_place(plain, word), NULL,
			"option '%s' has no value: %s=...", known[option], known[option]);
		return 0;
	}
	if (option < (int)OWN_OPTIONS)
		return option ? take_source(plain, value) : take_name(plain, value);
	option -= OWN_OPTIONS;
	err = policy_take_option(draft, (enum policy_option)option, value,
		word_place(plain, value), &reader->model->arena, reader->diags);
	return err == -ENOMEM ? err : 0;
}

static void check_l7_is_tcp(const struct plain *plain, const struct policy_draft *draft)
{
	struct diags *diags = plain->reader->diags;

	if (draft->policy.forward != SP_FORWARD_L7 ||
		plain->service->vip.protocol == IPPROTO_TCP)
		return;
	if (draft->policy.key > SP_KEY_SOURCE_IP)
		diags_error(diags, draft->places[POLICY_KEY],
			"HTTP runs over TCP; key=source-ip or source-ip-port fits UDP",
			"key %s needs a service of protocol tcp",
			key_name(draft->policy.key));
	else
		diags_error(diags, draft->places[POLICY_FORWARD],
			"HTTP runs over TCP; forward=nat fits UDP",
			"forward=l7 needs a service of protocol tcp");
}

static int read_service(struct plain *plain, struct word keyword)
{
	struct reader *reader = plain->reader;
	struct word vip = next_word(&plain->line), word;
	struct policy_draft draft = {.policy = policy_default()};
	char text[ENDPOINT_TEXT_MAX];
	struct service *service = reader_add_service(reader);

	if (!service)
		return -ENOMEM;
	plain->service = service;
	service->place = word_place(plain, vip.len ? vip : keyword);
	if (!vip.len)
		diags_error(reader->diags, service->place, "as in service 192.0.2.10:80",
			"service without a VIP");
	else if (vip_parse(vip.text, vip.len, &service->vip))
		diags_error(reader->diags, service->place,
			"as in service 192.0.2.10:80, or [2001:db8::10]:53/udp",
			"'%.*s' is not a VIP", (int)vip.len, vip.text);
	while ((word = next_word(&plain->line)).len)
		if (take_service_option(plain, &draft, word))
			return -ENOMEM;
	policy_finish(&draft, reader->diags);
	check_l7_is_tcp(plain, &draft);
	service->policy = draft.policy;
	if (service->name)
		return 0;
	vip_format(&service->vip, text);
	service->name = arena_strndup(&reader->model->arena, text, strlen(text));
	return service->name ? 0 : -ENOMEM;
}

static void take_weight(const struct plain *plain, struct word value, struct pod *pod)
{
	uint64_t weight;

	if (word_to_number(value, &weight) && weight <= POD_WEIGHT_MAX) {
		pod->weight = (uint32_t)weight;
		return;
	}
	diags_error(plain->reader->diags, word_place(plain, value),
		"weights are relative; 3 and 1 give the same split as 300 and 100",
		"weight %.*s is outside 0..%d", (int)value.len, value.text,
		POD_WEIGHT_MAX);
}

static void take_pod_option(
	const struct plain *plain, struct word word, struct pod *pod, bool *has_weight)
{
	static const char *const known[] = {"weight", "draining", NULL};
	struct diags *diags = plain->reader->diags;
	struct word name, value;
	bool has_value = split_option(word, &name, &value);
	int option = words_find(known, name);

	if (option < 0) {
		report_unknown_option(plain, name, "a pod's option", known);
	} else if (option == 1 && word.len != name.len) {
		diags_error(diags, word_place(plain, word), "write it, or leave it out",
			"draining takes no value");
	} else if (option == 0 && !has_value) {
		diags_error(diags, word_place(plain, word), NULL,
			"option 'weight' has no value: weight=...");
	} else if (option == 0 ? *has_weight : pod->state == SP_POD_DRAINING) {
		diags_error(diags, word_place(plain, word), NULL, "%s is given twice",
			known[option]);
	} else if (option == 0) {
		*has_weight = true;
		take_weight(plain, value, pod);
	} else {
		pod->state = SP_POD_DRAINING;
	}
}

static int read_pod(struct plain *plain, struct word first)
{
	bool has_weight = false;
	struct word word;
	struct pod *pod = reader_add_pod(plain->reader, plain->service);

	if (!pod)
		return -ENOMEM;
	*pod = (struct pod){.weight = 1, .state = SP_POD_READY};
	pod->place = word_place(plain, first);
	if (pod_parse(first.text, first.len, &pod->at))
		diags_error(plain->reader->diags, pod->place,
			"a line begins with 'service', or is a pod as in 10.0.1.11:8080 "
			"or "
			"[fd00::11]:5353",
			"'%.*s' is not a pod", (int)first.len, first.text);
	pod->at.protocol = plain->service->vip.protocol;
	while ((word = next_word(&plain->line)).len)
		take_pod_option(plain, word, pod, &has_weight);
	return 0;
}

int plain_read(struct reader *reader, const struct input *input)
{
	struct plain plain = {.reader = reader, .input = input};
	struct word text = skip_mark(input->source);
	int err = 0;

	reader->model->documents_len++;
	while (!err && next_line(&text, &plain.line)) {
		struct word first = next_word(&plain.line);

		if (word_is(first, "service"))
			err = read_service(&plain, first);
		else if (first.len)
			err = read_pod(&plain, first);
	}
	return err;
}
