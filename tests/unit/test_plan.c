/* SPDX-License-Identifier: BSD-2-Clause */
/* What must change between two sets of services. */
#include "plan/plan.h"

#include "manifest_rows.h"

/* The plan as text: one line per changed service, "+", "-" or "~", its VIP, then its
 * changed pods in the same manner. */
static char *print_plan(const struct plan *plan)
{
	static const char signs[] = {[CHANGE_NONE] = '=',
		[CHANGE_ADD] = '+',
		[CHANGE_REMOVE] = '-',
		[CHANGE_MODIFY] = '~'};
	static char text[4096];
	FILE *file = fmemopen(text, sizeof(text), "w");
	char at[ENDPOINT_TEXT_MAX];

	text[0] = 0;
	for (size_t i = 0; i < plan->services_len; i++) {
		const struct plan_service *entry = &plan->services[i];
		const struct service *service =
			entry->wanted ? entry->wanted : entry->live;

		fprintf(file, "%c%s", signs[entry->change],
			vip_format(&service->vip, at));
		for (size_t j = 0; j < entry->pods_len; j++) {
			const struct plan_pod *pod = &entry->pods[j];

			EXPECT_EQ(!pod->live, pod->change == CHANGE_ADD);
			EXPECT_EQ(!pod->wanted, pod->change == CHANGE_REMOVE);
			fprintf(file, " %c%s", signs[pod->change],
				pod_format(pod->live ? &pod->live->at : &pod->wanted->at,
					at));
		}
		EXPECT_EQ(!entry->live, entry->change == CHANGE_ADD);
		EXPECT_EQ(!entry->wanted, entry->change == CHANGE_REMOVE);
		fputc('\n', file);
	}
	fprintf(file, "%zu changes\n", plan->changes_len);
	fclose(file);
	return text;
}

struct plan_row {
	const char *sentence, *live, *wanted, *plan;
};

#define A "service 192.0.2.1:80 name=a\n10.0.0.1:80\n10.0.0.2:80\n"
#define B "service 192.0.2.2:80 name=b\n10.0.0.3:80\n"

static const struct plan_row plan_rows[] = {
	{"nothing changes", A B, B A,
		"=192.0.2.1:80/tcp\n=192.0.2.2:80/tcp\n0 changes\n"},
	{"all is new", "", A B,
		"+192.0.2.1:80/tcp +10.0.0.1:80 +10.0.0.2:80\n+192.0.2.2:80/tcp "
		"+10.0.0.3:80\n"
		"2 changes\n"},
	{"all is gone", A B, "",
		"-192.0.2.1:80/tcp -10.0.0.1:80 -10.0.0.2:80\n-192.0.2.2:80/tcp "
		"-10.0.0.3:80\n"
		"2 changes\n"},
	{"nothing and nothing", "", "", "0 changes\n"},
	{"a pod comes, one goes, one stays", A,
		"service 192.0.2.1:80 name=a\n10.0.0.2:80\n10.0.0.9:80\n",
		"~192.0.2.1:80/tcp -10.0.0.1:80 +10.0.0.9:80\n1 changes\n"},
	{"a weight and a state change", A,
		"service 192.0.2.1:80 name=a\n10.0.0.1:80 weight=2\n10.0.0.2:80 "
		"draining\n",
		"~192.0.2.1:80/tcp ~10.0.0.1:80 ~10.0.0.2:80\n1 changes\n"},
	{"the policy alone changes", A,
		"service 192.0.2.1:80 name=a key=source-ip\n10.0.0.1:80\n10.0.0.2:80\n",
		"~192.0.2.1:80/tcp\n1 changes\n"},
	{"the order of pods alone changes", A,
		"service 192.0.2.1:80 name=a\n10.0.0.2:80\n10.0.0.1:80\n",
		"~192.0.2.1:80/tcp\n1 changes\n"},
	{"the name alone changes", A,
		"service 192.0.2.1:80 name=c\n10.0.0.1:80\n10.0.0.2:80\n",
		"~192.0.2.1:80/tcp\n1 changes\n"},
	{"a service moves to another port", A,
		"service 192.0.2.1:81 name=a\n10.0.0.1:80\n10.0.0.2:80\n",
		"-192.0.2.1:80/tcp -10.0.0.1:80 -10.0.0.2:80\n"
		"+192.0.2.1:81/tcp +10.0.0.1:80 +10.0.0.2:80\n2 changes\n"},
	{"the last pod goes", B, "service 192.0.2.2:80 name=b\n",
		"~192.0.2.2:80/tcp -10.0.0.3:80\n1 changes\n"},
};

static void run_plan_row(const struct plan_row *row)
{
	struct read live, wanted;
	struct plan plan = {0};

	read_text(&live, row->live);
	read_text(&wanted, row->wanted);
	EXPECT_EQ(plan_make(&live.model, &wanted.model, &plan), 0);
	EXPECT_STR(print_plan(&plan), row->plan);
	plan_done(&plan);
	read_done(&live);
	read_done(&wanted);
}

int main(void)
{
	size_t len = sizeof(plan_rows) / sizeof(plan_rows[0]), failed = 0;

	for (size_t i = 0; i < len; i++) {
		test_failures = 0;
		run_plan_row(&plan_rows[i]);
		if (test_failures) {
			printf("FAIL %s\n", plan_rows[i].sentence);
			failed++;
		}
	}
	printf("%zu passed, %zu failed\n", len - failed, failed);
	return failed != 0;
}
