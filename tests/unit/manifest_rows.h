/* SPDX-License-Identifier: BSD-2-Clause */
/* Manifests in, a model or complaints out, both as one text: for tests in rows. */
#ifndef MANIFEST_ROWS_H
#define MANIFEST_ROWS_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/manifest.h"
#include "model/text.h"
#include "test.h"

/* One run of manifest_read(); its source is named "t". */
struct read {
	struct source sources[4];
	size_t sources_len;
	struct manifest_options options;
	struct model model;
	struct diags diags;
	int result;
};

/* The text is handed over in memory of its exact size, so that the sanitizer sees a read
 * beyond its end. */
static inline void read_add(
	struct read *read, const char *name, const char *text, size_t len)
{
	char *copy = malloc(len + 1);

	memcpy(copy, text, len);
	copy[len] = 0;
	read->sources[read->sources_len++] = (struct source){name, copy, len};
}

static inline void read_run(struct read *read)
{
	read->result = manifest_read(read->sources, read->sources_len, &read->options,
		&read->model, &read->diags);
}

static inline void read_text(struct read *read, const char *text)
{
	*read = (struct read){0};
	read_add(read, "t", text, strlen(text));
	read_run(read);
}

static inline void read_done(struct read *read)
{
	model_done(&read->model);
	diags_done(&read->diags);
	for (size_t i = 0; i < read->sources_len; i++)
		free((void *)read->sources[i].text);
}

/* Each service as "VIP NAME POLICY POD...": a pod is IP:PORT[*WEIGHT][-draining]. */
static inline char *model_print(const struct model *model)
{
	static char text[1 << 16];
	FILE *file = fmemopen(text, sizeof(text), "w");

	text[0] = 0;
	for (size_t i = 0; i < model->services_len; i++) {
		const struct service *service = &model->services[i];
		char at[ENDPOINT_TEXT_MAX], policy[512];

		policy_format(&service->policy, policy, sizeof(policy));
		fprintf(file, "%s %s %s", vip_format(&service->vip, at), service->name,
			policy);
		for (size_t j = 0; j < service->pods_len; j++) {
			const struct pod *pod = &service->pods[j];

			fprintf(file, " %s", pod_format(&pod->at, at));
			if (pod->weight != 1)
				fprintf(file, "*%u", pod->weight);
			if (pod->state != SP_POD_READY)
				fprintf(file, "-%s", pod_state_name(pod->state));
		}
		fputc('\n', file);
	}
	fclose(file);
	return text;
}

static inline void diags_print_list(
	FILE *file, const struct diag *list, size_t len, const char *mark)
{
	for (size_t i = 0; i < len && i < DIAGS_KEPT_MAX; i++) {
		const struct diag *diag = &list[i];

		if (diag->place.source)
			fprintf(file, "%s:%u:%u+%u: ", diag->place.source->name,
				diag->place.line, diag->place.column, diag->place.len);
		fprintf(file, "%s%s", mark, diag->message);
		fprintf(file, diag->hint ? " (%s)\n" : "\n", diag->hint);
	}
}

/* Each complaint as "NAME:LINE:COLUMN+LEN: MESSAGE (HINT)"; a warning's message has
 * "warning: " before it. */
static inline char *complaints_print(const struct diags *diags)
{
	static char text[1 << 16];
	FILE *file = fmemopen(text, sizeof(text), "w");

	text[0] = 0;
	diags_print_list(file, diags->warnings, diags->warnings_len, "warning: ");
	diags_print_list(file, diags->errors, diags->errors_len, "");
	fclose(file);
	return text;
}

static inline void expect_model(const struct read *read, const char *want, int line)
{
	const char *got = model_print(&read->model);

	if (read->result || strcmp(got, want)) {
		printf("line %d: result %d, model:\n%sexpected:\n%s", line, read->result,
			got, want);
		printf("complaints:\n%s", complaints_print(&read->diags));
		test_failures++;
	}
}

#define EXPECT_MODEL(read, want) expect_model(read, want, __LINE__)

/* One mistake, one answer: every line of `complaints` must begin a line of what is
 * reported, and nothing else may be reported. An answer without a warning means that the
 * read must fail; one of warnings alone that it must succeed. */
struct row {
	const char *sentence;
	const char *text;
	const char *complaints;
};

static inline bool is_answer(const char *got, const char *want)
{
	while (*got && *want) {
		size_t got_len = strcspn(got, "\n"), want_len = strcspn(want, "\n");

		if (want_len > got_len || memcmp(got, want, want_len))
			return false;
		got += got_len + (got[got_len] == '\n');
		want += want_len + (want[want_len] == '\n');
	}
	return !*got && !*want;
}

static inline void row_run(const struct row *row)
{
	struct read read;
	const char *got;
	int want;

	read_text(&read, row->text);
	got = complaints_print(&read.diags);
	want = read.diags.errors_len ? -EINVAL : 0;
	if (!is_answer(got, row->complaints) || read.result != want) {
		printf("result %d, complaints:\n%sexpected:\n%s\n", read.result, got,
			row->complaints);
		test_failures++;
	}
	if (read.result && (read.model.services || read.model.arena.blocks)) {
		printf("a failed read left something in the model\n");
		test_failures++;
	}
	read_done(&read);
}

/* Run rows and tests, each counted as one. */
static inline int rows_and_tests_run(const struct row *rows, size_t rows_len,
	const struct test *tests, size_t tests_len)
{
	size_t failed = 0;

	for (size_t i = 0; i < rows_len + tests_len; i++) {
		test_failures = 0;
		if (i < rows_len)
			row_run(&rows[i]);
		else
			tests[i - rows_len].run();
		if (test_failures) {
			printf("FAIL %s\n", i < rows_len ? rows[i].sentence
							 : tests[i - rows_len].sentence);
			failed++;
		}
	}
	printf("%zu passed, %zu failed\n", rows_len + tests_len - failed, failed);
	return failed != 0;
}

#define ROWS_AND_TESTS_RUN(rows, tests)                                   \
	rows_and_tests_run(rows, sizeof(rows) / sizeof((rows)[0]), tests, \
		sizeof(tests) / sizeof((tests)[0]))

#endif
