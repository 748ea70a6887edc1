/* SPDX-License-Identifier: BSD-2-Clause */
/* What commands share: the table of words, the request made from them, the exit codes. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "kernel/kernel.h"
#include "l7/settings.h"
#include "model/model.h"
#include "out/out.h"
#include "plan/plan.h"

#ifndef SAMEPOD_VERSION /* a test builds a second one */
#define SAMEPOD_VERSION "0.1.0"
#endif

enum exit_code {
	EXIT_DONE = 0,
	EXIT_BAD_REQUEST = 1, /* words, files, manifests */
	EXIT_SYSTEM = 2,      /* the system refused */
	EXIT_NO = 3,	      /* the answer is no */
};

enum option {
	OPTION_JSON,
	OPTION_PIN_DIR,
	OPTION_VERSION,
	OPTION_HELP,
	OPTION_CLUSTER_IPS,
	OPTION_FILE,
	OPTION_DRY_RUN,
	OPTION_NO_ROUTES,
	OPTION_ALLOW_EMPTY,
	OPTION_WINDOW,
	OPTION_TCP_IDLE,
	OPTION_UDP_IDLE,
	OPTION_SIZES,
	OPTION_MODE,
	OPTION_DECAP,
	OPTION_FROM,
	OPTION_ALL,
	OPTION_UNDO,
	OPTION_SLOTS,
	OPTION_CONTROL,
	OPTION_LISTEN,
	OPTION_WORKERS,
	OPTION_USER,
	OPTION_ACCESS_LOG,
	OPTION_LOG_FORMAT,
	OPTION_METRICS,
	OPTION_TRUST,
	OPTION_FORWARDED,
	OPTION_PROXY_FROM,
	OPTION_PROXY_TO,
	OPTION_LIMITS,
	OPTION_MAN,
	OPTION_COUNT,
};

struct option_word {
	char letter;	   /* 0: none */
	const char *name;  /* without "--" */
	const char *value; /* what follows: "DIR"; with "..." several; NULL: nothing */
	const char *meaning;
};

extern const struct option_word option_words[OPTION_COUNT];

/* Options that every command takes. */
#define OPTIONS_GLOBAL                                                           \
	(1ULL << OPTION_JSON | 1ULL << OPTION_PIN_DIR | 1ULL << OPTION_VERSION | \
		1ULL << OPTION_HELP)

/* The reasons of include/reasons.h and decap.h, and the events of include/events.h. */
struct reason_word {
	const char *name;
	/* "forward", "resolve", "stack", "answer" or "drop"; of decap.h "pass" or "drop"
	 */
	const char *action;
	const char *meaning;
};

struct event_word {
	const char *name;
	const char *meaning;
};

extern const struct reason_word reason_words[SP_REASON_COUNT];
extern const struct reason_word decap_words[SP_DECAP_COUNT];
extern const struct event_word event_words[SP_EVENT_COUNT];

struct context;

struct command {
	const char *name;
	const char *object; /* second word: "show services"; NULL: none */
	const char *args;   /* "FILE..."; "" when it takes none */
	unsigned args_min, args_max;
	uint64_t options;    /* bits of enum option, beside OPTIONS_GLOBAL */
	const char *summary; /* begins in lower case, no full stop */
	const char *details; /* sentences; "" when the summary says it all */
	enum exit_code (*run)(struct context *context);
};

extern const struct command commands[];
extern const size_t commands_len;

/* What the user asked for, by the tables above. Words are borrowed from argv. */
struct request {
	const char *name;	       /* first word; NULL: only global options */
	const struct command *command; /* NULL: only global options, or help of `name` */
	const char *options[OPTION_COUNT]; /* value, or "" without one; NULL: not given */
	const char **args;
	size_t args_len;
	const char **files; /* of --file */
	size_t files_len;
};

/* All that a command may use. Sources of manifests live until the diags are printed. */
struct context {
	struct request request;
	struct arena arena;
	struct diags diags;
	struct out out;
};

/* Returns 0; -EINVAL with an error in context->diags; -ENOMEM. */
int request_parse(struct context *context, char **words, size_t words_len);

/* "samepod show services [SERVICE] [OPTIONS]". Returns `buffer`. */
#define USAGE_LEN 160
char *command_usage(const struct command *command, char buffer[USAGE_LEN]);

/* 0, or -EINVAL with an error when no command has these words: one or two. */
int command_check(struct context *context, const char *const *words, size_t words_len);

/* An error about one word ("": it is missing); the hint has the one of `names` (NULL-
 * terminated) that was probably meant, or all of them. Returns -EINVAL. */
int word_error(struct context *context, const char *what, const char *word,
	const char *const *names);

/* Print the help of a command: of all its objects without one, of samepod without name.
 */
void help_print(FILE *file, const char *name, const char *object);

/* Print "commands", "options", "reasons", "events" or "decap" in mdoc. */
enum exit_code help_man_print(struct context *context, const char *part);

/* Read manifests: files, folders, "-" for stdin. Errors are in context->diags.
 * ret_model: zero-initialised, filled on success; model_done() frees it. */
enum exit_code manifests_read(struct context *context, const char *const *paths,
	size_t paths_len, struct model *ret_model);

/* The state in the kernel: NULL and an empty model when nothing is pinned and access does
 * not make it; the model is read with KERNEL_READ and KERNEL_WRITE. live_close() takes
 * what was never opened. */
struct live {
	struct kernel *kernel;
	struct model model;
};

/* Read --from: ranges in the arena's memory; NULL when it is not given. */
enum exit_code senders_parse(
	struct context *context, struct range **ret_senders, size_t *ret_len);

/* Read --sizes; 0 for what is not given. */
enum exit_code sizes_parse(struct context *context, struct kernel_sizes *ret_sizes);

/* Read --limits into settings that have their defaults. */
enum exit_code limits_parse(struct context *context, struct l7_settings *settings);

enum exit_code live_open(
	struct context *context, enum kernel_access access, struct live *ret_live);
void live_close(struct live *live);

/* The service that the command's first argument names; all of them without one. */
enum exit_code services_select(struct context *context, const struct model *model,
	const struct service **ret_services, size_t *ret_len);

/* "source-ip", "cookie:sid". Returns `buffer`, cut when it is too small. */
char *key_format(const struct policy *policy, char *buffer, size_t size);

/* A table of services; `traffic`: of each of them, or NULL. */
void services_print(struct out *out, const struct service *services, size_t len,
	const struct kernel_traffic *traffic);

/* Its fields. */
void traffic_print(struct out *out, const struct kernel_traffic *traffic);

/* "clean", "moving", "pinned". */
const char *slot_state_name(enum sp_slot_state state);

/* What must change from `live` to `wanted`; pods that were drained by hand drain in
 * `wanted`, too. */
enum exit_code changes_plan(struct context *context, const struct model *live,
	struct model *wanted, struct plan *ret_plan);

/* Print what differs, then one line of totals; `result` may be NULL. */
void changes_print(struct out *out, const struct plan *plan,
	const struct kernel_apply_result *result);

struct links {
	struct kernel_link *at;
	size_t len;
};

/* The link of a device; NULL: there is none. */
const struct kernel_link *links_find(const struct links *links, const char *dev);

/* Print links, those of `devs` or all, and against those of before, if they are given,
 * what became of each. */
enum exit_code links_print(struct context *context, struct kernel *kernel,
	const char *const *devs, size_t devs_len, const struct links *before);

enum exit_code apply_run(struct context *context);
enum exit_code attach_run(struct context *context);
enum exit_code check_run(struct context *context);
enum exit_code detach_run(struct context *context);
enum exit_code drain_run(struct context *context);
enum exit_code diff_run(struct context *context);
enum exit_code explain_run(struct context *context);
enum exit_code help_run(struct context *context);
enum exit_code l7_run(struct context *context);
enum exit_code show_flows_run(struct context *context);
enum exit_code show_l7_run(struct context *context);
enum exit_code show_links_run(struct context *context);
enum exit_code show_pods_run(struct context *context);
enum exit_code show_services_run(struct context *context);
enum exit_code show_sessions_run(struct context *context);
enum exit_code show_stats_run(struct context *context);
enum exit_code show_table_run(struct context *context);

#endif
