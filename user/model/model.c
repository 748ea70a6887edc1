/* SPDX-License-Identifier: BSD-2-Clause */
/* Services in order, their fingerprints, and how a person names one. */
#include "model/model.h"

#include <arpa/inet.h>
#include <string.h>
#include <xxhash.h>

#include "base/words.h"
#include "model/text.h"

void model_done(struct model *model)
{
	arena_done(&model->arena);
	*model = (struct model){0};
}

int model_compare_endpoints(const struct sp_endpoint *a, const struct sp_endpoint *b)
{
	int order = memcmp(&a->addr, &b->addr, sizeof(a->addr));

	if (!order)
		order = (int)ntohs(a->port) - (int)ntohs(b->port);
	return order ? order : (int)a->protocol - (int)b->protocol;
}

static uint64_t hash_ranges(const struct service *service, uint64_t hash)
{
	hash = XXH64("filtered", strlen("filtered"), hash);
	for (size_t i = 0; i < service->ranges_len; i++) {
		const struct range *range = &service->ranges[i];

		hash = XXH64(&range->addr, sizeof(range->addr), hash);
		hash = XXH64(&range->bits, sizeof(range->bits), hash);
	}
	return hash;
}

uint64_t model_fingerprint(const struct service *service)
{
	char text[SP_POLICY_LEN];
	uint64_t hash;

	/* A policy that does not fit is refused by model_check(). */
	policy_format(&service->policy, text, sizeof(text));
	hash = XXH64(text, strlen(text), 0);
	if (service->name)
		hash = XXH64(service->name, strlen(service->name), hash);
	if (service->filtered)
		hash = hash_ranges(service, hash);
	for (size_t i = 0; i < service->pods_len; i++) {
		const struct pod *pod = &service->pods[i];
		struct {
			struct sp_endpoint at;
			__be32 weight;
			__be32 state;
		} record = {pod->at, htonl(pod->weight),
			htonl(pod->state | (uint32_t)pod->drained << 8)};

		hash = XXH64(&record, sizeof(record), hash);
	}
	return hash;
}

/* "shop", "shop:http" or "shop:80" against "default/shop:http" on port 80; the namespace
 * is compared only when `text` has one. */
static bool has_name(const struct service *service, const char *text)
{
	const char *name = service->name, *slash = strchr(name, '/');
	const char *name_colon, *text_colon = strchr(text, ':');
	size_t len = text_colon ? (size_t)(text_colon - text) : strlen(text);
	uint64_t port;

	if (!strcmp(name, text))
		return true;
	if (!memchr(text, '/', len) && slash)
		name = slash + 1;
	name_colon = strrchr(name, ':');
	if (!name_colon || (size_t)(name_colon - name) != len || memcmp(name, text, len))
		return false;
	return !text_colon || !strcmp(name_colon, text_colon) ||
	       (word_to_number(
			(struct word){text_colon + 1, strlen(text_colon + 1)}, &port) &&
		       port == ntohs(service->vip.port));
}

static bool is_named_by(
	const struct service *service, const char *text, const struct sp_endpoint *vip)
{
	if (vip)
		return !memcmp(&service->vip.addr, &vip->addr, sizeof(vip->addr)) &&
		       service->vip.port == vip->port &&
		       (!vip->protocol || service->vip.protocol == vip->protocol);
	return has_name(service, text);
}

/* The names that a service goes by, longest first: "default/shop:http", "default/shop",
 * "shop:http", "shop". Returns how many were added; memory is the arena's. */
static size_t names_of(
	const struct service *service, struct arena *arena, const char **names)
{
	const char *slash = strchr(service->name, '/');
	const char *forms[] = {service->name, slash ? slash + 1 : NULL};
	size_t len = 0;

	for (size_t i = 0; i < 2 && forms[i]; i++) {
		const char *colon = strrchr(forms[i], ':');

		names[len++] = forms[i];
		if (!slash || !colon)
			continue;
		names[len] = arena_strndup(arena, forms[i], (size_t)(colon - forms[i]));
		len += names[len] != NULL;
	}
	return len;
}

#define NAMES_OF_MAX 4

static void report_unknown_service(
	const struct model *model, const char *text, struct diags *diags)
{
	struct word word = {.text = text, .len = strlen(text)};
	struct arena arena = {0};
	const char **names = arena_alloc(
		&arena, (model->services_len * NAMES_OF_MAX + 1) * sizeof(*names));
	const char *near = NULL;
	char hint[SP_NAME_LEN + 32];
	size_t len = 0;

	for (size_t i = 0; names && i < model->services_len; i++)
		len += names_of(&model->services[i], &arena, names + len);
	if (names) {
		names[len] = NULL;
		near = words_nearest(names, word);
	}
	snprintf(hint, sizeof(hint), "did you mean '%s'?", near ? near : "");
	diags_error(diags, PLACE_NONE,
		near ? hint
		     : "a service is named 'name', 'namespace/name[:port]' or "
		       "'vip:port[/tcp|udp]'",
		"no service is named '%s'", text);
	arena_done(&arena);
}

const struct service *model_find_service(
	const struct model *model, const char *text, struct diags *diags)
{
	const struct service *found = NULL;
	char first[ENDPOINT_TEXT_MAX], second[ENDPOINT_TEXT_MAX], hint[160];
	struct sp_endpoint vip;
	bool is_vip = !vip_parse(text, strlen(text), &vip);

	if (is_vip && !strchr(text, '/'))
		vip.protocol = 0; /* either */
	for (size_t i = 0; i < model->services_len; i++) {
		const struct service *service = &model->services[i];

		if (!is_named_by(service, text, is_vip ? &vip : NULL))
			continue;
		if (found) {
			snprintf(hint, sizeof(hint), "name one by its VIP: %s, %s, ...",
				vip_format(&found->vip, first),
				vip_format(&service->vip, second));
			diags_error(diags, PLACE_NONE, hint,
				"'%s' names more than one service", text);
			return NULL;
		}
		found = service;
	}
	if (!found)
		report_unknown_service(model, text, diags);
	return found;
}
