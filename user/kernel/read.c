// SPDX-License-Identifier: BSD-2-Clause
/* From the maps back to the model: live services, their pods and their tables.
 *
 * A reader takes no lock. What is live at one generation is not touched before the next
 * one is published, so a reading counts when the generation is the same after it. */
#include "kernel/ranges.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/text.h"
#include "slot.h"

#define READS_MAX 100

/* One try to read the model of one generation. */
struct reading {
	const struct kernel *kernel;
	struct model *model;
	uint32_t generation;
	uint32_t *places; /* service number -> its place in the model + 1; 0: none */
	uint32_t *rooms;  /* service number -> pods there is room for */
};

/* Bytes of a map's text may change under a reader's eyes: never read past the field. */
static char *read_text(struct arena *arena, const char *text, size_t size)
{
	return arena_strndup(arena, text, strnlen(text, size));
}

static int read_service(struct reading *reading, uint32_t number)
{
	const struct sp_service *entry = &reading->kernel->services[number];
	const struct sp_service_version *version =
		service_live(entry, reading->generation);
	struct arena *arena = &reading->model->arena;
	struct service *service;
	char *policy;
	int error;

	if (!version)
		return 0;
	service = &reading->model->services[reading->model->services_len];
	service->vip = entry->vip;
	service->number = number;
	service->fingerprint = version->fingerprint;
	service->name = read_text(arena, entry->name, sizeof(entry->name));
	policy =
		read_text(arena, entry->policy[version - entry->versions], SP_POLICY_LEN);
	if (!service->name || !policy)
		return -ENOMEM;
	error = policy_parse(policy, arena, &service->policy);
	if (!error)
		reading->model->services_len++;
	return error;
}

static int compare_services(const void *a, const void *b)
{
	const struct service *left = a, *right = b;

	return model_compare_endpoints(&left->vip, &right->vip);
}

static int read_services(struct reading *reading)
{
	struct model *model = reading->model;
	size_t len = 0;
	int error = 0;

	for (uint32_t i = 0; i < SP_SERVICES_MAX; i++)
		len += service_live(&reading->kernel->services[i], reading->generation) !=
		       NULL;
	if (!len)
		return 0;
	model->services = arena_alloc(&model->arena, len * sizeof(*model->services));
	if (!model->services)
		return -ENOMEM;
	for (uint32_t i = 0; i < SP_SERVICES_MAX && !error; i++)
		if (model->services_len < len)
			error = read_service(reading, i);
	qsort(model->services, model->services_len, sizeof(*model->services),
		compare_services);
	for (size_t i = 0; i < model->services_len; i++)
		reading->places[model->services[i].number] = (uint32_t)i + 1;
	return error;
}

/* Few services have ranges, most sets of services none. */
static int read_ranges(struct reading *reading)
{
	struct model *model = reading->model;
	struct range_keys keys = {0};
	bool read = false;
	int error = 0;

	for (size_t i = 0; i < model->services_len && !error; i++) {
		struct service *service = &model->services[i];
		const struct sp_service_version *version = service_live(
			&reading->kernel->services[service->number], reading->generation);
		uint8_t filtered = version ? version->filtered : 0;

		if (!filtered)
			continue;
		if (!read)
			error = range_keys_read(reading->kernel, &keys);
		read = true;
		if (!error)
			error = ranges_read(
				&keys, service->number, filtered, service, &model->arena);
	}
	range_keys_done(&keys);
	return error;
}

/* The service that pod `number` is live in; NULL: none. */
static struct service *pod_service(const struct reading *reading, uint32_t number)
{
	const struct sp_pod_version *version =
		pod_live(&reading->kernel->pods[number], reading->generation);
	uint32_t place;

	if (!version || version->service >= SP_SERVICES_MAX)
		return NULL;
	place = reading->places[version->service];
	return place ? &reading->model->services[place - 1] : NULL;
}

static int alloc_pods(struct reading *reading)
{
	struct model *model = reading->model;

	for (uint32_t i = 0; i < SP_PODS_MAX; i++) {
		struct service *service = pod_service(reading, i);

		if (service)
			reading->rooms[service->number]++;
	}
	for (size_t i = 0; i < model->services_len; i++) {
		struct service *service = &model->services[i];
		size_t room = reading->rooms[service->number];

		service->pods = arena_alloc(&model->arena, room * sizeof(*service->pods));
		if (!service->pods)
			return -ENOMEM;
		service->pods_len = room;
	}
	return 0;
}

/* Each pod lies at its place, unless the maps change while they are read. */
static int read_pods(struct reading *reading)
{
	int error = alloc_pods(reading);

	for (uint32_t i = 0; i < SP_PODS_MAX && !error; i++) {
		const struct sp_pod *entry = &reading->kernel->pods[i];
		const struct sp_pod_version *version =
			pod_live(entry, reading->generation);
		struct service *service = pod_service(reading, i);

		if (!version || !service || version->place >= service->pods_len)
			continue;
		service->pods[version->place] = (struct pod){
			.at = entry->at,
			.weight = version->weight,
			.state = version->state,
			.drained = version->drained,
			.number = i,
		};
	}
	return error;
}

static uint32_t read_generation(const struct kernel *kernel)
{
	return __atomic_load_n(&kernel->state->generation, __ATOMIC_ACQUIRE);
}

static int read_model(struct kernel *kernel, struct model *model, bool *ret_same)
{
	struct reading reading = {
		.kernel = kernel,
		.model = model,
		.generation = read_generation(kernel),
		.places = calloc(SP_SERVICES_MAX, sizeof(uint32_t)),
		.rooms = calloc(SP_SERVICES_MAX, sizeof(uint32_t)),
	};
	int error = reading.places && reading.rooms ? read_services(&reading) : -ENOMEM;

	if (!error)
		error = read_ranges(&reading);
	if (!error)
		error = read_pods(&reading);
	free(reading.places);
	free(reading.rooms);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	*ret_same = read_generation(kernel) == reading.generation;
	return error;
}

int kernel_read_model(struct kernel *kernel, struct model *ret_model, struct diags *diags)
{
	bool same = false;
	int error = 0;

	for (int i = 0; i < READS_MAX && !same; i++) {
		struct model model = {0};

		error = read_model(kernel, &model, &same);
		if (same && !error)
			*ret_model = model;
		else
			model_done(&model);
	}
	if (!same)
		error = -EAGAIN;
	if (error == -EINVAL)
		diags_error(diags, PLACE_NONE, NULL, "a policy in %s cannot be read",
			kernel->pin_dir);
	else if (error)
		fail_system(
			diags, error, "cannot read the services in %s", kernel->pin_dir);
	return error;
}

/* Pods of one service by number: those numbers lie close together. */
struct places {
	uint32_t first;
	uint32_t len;
	uint32_t *at; /* number - first -> place + 1; 0: none */
};

static int places_make(const struct service *service, struct places *places)
{
	uint32_t last = 0;

	places->first = UINT32_MAX;
	for (size_t i = 0; i < service->pods_len; i++) {
		uint32_t number = service->pods[i].number;

		places->first = number < places->first ? number : places->first;
		last = number > last ? number : last;
	}
	places->len = service->pods_len ? last - places->first + 1 : 0;
	places->at = calloc(places->len + 1, sizeof(*places->at));
	if (!places->at)
		return -ENOMEM;
	for (size_t i = 0; i < service->pods_len; i++)
		places->at[service->pods[i].number - places->first] = (uint32_t)i + 1;
	return 0;
}

static uint32_t places_find(const struct places *places, uint32_t number)
{
	uint32_t from_first = number - places->first;

	if (from_first >= places->len || !places->at[from_first])
		return SP_POD_NONE;
	return places->at[from_first] - 1;
}

/* Slots name pods by number in the kernel, by place in service->pods in the model. */
static int slots_to_places(const struct service *service, struct table *table)
{
	struct places places = {0};
	int error;

	if (!table->words)
		return 0;
	error = places_make(service, &places);
	for (uint32_t i = 0; i < table->at.size && !error; i++) {
		sp_slot slot = table->words[i];
		uint32_t current = places_find(&places, sp_slot_current(slot));
		uint32_t previous = places_find(&places, sp_slot_previous(slot));

		if (current == SP_POD_NONE)
			error = -ESTALE;
		else
			table->words[i] = sp_slot_is_clean(slot)
						  ? sp_slot_clean(current)
						  : sp_slot_moved(current, previous,
							    sp_slot_moved_s(slot));
	}
	free(places.at);
	return error;
}

static int copy_words(struct kernel *kernel, const struct sp_service_version *version,
	struct table *table, struct diags *diags)
{
	uint32_t len = words_of_version(version);
	uint64_t held = (uint64_t)kernel->words.held * SP_CHUNK_WORDS;
	int error;

	if (version->first + (uint64_t)len > held)
		return -ESTALE;
	table->at = (struct sp_table_at){
		.size = version->size,
		.algorithm = version->algorithm,
		.index_bits = version->index_bits,
	};
	if (!len)
		return 0;
	error = words_reach(kernel, version->first, len, diags);
	if (error)
		return error;
	table->words_len = len;
	table->words = malloc(len * sizeof(*table->words));
	if (!table->words)
		return -ENOMEM;
	memcpy(table->words, kernel->words.at + version->first,
		len * sizeof(*table->words));
	return 0;
}

/* False when the service is not the one that was read before. */
static bool find_version(const struct kernel *kernel, const struct service *service,
	struct sp_service_version *ret_version)
{
	const struct sp_service *entry = &kernel->services[service->number];
	const struct sp_service_version *version =
		service_live(entry, read_generation(kernel));

	if (!version || version->fingerprint != service->fingerprint ||
		model_compare_endpoints(&entry->vip, &service->vip))
		return false;
	*ret_version = *version;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return true;
}

/* Between two looks at the same version its words have not been given to another. */
static int read_table(struct kernel *kernel, const struct service *service,
	struct table *table, struct diags *diags)
{
	struct sp_service_version before, after;
	int error = words_open(kernel, diags);

	if (error)
		return error;
	error = find_version(kernel, service, &before)
			? copy_words(kernel, &before, table, diags)
			: -ESTALE;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (!error && (!find_version(kernel, service, &after) ||
			      after.generation != before.generation))
		error = -ESTALE;
	if (!error)
		error = slots_to_places(service, table);
	if (error == -ENOMEM && !diags->errors_len)
		fail_system(diags, error, "cannot read the table of %s", service->name);
	if (error == -ESTALE)
		diags_error(diags, PLACE_NONE, "another samepod was faster; try again",
			"service %s has changed meanwhile", service->name);
	return error;
}

int kernel_read_table(struct kernel *kernel, const struct service *service,
	struct table *ret_table, struct diags *diags)
{
	struct table table = {0};
	int error = read_table(kernel, service, &table, diags);

	if (error)
		table_done(&table);
	else
		*ret_table = table;
	return error;
}
