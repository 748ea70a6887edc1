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

static bool was_attached(const char *dev, const struct kernel_link *links, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strcmp(dev, links[i].dev))
			return true;
	return false;
}

static enum exit_code attach_all(
	struct context *context, struct kernel *kernel, enum kernel_mode mode)
{
	const struct request *request = &context->request;
	struct kernel_link *before = NULL;
	size_t before_len = 0, done = 0;
	int error = 0;

	if (kernel_read_links(
		    kernel, &context->arena, &before, &before_len, &context->diags))
		return EXIT_SYSTEM;
	while (!error && done < request->args_len) {
		error = kernel_attach(kernel, request->args[done], mode, &context->diags);
		done += !error;
	}
	if (!error)
		return links_print(context, kernel, request->args, request->args_len);
	while (done--)
		if (!was_attached(request->args[done], before, before_len))
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
