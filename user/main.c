/* SPDX-License-Identifier: BSD-2-Clause */
/* samepod: from words to a command, from its outcome to an exit status. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "commands.h"

static enum exit_code request_run(struct context *context)
{
	const struct request *request = &context->request;

	if (request->options[OPTION_VERSION]) {
		printf("samepod %s\n", SAMEPOD_VERSION);
		return EXIT_DONE;
	}
	if (request->options[OPTION_HELP]) {
		help_print(stdout, request->name,
			request->command ? request->command->object : NULL);
		return EXIT_DONE;
	}
	return request->command->run(context);
}

/* An answer that did not arrive is no answer. A reader that went away knows it. */
static enum exit_code output_check(struct context *context, enum exit_code code)
{
	int error = out_close(&context->out);

	if (!error)
		return code;
	if (error != -EPIPE)
		diags_error(&context->diags, PLACE_NONE, NULL,
			"cannot write the output: %s", strerror(-error));
	return EXIT_SYSTEM;
}

int main(int argc, char **argv)
{
	struct context context = {0};
	enum exit_code code;
	int error;

	signal(SIGPIPE, SIG_IGN);
	error = request_parse(&context, argv + 1, argc > 1 ? (size_t)argc - 1 : 0);
	out_init(&context.out, stdout, context.request.options[OPTION_JSON]);
	if (error == -ENOMEM)
		diags_error(&context.diags, PLACE_NONE, NULL, "out of memory");
	if (error)
		code = error == -ENOMEM ? EXIT_SYSTEM : EXIT_BAD_REQUEST;
	else
		code = request_run(&context);
	code = output_check(&context, code);
	diags_print(stderr, &context.diags);
	diags_done(&context.diags);
	arena_done(&context.arena);
	return code;
}
