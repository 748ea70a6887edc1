/* SPDX-License-Identifier: BSD-2-Clause */
/* help --man: the parts of the manual page that come from tables, in mdoc. */
#include <ctype.h>
#include <string.h>

#include "commands.h"
#include "http/fault.h"
#include "http/record.h"
#include "l7/ending.h"
#include "l7/exposition.h"

#define LINE_WIDTH 78

/* Lines of roff: short ones, and a new one for each sentence. */
static void print_prose(const char *text)
{
	size_t at = 0;

	while (*text) {
		size_t len = strcspn(text, " ");
		bool sentence_ends = text[len - 1] == '.';
		size_t next = strcspn(text + len + strspn(text + len, " "), " ");

		printf("%.*s", (int)len, text);
		at += len + 1;
		text += len;
		text += strspn(text, " ");
		if (!*text || sentence_ends || at + next > LINE_WIDTH)
			at = 0;
		fputc(at ? ' ' : '\n', stdout);
	}
}

/* A sentence from a summary: upper case, full stop. */
static void print_sentence(const char *summary)
{
	char text[256];

	snprintf(text, sizeof(text), "%c%s.", toupper((unsigned char)summary[0]),
		summary + 1);
	print_prose(text);
}

static void print_options(uint64_t options)
{
	puts(".Bl -tag -width Ds -compact");
	for (unsigned i = 0; i < OPTION_COUNT; i++) {
		const struct option_word *option = &option_words[i];

		if (!(options & 1ULL << i))
			continue;
		fputs(".It ", stdout);
		if (option->letter)
			printf("Fl %c , ", option->letter);
		printf("Fl -%s", option->name);
		if (option->value)
			printf(" Ar %s", option->value);
		fputc('\n', stdout);
		print_sentence(option->meaning);
	}
	puts(".El");
}

static void print_commands(void)
{
	puts(".Bl -tag -width Ds");
	for (size_t i = 0; i < commands_len; i++) {
		const struct command *command = &commands[i];

		printf(".It Cm %s", command->name);
		if (command->object)
			printf(" %s", command->object);
		if (*command->args)
			printf(" Ar %s", command->args);
		fputc('\n', stdout);
		print_sentence(command->summary);
		if (*command->details)
			print_prose(command->details);
		if (command->options)
			print_options(command->options);
	}
	puts(".El");
}

static void print_reasons(const struct reason_word *words, size_t len)
{
	puts(".Bl -column resolve-client forward meaning");
	puts(".It Sy reason Ta Sy packet Ta Sy meaning");
	for (size_t i = 0; i < len; i++)
		printf(".It %s Ta %s Ta %s\n", words[i].name, words[i].action,
			words[i].meaning);
	puts(".El");
}

static void print_events(void)
{
	puts(".Bl -column fragment-remembered meaning");
	puts(".It Sy event Ta Sy meaning");
	for (size_t i = 0; i < SP_EVENT_COUNT; i++)
		printf(".It %s Ta %s\n", event_words[i].name, event_words[i].meaning);
	puts(".El");
}

static void print_flags(void)
{
	puts(".Bl -column UPE meaning");
	puts(".It Sy flag Ta Sy meaning");
	for (size_t i = 0; i < RECORD_FLAGS; i++)
		printf(".It %s Ta %s\n", record_flag_words[i].name,
			record_flag_words[i].meaning);
	puts(".El");
}

static void print_metrics(void)
{
	struct exposition_word word;

	puts(".Bl -tag -width Ds -compact");
	for (size_t i = 0; exposition_describe(i, &word); i++)
		printf(".It %s (%s)\n%s\n", word.name, word.type, word.help);
	puts(".El");
}

static void print_faults(void)
{
	puts(".Bl -column space-before-colon 400 meaning");
	puts(".It Sy details Ta Sy status Ta Sy meaning");
#define X(kind, word, status, meaning) puts(".It " word " Ta " #status " Ta " meaning);
	HTTP_FAULTS(X)
#undef X
	puts(".El");
}

static void print_endings(void)
{
	puts(".Bl -column response-body-timeout 503 UH meaning");
	puts(".It Sy details Ta Sy status Ta Sy flag Ta Sy meaning");
#define X(kind, word, status, flag, why) \
	puts(".It " word " Ta " #status " Ta " #flag " Ta " why);
	ENDINGS(X)
#undef X
	puts(".El");
}

enum exit_code help_man_print(struct context *context, const char *part)
{
	static const char *const parts[] = {"commands", "options", "reasons", "events",
		"flags", "faults", "endings", "metrics", "decap", NULL};

	if (!strcmp(part, "commands")) {
		print_commands();
	} else if (!strcmp(part, "options")) {
		print_options(OPTIONS_GLOBAL);
	} else if (!strcmp(part, "reasons")) {
		print_reasons(reason_words, SP_REASON_COUNT);
	} else if (!strcmp(part, "events")) {
		print_events();
	} else if (!strcmp(part, "flags")) {
		print_flags();
	} else if (!strcmp(part, "faults")) {
		print_faults();
	} else if (!strcmp(part, "endings")) {
		print_endings();
	} else if (!strcmp(part, "metrics")) {
		print_metrics();
	} else if (!strcmp(part, "decap")) {
		print_reasons(decap_words, SP_DECAP_COUNT);
	} else {
		word_error(context, "part", part, parts);
		return EXIT_BAD_REQUEST;
	}
	return EXIT_DONE;
}
