/* SPDX-License-Identifier: BSD-2-Clause */
/* detach DEV...|--all: take the program off devices. */
#include <errno.h>

#include "commands.h"

static enum exit_code detach_one(
	struct context *context, struct kernel *kernel, const char *dev)
{
	int error = kernel ? kernel_detach(kernel, dev, &context->diags) : -ENOENT;

	if (!kernel)
		diags_error(&context->diags, PLACE_NONE,
			"there is no state: nothing was attached or applied",
			"samepod is not attached to %s", dev);
	if (error == -ENOENT)
		return EXIT_BAD_REQUEST;
	return error ? EXIT_SYSTEM : EXIT_DONE;
}

static enum exit_code detach_all(struct context *context, struct kernel *kernel)
{
	struct kernel_link *links = NULL;
	enum exit_code code = EXIT_DONE, one;
	size_t len = 0;

	if (kernel &&
		kernel_read_links(kernel, &context->arena, &links, &len, &context->diags))
		return EXIT_SYSTEM;
	for (size_t i = 0; i < len; i++) {
		one = detach_one(context, kernel, links[i].dev);
		code = one > code ? one : code;
	}
	return code;
}

/* Every device is tried: what can be detached is. */
static enum exit_code detach_named(struct context *context, struct kernel *kernel)
{
	enum exit_code code = EXIT_DONE, one;

	for (size_t i = 0; i < context->request.args_len; i++) {
		one = detach_one(context, kernel, context->request.args[i]);
		code = one > code ? one : code;
	}
	return code;
}

enum exit_code detach_run(struct context *context)
{
	const struct request *request = &context->request;
	bool all = request->options[OPTION_ALL];
	struct live live = {0};
	enum exit_code code;

	if (all == (request->args_len > 0)) {
		diags_error(&context->diags, PLACE_NONE,
			"samepod detach DEV... or samepod detach --all",
			all ? "--all and a device exclude each other"
			    : "which device? None is named");
		return EXIT_BAD_REQUEST;
	}
	code = live_open(context, KERNEL_LINKS, &live);
	if (code == EXIT_DONE)
		code = all ? detach_all(context, live.kernel)
			   : detach_named(context, live.kernel);
	live_close(&live);
	return code;
}
