/* SPDX-License-Identifier: BSD-2-Clause */
/* The reasons of include/reasons.h and decap.h and the events of events.h as words, for
 * show and the manual page. */
#include "commands.h"

#define ACTION_FORWARD "forward"
#define ACTION_RESOLVE "resolve"
#define ACTION_STACK "stack"
#define ACTION_ANSWER "answer"
#define ACTION_DROP "drop"
#define ACTION_PASS "pass"
#define REASON(enum_name, name, action, meaning) {name, ACTION_##action, meaning},
#define EVENT(enum_name, name, meaning) {name, meaning},

const struct reason_word reason_words[SP_REASON_COUNT] = {SP_REASONS(REASON)};
const struct reason_word decap_words[SP_DECAP_COUNT] = {SP_DECAP_REASONS(REASON)};
const struct event_word event_words[SP_EVENT_COUNT] = {SP_EVENTS(EVENT)};
