/* SPDX-License-Identifier: BSD-2-Clause */
/* explain SERVICE CLIENT...: which pod a client reaches, and why. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/probe.h"
#include "explain.h"

struct explain {
	struct context *context;
	struct live live; /* empty with --file */
	struct model files;
	const struct service *service;
	struct table table;
	bool is_live;
	const struct kernel_link *link; /* NULL: nothing is attached */
};

/* What the loaded program makes of a client, against the tables. */
struct program_answer {
	const char *word; /* NULL: it could not be run */
	bool disagrees;
	char target[ENDPOINT_TEXT_MAX]; /* where it sends the packet, if it disagrees */
};

/* Whether the frame that came out goes to the pod, and if not, where it goes. With l2
 * only its MAC address tells. */
static bool program_reaches(struct program_answer *answer, const struct service *service,
	const uint8_t *frame, size_t len, const struct pod *pod)
{
	enum sp_forward forward = service->policy.forward;
	struct sp_endpoint target;

	snprintf(answer->target, sizeof(answer->target), "nowhere");
	if (probe_read_target(frame, len, forward, &target))
		return false;
	pod_format(&target, answer->target);
	if (!pod)
		return false;
	if (forward == SP_FORWARD_L2 && !memcmp(&target, &service->vip, sizeof(target))) {
		snprintf(answer->target, sizeof(answer->target),
			"MAC address %02x:%02x:%02x:%02x:%02x:%02x", frame[0], frame[1],
			frame[2], frame[3], frame[4], frame[5]);
		return kernel_is_neighbour(&pod->at.addr, frame);
	}
	return !memcmp(&target, &pod->at, sizeof(target));
}

/* Compare where the frame that came out goes with the pod that the tables say. */
static void program_compare(struct program_answer *answer, const struct service *service,
	enum kernel_verdict verdict, const uint8_t *frame, size_t len,
	const struct pod *pod)
{
	answer->word = "agrees";
	if (verdict == KERNEL_TO_STACK && pod)
		answer->word =
			"not checked: it gave the packet to the stack ('samepod show "
			"stats' says why: no route, forwarding off, ...)";
	if (verdict == KERNEL_TO_STACK)
		return;
	if (verdict == KERNEL_FORWARDED &&
		program_reaches(answer, service, frame, len, pod))
		return;
	if (verdict != KERNEL_FORWARDED)
		snprintf(answer->target, sizeof(answer->target), "nowhere");
	answer->word = "DISAGREES";
	answer->disagrees = true;
}

/* A client that may not come is dropped, wherever its hash leads. */
static void program_compare_refused(
	struct program_answer *answer, enum kernel_verdict verdict)
{
	answer->disagrees = verdict != KERNEL_DROPPED;
	answer->word = answer->disagrees ? "DISAGREES" : "agrees";
	snprintf(answer->target, sizeof(answer->target), "%s",
		verdict == KERNEL_TO_STACK ? "the stack" : "a pod");
}

static struct program_answer program_ask(
	struct explain *explain, const struct client *client, const struct pod *pod)
{
	const struct service *service = explain->service;
	uint8_t frame[PROBE_LEN_MAX], out[PROBE_LEN_MAX * 2];
	struct program_answer answer = {0};
	enum kernel_verdict verdict;
	size_t len, out_len = 0;

	if (service->policy.forward == SP_FORWARD_L7) {
		answer.word = "not checked: samepod l7 serves it";
	} else if (!explain->link) {
		answer.word = "not checked: it is attached to no device";
	} else {
		len = probe_build(&client->at, &service->vip, explain->link->mac, frame);
		if (kernel_run(explain->live.kernel, explain->link, frame, len, out,
			    sizeof(out), &out_len, &verdict, &explain->context->diags))
			return answer;
		if (client->refused)
			program_compare_refused(&answer, verdict);
		else
			program_compare(&answer, service, verdict, out, out_len, pod);
	}
	return answer;
}

static enum exit_code program_print(
	struct explain *explain, const struct client *client, const struct pod *pod)
{
	struct context *context = explain->context;
	struct program_answer answer = program_ask(explain, client, pod);
	char at[ENDPOINT_TEXT_MAX];

	out_str(&context->out, "program", answer.word);
	if (answer.disagrees)
		diags_error(&context->diags, PLACE_NONE,
			"'samepod attach DEV' loads the program anew; if that does not "
			"help, please report it",
			"the loaded program sends client %.*s to %s, the tables say %s",
			(int)client->given.len, client->given.bytes, answer.target,
			pod ? pod_format(&pod->at, at) : "no pod");
	return answer.word && !answer.disagrees ? EXIT_DONE : EXIT_SYSTEM;
}

static const char *pod_text(const struct explain *explain, long place, char *buffer)
{
	return place < 0 ? NULL : pod_format(&explain->service->pods[place].at, buffer);
}

/* The slot's state; live, and only where it says more than the table, the pod before and
 * what decides. */
static void choice_print(struct explain *explain, const struct kernel_choice *choice)
{
	static const char *const by[] = {
		[KERNEL_BY_TABLE] = "table",
		[KERNEL_BY_SESSION] = "session",
		[KERNEL_BY_FLOW] = "flow",
	};
	struct out *out = &explain->context->out;
	char at[ENDPOINT_TEXT_MAX];

	out_str(out, "state", slot_state_name(choice->state));
	if (choice->state == SP_SLOT_CLEAN && choice->by == KERNEL_BY_TABLE)
		return;
	out_str(out, "current", pod_text(explain, choice->current, at));
	out_str(out, "previous", pod_text(explain, choice->previous, at));
	out_str(out, "by", by[choice->by]);
}

/* Returns the place of the pod that a new connection reaches; -1: none. */
static long client_find_pod(struct explain *explain, const struct client *client,
	uint32_t *ret_slot, struct kernel_choice *choice)
{
	const struct service *service = explain->service;
	long place = client->has_hash
			     ? table_find(&explain->table, client->hash, ret_slot)
			     : -1;

	*choice =
		(struct kernel_choice){.current = place, .previous = -1, .target = place};
	if (place >= 0 && explain->is_live && service->policy.forward != SP_FORWARD_L7)
		kernel_choose(explain->live.kernel, service, &client->at,
			explain->table.words[*ret_slot], choice);
	return client->refused ? -1 : choice->target;
}

static const char *state_without_pod(
	const struct explain *explain, const struct client *client)
{
	if (client->refused)
		return "refused";
	if (client->has_hash)
		return "no-pod";
	return explain->service->policy.key == SP_KEY_SOURCE_IP_PORT ? "any-pod"
								     : "no-key";
}

static enum exit_code client_print(struct explain *explain, const struct client *client)
{
	const struct service *service = explain->service;
	struct out *out = &explain->context->out;
	char key[SP_POLICY_LEN], at[ENDPOINT_TEXT_MAX];
	enum exit_code code = EXIT_DONE;
	struct kernel_choice choice;
	uint32_t slot = 0;
	long place = client_find_pod(explain, client, &slot, &choice);

	out_row_begin(out);
	out_str(out, "service", service->name);
	out_str_len(out, "client", client->given.bytes, client->given.len);
	out_str(out, "key", key_format(&service->policy, key, sizeof(key)));
	out_str_len(out, "text", client->text.bytes, client->text.len);
	if (client->has_hash)
		out_hex(out, "hash", client->hash);
	else
		out_null(out, "hash");
	if (choice.current >= 0)
		out_uint(out, "slot", slot);
	else
		out_null(out, "slot");
	out_str(out, "pod", pod_text(explain, place, at));
	if (place >= 0)
		choice_print(explain, &choice);
	else
		out_str(out, "state", state_without_pod(explain, client));
	if (explain->is_live)
		code = program_print(
			explain, client, place < 0 ? NULL : &service->pods[place]);
	out_row_end(out);
	return code;
}

static enum exit_code explain_client(
	struct explain *explain, struct text given, struct place place)
{
	struct client client;

	if (client_parse(
		    explain->service, given, place, &client, &explain->context->diags))
		return EXIT_BAD_REQUEST;
	return client_print(explain, &client);
}

/* A place whose name is written anew for each line; the arena keeps it for the error. */
struct line_place {
	struct source source;
	char name[40];
};

/* One answer a line in the same order. The first line that is not a client ends it: an
 * answer left out would shift all that follow. */
static enum exit_code explain_stdin(struct explain *explain)
{
	struct line_place *at = arena_alloc(&explain->context->arena, sizeof(*at));
	enum exit_code code = EXIT_DONE, worst = at ? EXIT_DONE : EXIT_SYSTEM;
	char *line = NULL;
	size_t size = 0;

	for (unsigned long n = 1; at && code != EXIT_BAD_REQUEST; n++) {
		ssize_t len = getline(&line, &size, stdin);

		if (len < 0)
			break;
		while (len && (line[len - 1] == '\n' || line[len - 1] == '\r'))
			len--;
		snprintf(at->name, sizeof(at->name), "<stdin>:%lu", n);
		at->source = (struct source){.name = at->name, .text = ""};
		code = explain_client(explain,
			(struct text){.bytes = line, .len = (size_t)len},
			(struct place){.source = &at->source});
		worst = code ? code : worst;
	}
	free(line);
	if (at && ferror(stdin)) {
		diags_error(&explain->context->diags, PLACE_NONE, NULL,
			"cannot read stdin: %s", strerror(errno));
		worst = EXIT_BAD_REQUEST;
	}
	return worst;
}

static enum exit_code explain_clients(struct explain *explain)
{
	const struct request *request = &explain->context->request;
	enum exit_code code, worst = EXIT_DONE;

	out_list_begin(&explain->context->out, NULL, OUT_PAIRS);
	for (size_t i = 1; i < request->args_len && worst != EXIT_BAD_REQUEST; i++) {
		const char *word = request->args[i];

		if (!strcmp(word, "-"))
			code = explain_stdin(explain);
		else
			code = explain_client(explain,
				(struct text){.bytes = word, .len = strlen(word)},
				PLACE_NONE);
		worst = code ? code : worst;
	}
	out_list_end(&explain->context->out);
	return worst;
}

static enum exit_code stdin_check(struct context *context)
{
	const struct request *request = &context->request;
	unsigned readers = 0;

	for (size_t i = 1; i < request->args_len; i++)
		readers += !strcmp(request->args[i], "-");
	for (size_t i = 0; i < request->files_len; i++)
		readers += !strcmp(request->files[i], "-");
	if (readers < 2)
		return EXIT_DONE;
	diags_error(&context->diags, PLACE_NONE,
		"give manifests as files and clients by '-', or the other way round",
		"stdin ('-') can be read once only");
	return EXIT_BAD_REQUEST;
}

/* The first device that the balancer runs on, if it does on any. */
static const struct kernel_link *find_balancer(
	const struct kernel_link *links, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (links[i].kind == KERNEL_BALANCER)
			return &links[i];
	return NULL;
}

/* The table of the service: built from files, or read from the maps. */
static enum exit_code explain_open(struct explain *explain)
{
	struct context *context = explain->context;
	const struct request *request = &context->request;
	struct kernel_link *links = NULL;
	size_t links_len = 0;
	struct model *model = explain->is_live ? &explain->live.model : &explain->files;
	enum exit_code code = explain->is_live
				      ? live_open(context, KERNEL_READ, &explain->live)
				      : manifests_read(context, request->files,
						request->files_len, model);

	if (code != EXIT_DONE)
		return code;
	explain->service = model_find_service(model, request->args[0], &context->diags);
	if (!explain->service)
		return EXIT_BAD_REQUEST;
	if (!explain->is_live && !table_build(explain->service, &explain->table))
		return EXIT_DONE;
	if (!explain->is_live) {
		diags_error(&context->diags, PLACE_NONE, NULL, "out of memory");
		return EXIT_SYSTEM;
	}
	if (kernel_read_table(explain->live.kernel, explain->service, &explain->table,
		    &context->diags) ||
		kernel_read_links(explain->live.kernel, &context->arena, &links,
			&links_len, &context->diags))
		return EXIT_SYSTEM;
	explain->link = find_balancer(links, links_len);
	return EXIT_DONE;
}

enum exit_code explain_run(struct context *context)
{
	struct explain explain = {
		.context = context, .is_live = !context->request.files_len};
	enum exit_code code = stdin_check(context);

	if (code == EXIT_DONE)
		code = explain_open(&explain);
	if (code == EXIT_DONE)
		code = explain_clients(&explain);
	table_done(&explain.table);
	live_close(&explain.live);
	model_done(&explain.files);
	return code;
}
