// SPDX-License-Identifier: BSD-2-Clause
/* 10,000 services of 10 pods: how long it takes to make them live, and to change one. */
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "kernel/kernel.h"
#include "manifest/manifest.h"

#define SERVICES 10000
#define PODS 10
#define RUNS 15
#define PIN_DIR "/sys/fs/bpf/samepod-bench"

struct applied {
	struct kernel_apply_result result;
	double wall_ms, cpu_ms; /* manifests, maps and routes */
};

static double clock_ms(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Nothing of the machine's own is touched, and all is gone at the end. */
static int enter(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_LOOPBACK};
	int fd;

	if (unshare(CLONE_NEWNS | CLONE_NEWNET) ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL)) {
		fprintf(stderr, "bench_apply needs root: %s\n", strerror(errno));
		return -1;
	}
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (ioctl(fd, SIOCSIFFLAGS, &request))
		return -1;
	close(fd);
	return 0;
}

/* `other` replaces one pod of the service in the middle. */
static char *text_make(int other)
{
	char *text = malloc((size_t)SERVICES * (PODS + 1) * 48), *end = text;

	if (!text)
		abort();
	for (int i = 0; i < SERVICES; i++) {
		end += sprintf(end, "service 192.0.%d.%d:80/tcp name=service-%d\n",
			i >> 8, i & 0xff, i);
		for (int j = 0; j < PODS; j++) {
			int pod = i * PODS + j;

			if (other && i == SERVICES / 2 && !j)
				pod = SERVICES * PODS;
			end += sprintf(end, "10.%d.%d.%d:8080\n", pod >> 16,
				pod >> 8 & 0xff, pod & 0xff);
		}
	}
	return text;
}

static int apply(const char *text, struct applied *ret_applied, struct diags *diags)
{
	const struct source source = {"bench", text, strlen(text)};
	const struct manifest_options manifest = {0};
	const struct kernel_apply_options options = {.routes = true};
	struct model live = {0}, wanted = {0};
	struct kernel *kernel = NULL;
	struct plan plan = {0};
	double wall_start = clock_ms(CLOCK_MONOTONIC);
	double cpu_start = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
	int error = manifest_read(&source, 1, &manifest, &wanted, diags);

	if (!error)
		error = kernel_open(PIN_DIR, KERNEL_WRITE, &kernel, diags);
	if (!error)
		error = kernel_read_model(kernel, &live, diags);
	if (!error)
		error = plan_make(&live, &wanted, &plan);
	if (!error)
		error = kernel_apply(
			kernel, &plan, &options, &ret_applied->result, diags);
	ret_applied->wall_ms = clock_ms(CLOCK_MONOTONIC) - wall_start;
	ret_applied->cpu_ms = clock_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu_start;
	plan_done(&plan);
	model_done(&live);
	model_done(&wanted);
	kernel_close(kernel);
	return error;
}

static struct applied must_apply(const char *text)
{
	struct applied applied = {0};
	struct diags diags = {0};
	int error = apply(text, &applied, &diags);

	if (error) {
		diags_print(stderr, &diags);
		exit(1);
	}
	diags_done(&diags);
	return applied;
}

static double memory_mb(void)
{
	struct kernel_stats stats = {0};
	struct kernel *kernel = NULL;
	struct diags diags = {0};

	if (kernel_open(PIN_DIR, KERNEL_READ, &kernel, &diags) ||
		kernel_read_stats(kernel, &stats, &diags))
		diags_print(stderr, &diags);
	kernel_close(kernel);
	diags_done(&diags);
	return (double)stats.memory_bytes / 1e6;
}

static void row_print(const char *sentence, double value, const char *unit, double limit)
{
	printf("%-52s %8.2f %s", sentence, value, unit);
	if (limit > 0)
		printf("  (at most %g: %s)", limit, value <= limit ? "kept" : "MISSED");
	putchar('\n');
}

static int compare_doubles(const void *a, const void *b)
{
	const double *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static double median(double *values)
{
	qsort(values, RUNS, sizeof(*values), compare_doubles);
	return values[RUNS / 2];
}

static void change_one(const char *const texts[2])
{
	double work_ms[RUNS], cleanup_ms[RUNS], all_ms[RUNS];
	struct applied applied = {0};

	for (int i = 0; i < RUNS; i++) {
		applied = must_apply(texts[1 - i % 2]);
		work_ms[i] =
			(double)(applied.result.build_ns + applied.result.write_ns) / 1e6;
		cleanup_ms[i] = (double)applied.result.cleanup_ns / 1e6;
		all_ms[i] = applied.wall_ms;
	}
	row_print("change one: table and maps, CPU time", median(work_ms), "ms", 5);
	row_print(
		"change one: clearing away, waits included", median(cleanup_ms), "ms", 0);
	row_print("change one: all, with reading the manifests", median(all_ms), "ms", 0);
	printf("change one: %u service, %u pods, %llu words written\n",
		applied.result.services_written, applied.result.pods_written,
		(unsigned long long)applied.result.words_written);
}

int main(void)
{
	char *texts[2] = {text_make(0), text_make(1)};
	struct applied applied;

	if (enter())
		return 2;
	applied = must_apply(texts[0]);
	row_print("apply 10000 services of 10 pods", applied.wall_ms / 1e3, "s", 5);
	row_print("of that CPU time", applied.cpu_ms / 1e3, "s", 0);
	row_print("of that building tables, CPU time",
		(double)applied.result.build_ns / 1e9, "s", 0);
	row_print("of that writing maps and routes, CPU time",
		(double)applied.result.write_ns / 1e9, "s", 0);
	row_print("memory of all maps", memory_mb(), "MB", 150);
	change_one((const char *const *)texts);
	free(texts[0]);
	free(texts[1]);
	return 0;
}
