/* SPDX-License-Identifier: BSD-2-Clause */
/* attach DEV...: run the balancer or the decapsulating program on devices, all of them or
 * none. */
#include <errno.h>
#include <string.h>

#include "commands.h"

/* What is asked for. */
struct attach {
	enum kernel_mode mode;
	bool decap;
	struct range *senders;
	size_t senders_len;
};

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

/* Each program has options that mean nothing to the other. */
static enum exit_code attach_check(struct context *context, const struct attach *attach)
{
	const char *const *options = context->request.options;

	if (!attach->decap && options[OPTION_FROM])
		diags_error(&context->diags, PLACE_NONE,
			"samepod attach --decap --from ADDRESS,... DEV...",
			"--from is an option of the decapsulating program");
	else if (attach->decap && options[OPTION_SIZES])
		diags_error(&context->diags, PLACE_NONE,
			"the decapsulating program remembers nothing of traffic",
			"--sizes is an option of the balancer");
	else
		return EXIT_DONE;
	return EXIT_BAD_REQUEST;
}

static enum exit_code attach_parse(struct context *context, struct attach *attach)
{
	enum exit_code code = mode_parse(context, &attach->mode);

	attach->decap = context->request.options[OPTION_DECAP];
	if (code == EXIT_DONE)
		code = attach_check(context, attach);
	if (code == EXIT_DONE)
		code = senders_parse(context, &attach->senders, &attach->senders_len);
	return code;
}

static int attach_decap(struct context *context, struct kernel *kernel,
	const struct attach *attach, const struct links *before)
{
	const struct request *request = &context->request;
	size_t done = 0;
	int error = 0;

	while (!error && done < request->args_len) {
		error = kernel_attach_decap(kernel, request->args[done], attach->mode,
			attach->senders, attach->senders_len, &context->diags);
		done += !error;
	}
	while (error && done--)
		if (!links_find(before, request->args[done]))
			kernel_detach(kernel, request->args[done], &context->diags);
	return error;
}

static enum exit_code attach_all(
	struct context *context, struct kernel *kernel, const struct attach *attach)
{
	const struct request *request = &context->request;
	struct links before = {0};
	int error;

	if (kernel_read_links(
		    kernel, &context->arena, &before.at, &before.len, &context->diags))
		return EXIT_SYSTEM;
	if (attach->decap)
		error = attach_decap(context, kernel, attach, &before);
	else
		error = kernel_attach(kernel, request->args, request->args_len,
			attach->mode, &context->diags);
	if (!error)
		return links_print(
			context, kernel, request->args, request->args_len, &before);
	return error == -ENODEV ? EXIT_BAD_REQUEST : EXIT_SYSTEM;
}

enum exit_code attach_run(struct context *context)
{
	struct live live = {0};
	struct attach attach = {0};
	enum exit_code code = attach_parse(context, &attach);

	if (code == EXIT_DONE)
		code = live_open(
			context, attach.decap ? KERNEL_DECAP : KERNEL_WRITE, &live);
	if (code == EXIT_DONE)
		code = attach_all(context, live.kernel, &attach);
	live_close(&live);
	return code;
}
