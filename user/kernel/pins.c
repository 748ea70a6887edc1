// SPDX-License-Identifier: BSD-2-Clause
/* Maps pinned in a folder. */
#include "kernel/pins.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kernel/state.h"

/* free() it; NULL: memory is out. */
static char *pin_path(const struct pins *pins, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", pins->dir, name) < 0 ? NULL : path;
}

int pins_get(const struct pins *pins, const char *name)
{
	char *path = pin_path(pins, name);
	int fd = path ? bpf_obj_get(path) : -ENOMEM;

	free(path);
	return fd;
}

int pins_put(const struct pins *pins, const char *name, int fd)
{
	char *path = pin_path(pins, name);
	int error;

	if (!path)
		return -ENOMEM;
	/* What a run that was killed while creating has left. */
	error = unlink(path) && errno != ENOENT ? -errno : bpf_obj_pin(fd, path);
	free(path);
	return error;
}

int pins_refuse(const struct pins *pins, struct diags *diags, const char *format, ...)
{
	char why[160];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	diags_error(diags, PLACE_NONE, pins->way_out,
		"the state in %s is of another layout: %s", pins->dir, why);
	return -EPROTO;
}

/* A map of another shape would be misread even where the layout's number is the same. */
int pins_verify(const struct pins *pins, int fd, const struct bpf_map *ours,
	bool any_size, struct diags *diags)
{
	const char *name = bpf_map__name(ours);
	struct bpf_map_info info = {0};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return fail_system(diags, -errno, "cannot read about %s", name);

	const struct {
		const char *what;
		__u32 theirs, ours;
	} facts[] = {
		{"its type", info.type, bpf_map__type(ours)},
		{"the size of its keys", info.key_size, bpf_map__key_size(ours)},
		{"the size of its values", info.value_size, bpf_map__value_size(ours)},
		{"its number of entries", info.max_entries, bpf_map__max_entries(ours)},
	};
	size_t facts_len = sizeof(facts) / sizeof(facts[0]) - any_size;

	for (size_t i = 0; i < facts_len; i++)
		if (facts[i].theirs != facts[i].ours)
			return pins_refuse(pins, diags,
				"of %s, %s is %u, this samepod has %u", name,
				facts[i].what, facts[i].theirs, facts[i].ours);
	return 0;
}
