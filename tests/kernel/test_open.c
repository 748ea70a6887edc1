// SPDX-License-Identifier: BSD-2-Clause
/* Whose state is opened, made anew or refused; and what two writers do to each other. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit/test.h"
#include "kernel/state.h"
#include "limits.h"
#include "types.h"
#include "world.h"

#define WRITERS 4
#define APPLIES 12

/* Open and close; `text` is in the first error or in its hint. */
static int try_open(const char *pin_dir, enum kernel_access access, const char *text)
{
	struct kernel *kernel = NULL;
	struct diags diags = {0};
	int error = kernel_open(pin_dir, access, &kernel, &diags);

	EXPECT_EQ(diags.errors_len, error && text ? 1 : 0);
	if (text && diags.errors_len) {
		const struct diag *diag = &diags.errors[0];

		if (!strstr(diag->message, text) &&
			(!diag->hint || !strstr(diag->hint, text)))
			printf("no '%s' in '%s', '%s'\n", text, diag->message,
				diag->hint ? diag->hint : "");
		EXPECT(strstr(diag->message, text) ||
			(diag->hint && strstr(diag->hint, text)));
	}
	diags_done(&diags);
	kernel_close(kernel);
	return error;
}

static int try_both(const char *text)
{
	int error = try_open(WORLD_PIN_DIR, KERNEL_READ, text);

	EXPECT_EQ(try_open(WORLD_PIN_DIR, KERNEL_WRITE, text), error);
	return error;
}

static void test_nothing(void)
{
	world_clear();
	EXPECT_EQ(try_open(WORLD_PIN_DIR, KERNEL_READ, NULL), -ENOENT);
	EXPECT(access(WORLD_PIN_DIR, F_OK) < 0);
	EXPECT_EQ(try_open(WORLD_PIN_DIR, KERNEL_WRITE, NULL), 0);
	EXPECT_EQ(try_open(WORLD_PIN_DIR, KERNEL_READ, NULL), 0);
}

static void test_layout(void)
{
	const struct sp_state other = {.layout = SP_LAYOUT + 1, .generation = 7};
	const __u32 zero = 0;
	int fd;

	world_clear();
	EXPECT_EQ(world_apply(world_sets[0]), 0);
	fd = bpf_obj_get(WORLD_PIN_DIR "/sp_state");
	EXPECT_EQ(bpf_map_update_elem(fd, &zero, &other, BPF_ANY), 0);
	close(fd);
	EXPECT_EQ(try_both("has number"), -EPROTO);
	EXPECT_EQ(try_both("rm -r " WORLD_PIN_DIR), -EPROTO);
	world_clear();
	EXPECT_EQ(world_apply(world_sets[0]), 0);
}

/* Put a map of another shape in the place of `name`. */
static void replace_map(
	const char *name, enum bpf_map_type type, __u32 key, __u32 value, __u32 entries)
{
	char path[128];
	int fd = bpf_map_create(type, "other", key, value, entries, NULL);

	world_clear();
	EXPECT_EQ(world_apply(world_sets[0]), 0);
	snprintf(path, sizeof(path), WORLD_PIN_DIR "/%s", name);
	EXPECT_EQ(unlink(path), 0);
	EXPECT_EQ(bpf_obj_pin(fd, path), 0);
	close(fd);
}

static void test_shape(void)
{
	replace_map("sp_pods", BPF_MAP_TYPE_ARRAY, 4, sizeof(struct sp_pod), 16);
	EXPECT_EQ(try_both("sp_pods, its number of entries is 16"), -EPROTO);
	replace_map("sp_pods", BPF_MAP_TYPE_ARRAY, 4, 8, SP_PODS_MAX);
	EXPECT_EQ(try_both("sp_pods, the size of its values is 8"), -EPROTO);
	replace_map("sp_vips", BPF_MAP_TYPE_HASH, 16, 4, SP_SERVICES_MAX);
	EXPECT_EQ(try_both("sp_vips, the size of its keys is 16"), -EPROTO);
	replace_map("sp_state", BPF_MAP_TYPE_HASH, 4, sizeof(struct sp_state), 1);
	EXPECT_EQ(try_both("sp_state, its type is 1"), -EPROTO);
	world_clear();
	EXPECT_EQ(world_apply(world_sets[0]), 0);
	EXPECT_EQ(unlink(WORLD_PIN_DIR "/sp_backs"), 0);
	EXPECT_EQ(try_both("it has no sp_backs"), -EPROTO);
}

/* Open with one size told, and close. */
static int try_size(enum kernel_memory memory, uint32_t entries, const char *text)
{
	struct kernel_sizes sizes = {0};
	struct kernel *kernel = NULL;
	struct diags diags = {0};
	int error;

	sizes.entries[memory] = entries;
	error = kernel_open_sized(WORLD_PIN_DIR, KERNEL_WRITE, &sizes, &kernel, &diags);
	EXPECT_EQ(diags.errors_len, error ? 1 : 0);
	if (text && diags.errors_len)
		EXPECT(strstr(diags.errors[0].message, text) != NULL);
	diags_done(&diags);
	kernel_close(kernel);
	return error;
}

static void test_sizes(void)
{
	for (int i = 0; i < KERNEL_MEMORIES; i++) {
		world_clear();
		EXPECT_EQ(try_size(i, KERNEL_SIZE_MIN, NULL), 0);
		EXPECT_EQ(try_size(i, KERNEL_SIZE_MIN, NULL), 0);
		EXPECT_EQ(try_size(i, KERNEL_SIZE_MIN + 1, "=1024, not 1025"), -EEXIST);
		EXPECT_EQ(try_open(WORLD_PIN_DIR, KERNEL_READ, NULL), 0);
		EXPECT_EQ(world_apply(world_sets[0]), 0);
		EXPECT(world_is(world_sets[0]));
	}
}

/* The old list and the new one lie in the map side by side until the old one is gone. */
static void test_ranges_full(void)
{
	static char text[32768];
	size_t len = (size_t)snprintf(text, sizeof(text), "service 192.0.2.1:80 source=");

	for (unsigned i = 0; i <= KERNEL_SIZE_MIN; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s10.%u.%u.0/24",
			i ? "," : "", i / 256, i % 256);
	snprintf(text + len, sizeof(text) - len, "\n10.0.0.1:80\n");
	world_clear();
	EXPECT_EQ(try_size(KERNEL_RANGES, KERNEL_SIZE_MIN, NULL), 0);
	EXPECT_EQ(world_apply(world_sets[0]), 0);
	EXPECT_EQ(world_apply(text), -ENOSPC);
	EXPECT(world_is(world_sets[0]));
	EXPECT(world_is_clean());
	EXPECT_EQ(world_apply(world_sets[1]), 0);
}

/* To detach needs no maps, and makes none. */
static void test_links(void)
{
	const struct sp_state other = {.layout = SP_LAYOUT + 1};
	const __u32 zero = 0;
	int fd;

	world_clear();
	EXPECT_EQ(try_open(WORLD_PIN_DIR, KERNEL_LINKS, NULL), -ENOENT);
	EXPECT(access(WORLD_PIN_DIR, F_OK) < 0);
	EXPECT_EQ(world_apply(world_sets[0]), 0);
	fd = bpf_obj_get(WORLD_PIN_DIR "/sp_state");
	EXPECT_EQ(bpf_map_update_elem(fd, &zero, &other, BPF_ANY), 0);
	close(fd);
	EXPECT_EQ(try_open(WORLD_PIN_DIR, KERNEL_LINKS, NULL), 0);
	EXPECT_EQ(try_both("has number"), -EPROTO);
}

static void test_half_made(void)
{
	world_clear();
	EXPECT_EQ(world_apply(world_sets[0]), 0);
	EXPECT_EQ(unlink(WORLD_PIN_DIR "/sp_state"), 0);
	EXPECT_EQ(try_open(WORLD_PIN_DIR, KERNEL_READ, NULL), -ENOENT);
	EXPECT_EQ(world_apply(world_sets[1]), 0);
	EXPECT(world_is(world_sets[1]));
	EXPECT(world_is_clean());
}

static void test_no_bpffs(void)
{
	world_clear();
	EXPECT(try_open("/tmp/samepod", KERNEL_WRITE, "mount -t bpf") < 0);
	EXPECT(try_open("/tmp/samepod", KERNEL_READ, "mount -t bpf") < 0);
	EXPECT(access("/tmp/samepod", F_OK) < 0);
	EXPECT(try_open("/nowhere/at/all", KERNEL_WRITE, "does not exist") < 0);
}

static int as_nobody(void)
{
	pid_t child;
	int status;

	fflush(stdout);
	child = fork();
	if (!child) {
		test_failures = 0;
		if (setgid(65534) || setuid(65534))
			_exit(2);
		EXPECT_EQ(try_open(WORLD_PIN_DIR, KERNEL_READ, "as root"), -EPERM);
		EXPECT_EQ(try_open(WORLD_PIN_DIR, KERNEL_WRITE, "as root"), -EPERM);
		fflush(stdout);
		_exit(test_failures != 0);
	}
	waitpid(child, &status, 0);
	return status;
}

static void test_no_root(void)
{
	EXPECT_EQ(world_apply(world_sets[0]), 0);
	EXPECT_EQ(as_nobody(), 0);
}

static void test_owner(void)
{
	world_clear();
	EXPECT_EQ(system("mkdir " WORLD_PIN_DIR " && chown 65534 " WORLD_PIN_DIR), 0);
	EXPECT_EQ(try_both("belongs to another user (id 65534)"), -EPERM);
	world_clear();
}

/* Whether the error of a load that failed says `text`. */
static bool load_says(const char *log, const char *text)
{
	struct diags diags = {0};
	bool says;

	EXPECT_EQ(check_load_failure(-EINVAL, log, &diags), -EINVAL);
	EXPECT_EQ(diags.errors_len, 1);
	says = strstr(diags.errors[0].message, text) ||
	       strstr(diags.errors[0].hint, text);
	if (!says)
		diags_print(stdout, &diags);
	diags_done(&diags);
	return says;
}

static void test_load(void)
{
	const char *log = "0: R1=ctx R10=fp0\nR3 invalid mem access\n"
			  "processed 9 insns (limit 1000000)\n";

	EXPECT(load_says(log, "R3 invalid mem access"));
	EXPECT(load_says("", "Invalid argument"));
	EXPECT_EQ(mount("none", "/sys/kernel/btf", "tmpfs", 0, NULL), 0);
	EXPECT(load_says(log, "no BTF"));
	EXPECT(load_says(log, "CONFIG_DEBUG_INFO_BTF"));
	EXPECT_EQ(umount("/sys/kernel/btf"), 0);
}

static pid_t start_writer(int number)
{
	pid_t child = fork();

	if (child)
		return child;
	for (int i = 0; i < APPLIES; i++)
		if (world_apply(world_sets[(i + number) % 2]))
			_exit(1);
	_exit(0);
}

/* Several apply sets by turns, from the making of the maps on; whoever looks sees one of
 * the two sets, whole. */
static void test_two_writers(void)
{
	int running = WRITERS, status, looks = 0;

	world_clear();
	fflush(stdout);
	for (int i = 0; i < WRITERS; i++)
		start_writer(i);
	while (running && !test_failures) {
		bool whole =
			world_model_is(world_sets[0]) || world_model_is(world_sets[1]);

		/* One set may have become the other between the two looks. */
		for (int i = 0; i < 20 && !whole; i++)
			whole = world_model_is(world_sets[i % 2]) || world_model_is("");
		EXPECT(whole);
		looks++;
		while (running && waitpid(-1, &status, WNOHANG) > 0) {
			running--;
			EXPECT_EQ(status, 0);
		}
	}
	EXPECT(looks > 5);
	EXPECT(world_is(world_sets[0]) || world_is(world_sets[1]));
	EXPECT(world_is_clean());
}

static const struct test tests[] = {
	{"a reader finds nothing and makes nothing, a writer makes the maps",
		test_nothing},
	{"state of another layout is refused, with the way to get rid of it",
		test_layout},
	{"maps of another shape are refused, and which is said", test_shape},
	{"sizes are set when the maps are made, and others refused later", test_sizes},
	{"an apply with more ranges than fit is refused, and changes nothing",
		test_ranges_full},
	{"links are opened whatever the layout, and nothing is made for them",
		test_links},
	{"a set of maps that was never finished is made anew", test_half_made},
	{"without a BPF filesystem the error says how to mount one", test_no_bpffs},
	{"without root the error says so", test_no_root},
	{"a directory that another user has made is refused", test_owner},
	{"a program that does not load says what the verifier says, or that BTF is "
	 "missing",
		test_load},
	{"writers take turns, and readers see one set or the other", test_two_writers},
};

int main(void)
{
	return world_enter() ? 2 : TESTS_RUN(tests);
}
