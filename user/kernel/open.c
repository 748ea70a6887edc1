// SPDX-License-Identifier: BSD-2-Clause
/* The pin directory: where it must lie, and the lock that lets one writer in. */
#include "kernel/state.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define HINT_MOUNT                                                 \
	"mount -t bpf bpf /sys/fs/bpf ('ip netns exec' hides it; " \
	"'nsenter --net=/run/netns/NAME' does not)"

/* Maps can be pinned on a BPF filesystem only: look before a directory is made. */
static int check_filesystem(const char *pin_dir, struct diags *diags)
{
	char *copy = strdup(pin_dir);
	struct statfs parent;
	int error = 0;

	if (!copy)
		return fail_system(diags, -ENOMEM, "cannot open %s", pin_dir);
	if (statfs(dirname(copy), &parent)) {
		error = -errno;
		if (error == -ENOENT || error == -ENOTDIR)
			diags_error(diags, PLACE_NONE, HINT_MOUNT,
				"the directory above %s does not exist", pin_dir);
		else
			fail_system(diags, error, "cannot look above %s", pin_dir);
		error = error == -ENOENT ? -ENOTDIR : error;
	} else if (parent.f_type != BPF_FS_MAGIC) {
		error = -EMEDIUMTYPE;
		diags_error(diags, PLACE_NONE, HINT_MOUNT,
			"%s would not be on a BPF filesystem: none is mounted there",
			pin_dir);
	}
	free(copy);
	return error == -EACCES ? -EPERM : error;
}

/* The lock counts only while the directory is still the one at that path: another
 * process may have removed it while this one waited. */
static int lock_dir(struct kernel *kernel, bool *ret_stale)
{
	struct stat held, at_path;

	while (flock(kernel->dir_fd, LOCK_EX))
		if (errno != EINTR)
			return -errno;
	if (fstat(kernel->dir_fd, &held))
		return -errno;
	*ret_stale = stat(kernel->pin_dir, &at_path) || held.st_ino != at_path.st_ino ||
		     held.st_dev != at_path.st_dev;
	return 0;
}

static bool makes_dir(enum kernel_access access)
{
	return access == KERNEL_WRITE || access == KERNEL_DECAP;
}

static bool takes_lock(enum kernel_access access)
{
	return access != KERNEL_READ && access != KERNEL_LOOK;
}

static int open_dir(struct kernel *kernel)
{
	bool stale = true;
	int error = 0;

	while (stale && !error) {
		if (kernel->dir_fd >= 0)
			close(kernel->dir_fd);
		if (makes_dir(kernel->access) && mkdir(kernel->pin_dir, 0700) &&
			errno != EEXIST)
			error = -errno;
		kernel->dir_fd =
			open(kernel->pin_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (kernel->dir_fd < 0)
			return error ? error : -errno;
		stale = false;
		if (!error && takes_lock(kernel->access))
			error = lock_dir(kernel, &stale);
	}
	return error;
}

/* Anyone may make directories on a BPF filesystem that is mounted as by default, and
 * would own what is pinned there. */
static int check_owner(const struct kernel *kernel, struct diags *diags)
{
	struct stat dir;

	if (fstat(kernel->dir_fd, &dir))
		return fail_system(diags, -errno, "cannot open %s", kernel->pin_dir);
	if (!dir.st_uid || dir.st_uid == geteuid())
		return 0;
	diags_error(diags, PLACE_NONE, "remove it, or choose another: --pin-dir DIR",
		"%s belongs to another user (id %u), who could put any maps there",
		kernel->pin_dir, dir.st_uid);
	return -EPERM;
}

static struct kernel *kernel_new(const char *pin_dir, enum kernel_access access)
{
	struct kernel *kernel = calloc(1, sizeof(*kernel));

	if (!kernel)
		return NULL;
	kernel->access = access;
	kernel->dir_fd = -1;
	kernel->program_fd = -1;
	for (int i = 0; i < MAP_COUNT; i++)
		kernel->maps[i] = -1;
	kernel->pin_dir = strdup(pin_dir);
	if (!kernel->pin_dir) {
		free(kernel);
		return NULL;
	}
	return kernel;
}

int kernel_open_sized(const char *pin_dir, enum kernel_access access,
	const struct kernel_sizes *sizes, struct kernel **ret_kernel, struct diags *diags)
{
	struct kernel *kernel = kernel_new(pin_dir, access);
	int error;

	if (!kernel)
		return fail_system(diags, -ENOMEM, "cannot open %s", pin_dir);
	fail_silence_libbpf();
	error = check_filesystem(pin_dir, diags);
	if (error)
		goto out;
	error = open_dir(kernel);
	if (error == -ENOENT && !makes_dir(access))
		goto out;
	if (error) {
		error = fail_system(diags, error, "cannot open %s", pin_dir);
		goto out;
	}
	error = check_owner(kernel, diags);
	if (!error && (access == KERNEL_READ || access == KERNEL_WRITE))
		error = maps_open(kernel, sizes, diags);
out:
	if (error)
		kernel_close(kernel);
	else
		*ret_kernel = kernel;
	return error;
}

int kernel_open(const char *pin_dir, enum kernel_access access,
	struct kernel **ret_kernel, struct diags *diags)
{
	const struct kernel_sizes any = {0};

	return kernel_open_sized(pin_dir, access, &any, ret_kernel, diags);
}

void kernel_close(struct kernel *kernel)
{
	if (!kernel)
		return;
	maps_close(kernel);
	if (kernel->program_fd >= 0)
		close(kernel->program_fd);
	if (kernel->dir_fd >= 0)
		close(kernel->dir_fd);
	free(kernel->pin_dir);
	free(kernel);
}
