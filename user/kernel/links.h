/* SPDX-License-Identifier: BSD-2-Clause */
/* A program on its way to a device: loaded for it, then put there by a pinned link. */
#ifndef KERNEL_LINKS_H
#define KERNEL_LINKS_H

#include "kernel/state.h"

/* Their names in the kernel, by which links.c tells them apart. */
#define PROGRAM_BALANCER "samepod"
#define PROGRAM_DECAPSULATOR "samepod_decap"

/* A device for a program of this kind. -ENODEV; -EINVAL when it carries no Ethernet;
 * -EBUSY when the other kind is on it, or the link is not of this network namespace;
 * another negative errno. All have their error in diags. */
int links_find_device(const struct kernel *kernel, const char *name,
	enum kernel_kind kind, struct device *ret_device, struct diags *diags);

/* Make `program_fd` the program of a device that links_find_device() has found, under the
 * link that it has or a new one. */
int links_renew(const struct kernel *kernel, const struct device *device,
	enum kernel_mode mode, int program_fd, struct diags *diags);

/* The program that our link of the device has, and its mode: an fd, or -ENOENT without
 * such a link, or another negative errno. */
int links_get_program(const struct kernel *kernel, const struct device *device,
	enum kernel_mode *ret_mode);

/* The read-only data of a built-in object that is not loaded yet; NULL: it has none. */
void *program_data(const struct bpf_object *object);

/* Load a built-in object that has its maps, with its program `name` for `device`, whose
 * MAC address goes to `mac` in its read-only data.
 * Returns the program's fd, which is the object's; or a negative errno with an error in
 * diags. */
int program_load(struct bpf_object *object, const char *name, void *mac,
	const struct device *device, struct diags *diags);

#endif
