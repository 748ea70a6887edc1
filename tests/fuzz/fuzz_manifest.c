/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a manifest: no crash, no leak, and an error whenever there is no model. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libfyaml 0.7.12 itself loses a buffer on some syntax errors in quoted texts. That we
 * close what we open there is checked by the unit tests, which suppress nothing. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libfyaml";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct source source = {"fuzz", text, size};
	struct manifest_options options = {.cluster_ips = size & 1};
	struct model model = {0};
	struct diags diags = {0};
	FILE *null = fopen("/dev/null", "w");

	memcpy(text, data, size);
	text[size] = 0;
	if (manifest_read(&source, 1, &options, &model, &diags) && !diags.errors_len)
		abort();
	diags_print(null, &diags);
	fclose(null);
	model_done(&model);
	diags_done(&diags);
	free(text);
	return 0;
}
