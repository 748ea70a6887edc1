// SPDX-License-Identifier: BSD-2-Clause
/* Users and capabilities of the helper's processes. */
#include "l7/confine.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BIT(capability) (1ULL << (capability))

int confine_find_user(
	const char *name, struct confine_user *ret_user, struct diags *diags)
{
	const struct passwd *user;

	*ret_user = (struct confine_user){0};
	if (!name && geteuid())
		return 0;
	user = getpwnam(name ? name : "nobody");
	if (!user) {
		diags_error(diags, PLACE_NONE,
			"--user NAME; useradd --system NAME makes one",
			"there is no user '%s'", name ? name : "nobody");
		return -EINVAL;
	}
	if (geteuid() && user->pw_uid != geteuid()) {
		diags_error(diags, PLACE_NONE,
			"leave --user out: workers are who you are",
			"only root can let workers be '%s'", name);
		return -EINVAL;
	}
	*ret_user = (struct confine_user){
		.change = !geteuid(), .uid = user->pw_uid, .gid = user->pw_gid};
	return 0;
}

static int capabilities_set(uint64_t keep)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2], had[2];

	if (syscall(SYS_capget, &header, had))
		return -errno;
	for (int i = 0; i < 2; i++) {
		uint32_t kept = (uint32_t)(keep >> 32 * i) & had[i].permitted;

		data[i] = (struct __user_cap_data_struct){
			.effective = kept, .permitted = kept};
	}
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

/* Who may not take anything away from the bounding set has nothing to get from it:
 * nothing that is executed gains capabilities any more. */
static int capabilities_limit(uint64_t keep)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
		return -errno;
	for (unsigned long i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
		if (!(keep & BIT(i)) && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) &&
			errno != EPERM)
			return -errno;
	return 0;
}

int confine_drop(const struct confine_user *user)
{
	int error = capabilities_limit(0);

	if (!error && user && user->change &&
		(setgroups(0, NULL) || setresgid(user->gid, user->gid, user->gid) ||
			setresuid(user->uid, user->uid, user->uid)))
		error = -errno;
	return error ? error : capabilities_set(0);
}

int confine_keeper(bool live)
{
	uint64_t keep = BIT(CAP_NET_BIND_SERVICE) | BIT(CAP_SETUID) | BIT(CAP_SETGID) |
			BIT(CAP_SETPCAP) | BIT(CAP_KILL) | BIT(CAP_DAC_OVERRIDE);
	int error;

	/* Maps by their IDs are for SYS_ADMIN alone. */
	if (live)
		keep |= BIT(CAP_SYS_ADMIN) | BIT(CAP_BPF);
	error = capabilities_limit(keep);
	return error ? error : capabilities_set(keep);
}
