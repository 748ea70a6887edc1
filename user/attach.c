/* SPDX-License-Identifier: BSD-2-Clause */
/* attach DEV...: run the program on devices, all of them or none. */
#include <errno.h>
#include <string.h>

#include "commands.h"

static enum exit_code mode_parse(struct context *context, enum kernel_mode *ret_mode)
{
	static const char *const names[] = {"native", "generic", NULL};
	const char *word = context->request.options[OPTION_MODE];

	*ret_mode = KERNEL_NATIVE;
	if (!word || !strcmp(word, names[0]))
		return EXIT_DONE;
	*ret_mode = KERNEL_GENERIC;
	if (!strcmp(word, names[1]))
		return EXIT_DONE;
	word_error(context, "mode", word, names);
	return EXIT_BAD_REQUEST;
}

static enum exit_code attach_all(
	struct context *context, struct kernel *kernel, enum kernel_mode mode)
{
	const struct request *request = &context->request;
	struct links before = {0};
	size_t done = 0;
	int error = 0;

	if (kernel_read_links(
		    kernel, &context->arena, &before.at, &before.len, &context->diags))
		return EXIT_SYSTEM;
	while (!error && done < request->args_len) {
		error = kernel_attach(kernel, request->args[done], mode, &context->diags);
		done += !error;
	}
	if (!error)
		return links_print(
			context, kernel, request->args, request->args_len, &before);
	while (done--)
		if (!links_find(&before, request->args[done]))
			kernel_detach(kernel, request->args[done], &context->diags);
	return error == -ENODEV ? EXIT_BAD_REQUEST : EXIT_SYSTEM;
}

enum exit_code attach_run(struct context *context)
{
	struct live live = {0};
	enum kernel_mode mode;
	enum exit_code code = mode_parse(context, &mode);

	if (code == EXIT_DONE)
		code = live_open(context, KERNEL_WRITE, &live);
	if (code == EXIT_DONE)
		code = attach_all(context, live.kernel, mode);
	live_close(&live);
	return code;
}
