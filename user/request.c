/* SPDX-License-Identifier: BSD-2-Clause */
/* From the words of the command line to a request, by the table of commands. */
#include <errno.h>
#include <string.h>

#include "base/words.h"
#include "commands.h"

#define NAMES_MAX 32
#define HINT_LEN 512

/* Add to a NULL-terminated list what is not its last word already. */
static size_t names_add(const char *names[NAMES_MAX], size_t len, const char *name)
{
	if (len + 1 < NAMES_MAX && (!len || strcmp(names[len - 1], name) != 0))
		names[len++] = name;
	names[len] = NULL;
	return len;
}

int word_error(struct context *context, const char *what, const char *word,
	const char *const *names)
{
	char hint[HINT_LEN];

	words_suggest(names, (struct word){.text = word, .len = strlen(word)}, hint,
		sizeof(hint));
	if (*word)
		diags_error(
			&context->diags, PLACE_NONE, hint, "unknown %s '%s'", what, word);
	else
		diags_error(&context->diags, PLACE_NONE, hint, "the %s is missing", what);
	return -EINVAL;
}

static uint64_t options_legal(const struct context *context)
{
	const struct command *command = context->request.command;

	return OPTIONS_GLOBAL | (command ? command->options : 0);
}

/* Is it this option's letter, or its name with or without "=VALUE"? */
static bool option_matches(const struct option_word *option, const char *word)
{
	size_t len = strlen(option->name);

	if (word[1] != '-')
		return option->letter && word[1] == option->letter && !word[2];
	return !strncmp(word + 2, option->name, len) &&
	       (!word[2 + len] || word[2 + len] == '=');
}

/* An option whose command is another one, or comes later. */
static int option_misplaced(struct context *context, unsigned option)
{
	const char *name = context->request.name, *first = "";
	char hint[USAGE_LEN];

	for (size_t i = 0; i < commands_len && !*first; i++)
		if (commands[i].options & 1ULL << option)
			first = commands[i].name;
	snprintf(hint, sizeof(hint), "as in samepod %s --%s", first,
		option_words[option].name);
	if (name)
		diags_error(&context->diags, PLACE_NONE, hint,
			"--%s is not an option of %s", option_words[option].name, name);
	else
		diags_error(&context->diags, PLACE_NONE, hint,
			"--%s stands behind its command", option_words[option].name);
	return -EINVAL;
}

/* An option of no command, or of another one. */
static int option_error(struct context *context, const char *word)
{
	const char *names[NAMES_MAX] = {NULL};
	size_t len = 0;

	for (unsigned i = 0; i < OPTION_COUNT; i++)
		if (option_matches(&option_words[i], word))
			return option_misplaced(context, i);
	for (unsigned i = 0; i < OPTION_COUNT; i++) {
		char *name = arena_printf(&context->arena, "--%s", option_words[i].name);

		if (!name)
			return -ENOMEM;
		if (options_legal(context) & 1ULL << i)
			len = names_add(names, len, name);
	}
	return word_error(context, "option", word, names);
}

struct words {
	char **words;
	size_t len;
	size_t at; /* the next one */
};

static bool word_is_option(const char *word)
{
	return word[0] == '-' && word[1];
}

/* "FILE..." but not "NAME=N,...", which is one word. */
static bool option_takes_several(const struct option_word *option)
{
	const char *dots = strstr(option->value, "...");

	return dots && dots > option->value && dots[-1] != ',';
}

/* The value of an option: behind '=' or the next word; "FILE..." takes all words up to
 * the next option. */
static int option_take_value(struct context *context, const struct option_word *option,
	struct words *words, const char *word, const char **ret_value)
{
	struct request *request = &context->request;
	const char *equals = word[1] == '-' ? strchr(word, '=') : NULL;
	bool several = option_takes_several(option);

	if (!equals && words->at == words->len) {
		diags_error(&context->diags, PLACE_NONE, NULL, "--%s needs a value: %s",
			option->name, option->value);
		return -EINVAL;
	}
	*ret_value = equals ? equals + 1 : words->words[words->at++];
	if (!several)
		return 0;
	request->files[request->files_len++] = *ret_value;
	while (!equals && words->at < words->len &&
		!word_is_option(words->words[words->at]))
		request->files[request->files_len++] = words->words[words->at++];
	return 0;
}

static int option_take(struct context *context, struct words *words, const char *word)
{
	for (unsigned i = 0; i < OPTION_COUNT; i++) {
		const struct option_word *option = &option_words[i];

		if (!(options_legal(context) & 1ULL << i) ||
			!option_matches(option, word))
			continue;
		context->request.options[i] = "";
		if (!option->value && strchr(word, '=')) {
			diags_error(&context->diags, PLACE_NONE, NULL,
				"--%s takes no value", option->name);
			return -EINVAL;
		}
		if (!option->value)
			return 0;
		return option_take_value(
			context, option, words, word, &context->request.options[i]);
	}
	return option_error(context, word);
}

static const struct command *command_find(const char *name, const char *object)
{
	for (size_t i = 0; i < commands_len; i++) {
		const char *has = commands[i].object;

		if (!strcmp(name, commands[i].name) &&
			(!has || (object && !strcmp(object, has))))
			return &commands[i];
	}
	return NULL;
}

/* An error about the first word of a command, or with `name` about its second one. */
static int command_error(struct context *context, const char *name, const char *word)
{
	const char *names[NAMES_MAX] = {NULL};
	size_t len = 0;

	for (size_t i = 0; i < commands_len; i++) {
		if (!name)
			len = names_add(names, len, commands[i].name);
		else if (!strcmp(name, commands[i].name) && commands[i].object)
			len = names_add(names, len, commands[i].object);
	}
	return word_error(context, name ? "object" : "command", word, names);
}

static bool command_is_known(const char *name)
{
	for (size_t i = 0; i < commands_len; i++)
		if (!strcmp(name, commands[i].name))
			return true;
	return false;
}

int command_check(struct context *context, const char *const *words, size_t words_len)
{
	if (!command_is_known(words[0]))
		return command_error(context, NULL, words[0]);
	if (words_len < 2)
		return 0;
	if (!command_find(words[0], words[1]))
		return command_error(context, words[0], words[1]);
	if (command_find(words[0], NULL)) {
		diags_error(&context->diags, PLACE_NONE, NULL, "%s has no object '%s'",
			words[0], words[1]);
		return -EINVAL;
	}
	return 0;
}

/* Take the first word of a command, or its second one: those with objects have two. */
static int command_take(struct context *context, const char *word)
{
	struct request *request = &context->request;
	const char *taken[2] = {request->name ? request->name : word, word};
	size_t len = request->name ? 2 : 1;

	request->command = command_find(taken[0], len > 1 ? word : NULL);
	request->name = taken[0];
	return command_check(context, taken, len);
}

static int request_check(struct context *context)
{
	const struct request *request = &context->request;
	const struct command *command = request->command;
	char usage[USAGE_LEN], hint[USAGE_LEN + 8];

	if (request->options[OPTION_HELP] || request->options[OPTION_VERSION])
		return 0;
	if (!command)
		return command_error(context, request->name, "");
	if (request->args_len >= command->args_min &&
		request->args_len <= command->args_max)
		return 0;
	snprintf(hint, sizeof(hint), "usage: %s", command_usage(command, usage));
	if (request->args_len < command->args_min)
		diags_error(&context->diags, PLACE_NONE, hint, "%s needs %s",
			command->name, command->args);
	else
		diags_error(&context->diags, PLACE_NONE, hint, "'%s' is a word too many",
			request->args[command->args_max]);
	return -EINVAL;
}

int request_parse(struct context *context, char **argv, size_t argc)
{
	struct request *request = &context->request;
	struct words words = {.words = argv, .len = argc};
	bool options_end = false;
	int error = 0;

	request->args = arena_alloc(&context->arena, (argc + 1) * sizeof(char *));
	request->files = arena_alloc(&context->arena, (argc + 1) * sizeof(char *));
	if (!request->args || !request->files)
		return -ENOMEM;
	while (!error && words.at < words.len) {
		char *word = words.words[words.at++];

		if (!options_end && !strcmp(word, "--"))
			options_end = true;
		else if (!options_end && word_is_option(word))
			error = option_take(context, &words, word);
		else if (!request->command)
			error = command_take(context, word);
		else
			request->args[request->args_len++] = word;
	}
	return error ? error : request_check(context);
}
