// SPDX-License-Identifier: BSD-2-Clause
/* Where the helper listens. */
#include "l7/bindings.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "model/live.h"
#include "model/text.h"

/* --- What is wanted --- */

/* The live TCP services with their names and VIPs. */
static int services_read(const struct l7_tables *tables, struct model *ret_model)
{
	uint32_t generation = tables->state->generation;

	ret_model->services = arena_alloc(
		&ret_model->arena, (tables->services_len + 1) * sizeof(struct service));
	if (!ret_model->services)
		return -ENOMEM;
	for (uint32_t i = 0; i < tables->services_len; i++) {
		const struct sp_service *entry = &tables->services[i];
		const struct sp_service_version *live = service_live(entry, generation);
		struct service *service = &ret_model->services[ret_model->services_len];

		if (!live || entry->vip.protocol != IPPROTO_TCP)
			continue;
		service->vip = entry->vip;
		service->policy.forward =
			sp_version_is_l7(live) ? SP_FORWARD_L7 : SP_FORWARD_NAT;
		service->name = arena_strndup(&ret_model->arena, entry->name,
			strnlen(entry->name, SP_NAME_LEN));
		if (!service->name)
			return -ENOMEM;
		ret_model->services_len++;
	}
	return 0;
}

static int compare_bindings(const void *a, const void *b)
{
	return memcmp(&((const struct binding *)a)->address,
		&((const struct binding *)b)->address, sizeof(struct sp_endpoint));
}

static void want_vips(const struct origin *origin, const struct model *services,
	struct bindings *wanted)
{
	for (size_t i = 0; i < services->services_len; i++) {
		const struct service *service = &services->services[i];

		if (origin_is_live(origin) && service->policy.forward != SP_FORWARD_L7)
			continue;
		wanted->at[wanted->len++] = (struct binding){
			.address = service->vip,
			.vip = service->vip,
			.free = origin_is_live(origin),
		};
	}
}

static int want_listens(const struct listen *listens, size_t len,
	const struct model *services, struct bindings *wanted, struct diags *diags)
{
	int error = 0;

	for (size_t i = 0; i < len; i++) {
		const struct service *service =
			model_find_service(services, listens[i].service, diags);

		if (!service) {
			error = -EINVAL;
			continue;
		}
		wanted->at[wanted->len++] =
			(struct binding){.address = listens[i].at, .vip = service->vip};
	}
	return error;
}

int bindings_wanted(const struct origin *origin, const struct listen *listens,
	size_t listens_len, struct bindings *ret_wanted, struct diags *diags)
{
	struct model services = {0};
	int error = services_read(&origin->tables, &services);

	*ret_wanted = (struct bindings){0};
	if (!error) {
		ret_wanted->at = calloc(
			services.services_len + listens_len + 1, sizeof(*ret_wanted->at));
		error = ret_wanted->at ? 0 : -ENOMEM;
	}
	if (!error && listens_len)
		error = want_listens(listens, listens_len, &services, ret_wanted, diags);
	else if (!error)
		want_vips(origin, &services, ret_wanted);
	if (ret_wanted->at)
		qsort(ret_wanted->at, ret_wanted->len, sizeof(*ret_wanted->at),
			compare_bindings);
	model_done(&services);
	return error;
}

struct binding *bindings_find(
	const struct bindings *bindings, const struct sp_endpoint *address)
{
	const struct binding key = {.address = *address};

	return bindings->len ? bsearch(&key, bindings->at, bindings->len, sizeof(key),
				       compare_bindings)
			     : NULL;
}

void bindings_done(struct bindings *bindings)
{
	for (size_t i = 0; i < bindings->len; i++)
		binding_close(&bindings->at[i]);
	free(bindings->at);
	*bindings = (struct bindings){0};
}
