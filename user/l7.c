/* SPDX-License-Identifier: BSD-2-Clause */
/* l7: the HTTP helper, as told by its options. */
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>

#include "base/words.h"
#include "commands.h"
#include "l7/control.h"
#include "l7/keeper.h"
#include "model/ranges.h"
#include "model/text.h"

#define WORKERS_MAX 256

struct l7_command {
	struct context *context;
	struct arena arena; /* texts of the manifests that were read last */
	struct l7_settings settings;
	struct keeper_setup setup;
	struct sp_endpoint metrics;
};

static const struct l7_settings defaults = {
	.head_ms = 10000,
	.idle_ms = 60000,
	.connect_ms = 1000,
	.response_ms = 30000,
	.write_ms = 30000,
	.down_ms = 5000,
	.drain_ms = 30000,
	.limits = {.head_max = 16384, .target_max = 8192, .fields_max = 100},
	.connections_max = 65536,
	.connections_per_address_max = 4096,
	.retries_max = 1,
	.log = true,
	.log_format = RECORD_TEXT,
};

/* --- What the keeper calls --- */

/* Behind 'samepod apply' the XDP program keeps others away; here nothing would. */
static int ranges_refuse(const struct model *model, struct diags *diags)
{
	int error = 0;

	for (size_t i = 0; i < model->services_len; i++) {
		const struct service *service = &model->services[i];

		if (!service->filtered || service->vip.protocol != IPPROTO_TCP)
			continue;
		diags_error(diags, service->place,
			"run it without -f behind 'samepod apply', or leave the ranges "
			"out and let the network keep others away",
			"%s is for some sources only, which l7 -f does not check",
			service->name);
		error = -EINVAL;
	}
	return error;
}

static int manifests_of(void *context, struct model *ret_model)
{
	struct l7_command *command = context;
	struct context reading = {.request = command->context->request};
	enum exit_code code;
	int error;

	arena_done(&command->arena);
	code = manifests_read(
		&reading, reading.request.files, reading.request.files_len, ret_model);
	error = code == EXIT_DONE ? ranges_refuse(ret_model, &reading.diags) : -EINVAL;
	diags_print(stderr, &reading.diags);
	diags_done(&reading.diags);
	command->arena = reading.arena;
	return error;
}

static void tell(void *context, struct diags *diags)
{
	(void)context;
	diags_print(stderr, diags);
	diags_done(diags);
}

/* --- Options --- */

static const char *given(const struct l7_command *command, enum option option)
{
	return command->context->request.options[option];
}

/* Which of two words an option says. */
static enum exit_code choice_parse(struct l7_command *command, enum option option,
	const char *const *names, bool *ret_second)
{
	const char *word = given(command, option);
	int found = word ? words_find(names, (struct word){word, strlen(word)}) : 0;

	*ret_second = found == 1;
	if (found >= 0)
		return EXIT_DONE;
	word_error(command->context, option_words[option].name, word, names);
	return EXIT_BAD_REQUEST;
}

static enum exit_code ranges_parse(
	struct l7_command *command, enum option option, struct l7_ranges *ranges)
{
	struct context *context = command->context;
	const char *text = given(command, option);

	while (text) {
		struct word word = {text, strcspn(text, ",")};
		struct range *grown = arena_grow(
			&context->arena, ranges->at, ranges->len, sizeof(*ranges->at));

		if (!grown)
			return EXIT_SYSTEM;
		ranges->at = grown;
		if (range_parse(word, PLACE_NONE, &ranges->at[ranges->len++],
			    &context->diags))
			return EXIT_BAD_REQUEST;
		text = text[word.len] ? text + word.len + 1 : NULL;
	}
	return EXIT_DONE;
}

static enum exit_code address_parse(struct l7_command *command, enum option option,
	struct word text, struct sp_endpoint *ret_at)
{
	if (!pod_parse(text.text, text.len, ret_at)) {
		ret_at->protocol = IPPROTO_TCP;
		return EXIT_DONE;
	}
	diags_error(&command->context->diags, PLACE_NONE,
		"as in 127.0.0.1:8080 or [::]:8080", "--%s: '%.*s' is not ADDR:PORT",
		option_words[option].name, (int)text.len, text.text);
	return EXIT_BAD_REQUEST;
}

/* One "ADDR:PORT=SERVICE". */
static enum exit_code listen_parse(
	struct l7_command *command, struct word word, struct listen *ret_listen)
{
	const char *equals = memchr(word.text, '=', word.len);
	size_t len = equals ? (size_t)(equals - word.text) : word.len;

	ret_listen->service = equals ? arena_strndup(&command->context->arena, equals + 1,
					       word.len - len - 1)
				     : "";
	if (!ret_listen->service)
		return EXIT_SYSTEM;
	if (*ret_listen->service)
		return address_parse(command, OPTION_LISTEN,
			(struct word){word.text, len}, &ret_listen->at);
	diags_error(&command->context->diags, PLACE_NONE,
		"as in 0.0.0.0:8080=shop, or several with commas between",
		"--listen '%.*s' is not ADDR:PORT=SERVICE", (int)word.len, word.text);
	return EXIT_BAD_REQUEST;
}

static bool is_taken(const struct listen *listens, size_t len)
{
	for (size_t i = 0; i + 1 < len; i++)
		if (!memcmp(&listens[i].at, &listens[len - 1].at, sizeof(listens[i].at)))
			return true;
	return false;
}

static enum exit_code listens_parse(struct l7_command *command)
{
	struct context *context = command->context;
	const char *text = given(command, OPTION_LISTEN);
	struct listen *listens = NULL;
	size_t len = 0;

	while (text) {
		struct word word = {text, strcspn(text, ",")};
		struct listen *grown =
			arena_grow(&context->arena, listens, len, sizeof(*listens));
		enum exit_code code = EXIT_SYSTEM;

		if (grown)
			code = listen_parse(command, word, &grown[len++]);
		if (code != EXIT_DONE)
			return code;
		listens = grown;
		if (is_taken(listens, len)) {
			diags_error(&context->diags, PLACE_NONE, NULL,
				"--listen names the address of '%.*s' twice",
				(int)word.len, word.text);
			return EXIT_BAD_REQUEST;
		}
		text = text[word.len] ? text + word.len + 1 : NULL;
	}
	command->setup.listens = listens;
	command->setup.listens_len = len;
	return EXIT_DONE;
}

/* One worker a core that we may run on, unless told. */
static enum exit_code workers_parse(struct l7_command *command)
{
	const char *text = given(command, OPTION_WORKERS);
	cpu_set_t cpus;
	uint64_t number = 1;

	if (!text && !sched_getaffinity(0, sizeof(cpus), &cpus))
		number = (uint64_t)CPU_COUNT(&cpus);
	if (text && (!word_to_number((struct word){text, strlen(text)}, &number) ||
			    !number || number > WORKERS_MAX)) {
		diags_error(&command->context->diags, PLACE_NONE,
			"one for each core is the default",
			"--workers '%s' is outside 1..%d", text, WORKERS_MAX);
		return EXIT_BAD_REQUEST;
	}
	command->settings.workers =
		(uint32_t)(number > WORKERS_MAX ? WORKERS_MAX : number);
	return EXIT_DONE;
}

static enum exit_code proxy_to_parse(struct l7_command *command)
{
	static const char *const versions[] = {"1", "2", NULL};
	const char *text = given(command, OPTION_PROXY_TO);
	bool second;
	enum exit_code code = choice_parse(command, OPTION_PROXY_TO, versions, &second);

	if (text && code == EXIT_DONE)
		command->settings.proxy_to = second ? 2 : 1;
	return code;
}

static enum exit_code log_parse(struct l7_command *command)
{
	static const char *const formats[] = {"text", "json", NULL};
	const char *path = given(command, OPTION_ACCESS_LOG);
	bool is_json;
	enum exit_code code = choice_parse(command, OPTION_LOG_FORMAT, formats, &is_json);

	command->settings.log = !path || strcmp(path, "off") != 0;
	command->settings.log_format = is_json ? RECORD_JSON : RECORD_TEXT;
	command->setup.log_path = path ? path : "-";
	return code;
}

static enum exit_code proxies_parse(struct l7_command *command)
{
	static const char *const ways[] = {"append", "overwrite", NULL};
	struct l7_settings *settings = &command->settings;
	enum exit_code code = choice_parse(
		command, OPTION_FORWARDED, ways, &settings->forwarded_overwrite);

	if (code == EXIT_DONE)
		code = ranges_parse(command, OPTION_TRUST, &settings->trusted);
	if (code == EXIT_DONE)
		code = ranges_parse(command, OPTION_PROXY_FROM, &settings->proxy_from);
	return code == EXIT_DONE ? proxy_to_parse(command) : code;
}

static void control_parse(struct l7_command *command)
{
	const char *path = given(command, OPTION_CONTROL);

	command->setup.control_is_told = path;
	command->setup.control_path = path ? path : CONTROL_PATH;
	if (path && !strcmp(path, "off"))
		command->setup.control_path = NULL;
}

static enum exit_code metrics_parse(struct l7_command *command)
{
	const char *text = given(command, OPTION_METRICS);

	if (!text)
		return EXIT_DONE;
	command->setup.metrics = &command->metrics;
	return address_parse(command, OPTION_METRICS, (struct word){text, strlen(text)},
		&command->metrics);
}

static enum exit_code options_parse(struct l7_command *command)
{
	enum exit_code code = workers_parse(command);

	control_parse(command);
	if (code == EXIT_DONE)
		code = listens_parse(command);
	if (code == EXIT_DONE)
		code = log_parse(command);
	if (code == EXIT_DONE)
		code = proxies_parse(command);
	if (code == EXIT_DONE)
		code = metrics_parse(command);
	if (code == EXIT_DONE)
		code = limits_parse(command->context, &command->settings);
	return code;
}

enum exit_code l7_run(struct context *context)
{
	const char *pin_dir = context->request.options[OPTION_PIN_DIR];
	struct l7_command command = {.context = context, .settings = defaults};
	enum exit_code code;
	int error;

	command.setup = (struct keeper_setup){
		.settings = &command.settings,
		.read = context->request.files_len ? manifests_of : NULL,
		.pin_dir = pin_dir ? pin_dir : KERNEL_PIN_DIR,
		.user = context->request.options[OPTION_USER],
		.tell = tell,
		.context = &command,
	};
	code = options_parse(&command);
	if (code != EXIT_DONE)
		return code;
	error = keeper_run(&command.setup, &context->diags);
	arena_done(&command.arena);
	if (!error)
		return EXIT_DONE;
	return error == -EINVAL ? EXIT_BAD_REQUEST : EXIT_SYSTEM;
}
