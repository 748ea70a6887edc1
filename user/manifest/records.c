/* SPDX-License-Identifier: BSD-2-Clause */
/* Records in order, so that those that belong together are found. */
#include <stdlib.h>

#include "manifest/document.h"
#include "manifest/reader.h"

static int compare_services(const void *a, const void *b)
{
	return object_id_compare(&((const struct service_record *)a)->id,
		&((const struct service_record *)b)->id);
}

static int compare_pods(const void *a, const void *b)
{
	return object_id_compare(
		&((const struct pod_record *)a)->id, &((const struct pod_record *)b)->id);
}

static int compare_slice_to_id(
	const struct slice_record *slice, const struct object_id *id)
{
	int order = word_compare(slice->id.namespace, id->namespace);

	return order ? order : word_compare(slice->service, id->name);
}

/* By service, then by name. */
static int compare_slices(const void *left, const void *right)
{
	const struct slice_record *a = left, *b = right;
	struct object_id id = {.namespace = b->id.namespace, .name = b->service};
	int order = compare_slice_to_id(a, &id);

	return order ? order : word_compare(a->id.name, b->id.name);
}

static int compare_rules(const void *a, const void *b)
{
	return object_id_compare(&((const struct rule_record *)a)->host,
		&((const struct rule_record *)b)->host);
}

static void report_twice(struct reader *reader, const char *what,
	const struct object_id *first, const struct object_id *second)
{
	diags_error(reader->diags, second->place, "leave one of the two out",
		"%s %.*s/%.*s is given twice: first at %s:%u", what,
		(int)second->namespace.len, second->namespace.text, (int)second->name.len,
		second->name.text, first->place.source->name, first->place.line);
}

/* Sort a list of records and report those that are given twice. Each record begins with
 * its struct object_id. */
static void sort_records(struct reader *reader, void *list, size_t len, size_t size,
	int (*compare)(const void *, const void *), const char *what)
{
	char *items = list;

	if (len)
		qsort(list, len, size, compare);
	for (size_t i = 1; i < len; i++)
		if (!compare(items + (i - 1) * size, items + i * size))
			report_twice(reader, what,
				(const struct object_id *)(items + (i - 1) * size),
				(const struct object_id *)(items + i * size));
}

static void sort_rules(struct reader *reader)
{
	struct rule_record *rules = reader->records.rules;
	size_t len = reader->records.rules_len;

	if (len)
		qsort(rules, len, sizeof(*rules), compare_rules);
	for (size_t i = 1; i < len; i++)
		if (!compare_rules(&rules[i - 1], &rules[i]))
			diags_error(reader->diags, rules[i].host.place,
				"one rule a host: put both into one",
				"two rules for host %.*s: %.*s and %.*s (%s:%u)",
				(int)rules[i].host.name.len, rules[i].host.name.text,
				(int)rules[i].id.name.len, rules[i].id.name.text,
				(int)rules[i - 1].id.name.len, rules[i - 1].id.name.text,
				rules[i - 1].host.place.source->name,
				rules[i - 1].host.place.line);
}

const struct slice_record *records_find_slices(
	const struct records *records, const struct object_id *service, size_t *ret_len)
{
	size_t low = 0, high = records->slices_len, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_slice_to_id(&records->slices[middle], service) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < records->slices_len; end++)
		if (compare_slice_to_id(&records->slices[end], service))
			break;
	*ret_len = end - low;
	return end > low ? &records->slices[low] : NULL;
}

struct rule_record *records_find_rule(
	const struct records *records, const struct object_id *host)
{
	struct rule_record wanted = {.host = *host};

	if (!records->rules_len)
		return NULL;
	return bsearch(&wanted, records->rules, records->rules_len, sizeof(wanted),
		compare_rules);
}

void records_sort(struct reader *reader)
{
	struct records *records = &reader->records;

	sort_records(reader, records->services, records->services_len,
		sizeof(*records->services), compare_services, "Service");
	sort_records(reader, records->slices, records->slices_len,
		sizeof(*records->slices), compare_slices, "EndpointSlice");
	sort_records(reader, records->pods, records->pods_len, sizeof(*records->pods),
		compare_pods, "Pod");
	sort_rules(reader);
}
