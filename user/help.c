/* SPDX-License-Identifier: BSD-2-Clause */
/* help [COMMAND]: the table of commands as text, and as parts of the manual page. */
#include <errno.h>
#include <string.h>

#include "commands.h"

#define TEXT_WIDTH 78
#define SUMMARY_AT 32

char *command_usage(const struct command *command, char buffer[USAGE_LEN])
{
	snprintf(buffer, USAGE_LEN, "samepod %s%s%s%s%s%s", command->name,
		command->object ? " " : "", command->object ? command->object : "",
		*command->args ? " " : "", command->args,
		command->options ? " [OPTIONS]" : "");
	return buffer;
}

/* Print `text` from column `indent` on, and set further lines in as far. */
static void print_wrapped(FILE *file, const char *text, size_t indent)
{
	size_t at = indent;

	while (*text) {
		size_t len = strcspn(text, " ");

		if (at > indent && at + 1 + len > TEXT_WIDTH) {
			fprintf(file, "\n%*s", (int)indent, "");
			at = indent;
		}
		at += (size_t)fprintf(
			file, "%s%.*s", at > indent ? " " : "", (int)len, text);
		text += len;
		text += strspn(text, " ");
	}
	fputc('\n', file);
}

static void print_entry(FILE *file, const char *head, const char *text)
{
	int len = fprintf(file, "  %s", head);

	if (len + 2 > SUMMARY_AT) {
		fputc('\n', file);
		len = 0;
	}
	fprintf(file, "%*s", SUMMARY_AT - len, "");
	print_wrapped(file, text, SUMMARY_AT);
}

static void print_options(FILE *file, uint64_t options)
{
	char head[96];

	for (unsigned i = 0; i < OPTION_COUNT; i++) {
		const struct option_word *option = &option_words[i];
		char letter[] = {'-', option->letter, ',', ' ', '\0'};

		if (!(options & 1ULL << i))
			continue;
		snprintf(head, sizeof(head), "%s--%s%s%s", option->letter ? letter : "",
			option->name, option->value ? " " : "",
			option->value ? option->value : "");
		print_entry(file, head, option->meaning);
	}
}

static void print_all(FILE *file)
{
	char head[64];

	fputs("samepod keeps every client on the same pod: an L4 load balancer in "
	      "XDP.\n\n"
	      "Usage: samepod [OPTIONS] COMMAND ...\n\nCommands:\n",
		file);
	for (size_t i = 0; i < commands_len; i++) {
		snprintf(head, sizeof(head), "%s%s%s %s", commands[i].name,
			commands[i].object ? " " : "",
			commands[i].object ? commands[i].object : "", commands[i].args);
		print_entry(file, head, commands[i].summary);
	}
	fputs("\nOptions of every command:\n", file);
	print_options(file, OPTIONS_GLOBAL);
	fputs("\nFILE is a file, a folder or '-' for stdin. SERVICE is name,\n"
	      "namespace/name[:port] or vip:port[/tcp|udp]. CLIENT is ip or ip:port, or\n"
	      "cookie=TEXT, header=TEXT, query=TEXT as the key of the service asks.\n"
	      "\n"
	      "Exit status: 0 done, 1 bad request, 2 the system refused, 3 the answer is "
	      "no.\n"
	      "'samepod help COMMAND' tells more, and so does samepod(8).\n",
		file);
}

static void print_command(FILE *file, const struct command *command)
{
	char usage[USAGE_LEN];

	fprintf(file, "Usage: %s\n", command_usage(command, usage));
	print_wrapped(file, command->summary, 0);
	if (*command->details)
		print_wrapped(file, command->details, 0);
	if (command->options)
		print_options(file, command->options);
}

void help_print(FILE *file, const char *name, const char *object)
{
	bool first = true;

	if (!name) {
		print_all(file);
		return;
	}
	for (size_t i = 0; i < commands_len; i++) {
		const struct command *command = &commands[i];

		if (strcmp(name, command->name) != 0 ||
			(object && command->object &&
				strcmp(object, command->object) != 0))
			continue;
		if (!first)
			fputc('\n', file);
		print_command(file, command);
		first = false;
	}
}

enum exit_code help_run(struct context *context)
{
	const struct request *request = &context->request;
	const char *part = request->options[OPTION_MAN];
	const char **words = request->args;

	if (part)
		return help_man_print(context, part);
	if (request->args_len && command_check(context, words, request->args_len))
		return EXIT_BAD_REQUEST;
	help_print(stdout, request->args_len > 0 ? words[0] : NULL,
		request->args_len > 1 ? words[1] : NULL);
	return EXIT_DONE;
}
