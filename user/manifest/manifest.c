/* SPDX-License-Identifier: BSD-2-Clause */
/* From the texts that people have to the model: all sources in, one checked model out. */
#include "manifest/manifest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/document.h"
#include "manifest/reader.h"

struct service *reader_add_service(struct reader *reader)
{
	struct model *model = reader->model;
	struct service *list = arena_grow(
		&model->arena, model->services, model->services_len, sizeof(*list));

	if (!list)
		return NULL;
	model->services = list;
	list[model->services_len] = (struct service){0};
	return &list[model->services_len++];
}

struct pod *reader_add_pod(struct reader *reader, struct service *service)
{
	struct pod *list = arena_grow(
		&reader->model->arena, service->pods, service->pods_len, sizeof(*list));

	if (!list)
		return NULL;
	service->pods = list;
	list[service->pods_len] = (struct pod){0};
	return &list[service->pods_len++];
}

void *records_add(struct arena *arena, void **items, size_t *len, size_t size)
{
	char *list = arena_grow(arena, *items, *len, size);

	if (!list)
		return NULL;
	*items = list;
	return memset(list + (*len)++ * size, 0, size);
}

static int compare_services(const void *a, const void *b)
{
	const struct service *left = a, *right = b;

	return model_compare_endpoints(&left->vip, &right->vip);
}

static int read_source(struct reader *reader, const struct source *source)
{
	struct input input;
	int err = input_init(&input, source, &reader->scratch, reader->diags);

	if (err)
		return err == -EINVAL ? 0 : err;
	if (plain_is_list(source))
		return plain_read(reader, &input);
	return documents_read(reader, &input);
}

/* Sort, check and sign what was read. */
static int finish_model(struct reader *reader)
{
	struct model *model = reader->model;
	int err;

	if (model->services_len)
		qsort(model->services, model->services_len, sizeof(*model->services),
			compare_services);
	err = model_check(model, reader->diags);
	for (size_t i = 0; !err && i < model->services_len; i++)
		model->services[i].fingerprint = model_fingerprint(&model->services[i]);
	return err;
}

int manifest_read(const struct source *sources, size_t sources_len,
	const struct manifest_options *options, struct model *ret_model,
	struct diags *diags)
{
	struct model model = {0};
	struct reader reader = {.model = &model, .diags = diags, .options = options};
	size_t errors_before = diags->errors_len;
	int err = 0;

	for (size_t i = 0; !err && i < sources_len; i++)
		err = read_source(&reader, &sources[i]);
	if (!err)
		err = records_join(&reader);
	if (!err && diags->errors_len == errors_before)
		err = finish_model(&reader);
	if (!err && diags->errors_len > errors_before)
		err = -EINVAL;
	arena_done(&reader.scratch);
	if (err)
		model_done(&model);
	else
		*ret_model = model;
	return err;
}
