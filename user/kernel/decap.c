// SPDX-License-Identifier: BSD-2-Clause
/* The decapsulating program of a pod's node: its maps, pinned in a folder of their own
 * beside the links, what they are filled with, and its counters. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <decap.skel.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/hold.h"
#include "kernel/links.h"
#include "kernel/locals.h"
#include "kernel/pins.h"
#include "kernel/state.h"

/* The first is pinned last: a set without it was never finished. */
enum decap_map {
	DECAP_COUNTERS,
	DECAP_LOCALS,
	DECAP_SENDERS,
	DECAP_VLANS,
	DECAP_MAPS,
};

static const char *const decap_maps[DECAP_MAPS] = {
	[DECAP_COUNTERS] = "sp_decap",
	[DECAP_LOCALS] = "sp_locals",
	[DECAP_SENDERS] = "sp_senders",
	[DECAP_VLANS] = "sp_vlans",
};

struct decap {
	char *dir, way_out[512];
	struct bpf_object *object; /* not loaded when its maps are known already */
	bool is_new;		   /* its maps are not pinned */
};

static int decap_open(const struct kernel *kernel, struct decap *decap)
{
	struct bpf_object_open_opts options = {
		.sz = sizeof(options),
		.object_name = "samepod_decap",
	};
	size_t size;
	const void *bytes = decap_bpf__elf_bytes(&size);

	decap->dir = maps_pin_path(kernel, "decap");
	if (!decap->dir)
		return -ENOMEM;
	snprintf(decap->way_out, sizeof(decap->way_out),
		"'rm -r %s', then attach anew, with --from if there was one; what is "
		"attached goes on meanwhile",
		decap->dir);
	decap->object = bpf_object__open_mem(bytes, size, &options);
	return decap->object ? 0 : -errno;
}

static void decap_close(struct decap *decap)
{
	bpf_object__close(decap->object);
	free(decap->dir);
}

static struct pins decap_pins(const struct decap *decap)
{
	return (struct pins){.dir = decap->dir, .way_out = decap->way_out};
}

static struct bpf_map *decap_map(const struct decap *decap, enum decap_map map)
{
	return bpf_object__find_map_by_name(decap->object, decap_maps[map]);
}

/* --- Pinned maps --- */

/* Let the object use a pinned map. */
static int decap_reuse(
	const struct decap *decap, enum decap_map map, int fd, struct diags *diags)
{
	const struct pins pins = decap_pins(decap);
	int error = pins_verify(&pins, fd, decap_map(decap, map), false, diags);

	if (error)
		return error;
	error = bpf_map__reuse_fd(decap_map(decap, map), fd);
	return error ? fail_system(diags, error, "cannot use %s", decap_maps[map]) : 0;
}

/* Find the maps that are pinned, or that none are. */
static int decap_find(struct decap *decap, struct diags *diags)
{
	const struct pins pins = decap_pins(decap);
	int error = 0;

	for (int i = 0; i < DECAP_MAPS && !error; i++) {
		int fd = pins_get(&pins, decap_maps[i]);

		if (fd == -ENOENT && i == DECAP_COUNTERS) {
			decap->is_new = true;
			return 0;
		}
		if (fd == -ENOENT)
			return pins_refuse(&pins, diags, "it has no %s", decap_maps[i]);
		if (fd < 0)
			return fail_system(diags, fd, "cannot open %s/%s", decap->dir,
				decap_maps[i]);
		error = decap_reuse(decap, i, fd, diags);
		close(fd);
	}
	return error;
}

static int decap_pin(const struct decap *decap, struct diags *diags)
{
	const struct pins pins = decap_pins(decap);
	int error = mkdir(decap->dir, 0700) && errno != EEXIST ? -errno : 0;

	for (int i = DECAP_MAPS - 1; i >= 0 && !error; i--)
		error = pins_put(&pins, decap_maps[i], bpf_map__fd(decap_map(decap, i)));
	return error ? fail_system(diags, error, "cannot pin the maps in %s", decap->dir)
		     : 0;
}

/* --- What they hold --- */

struct sender {
	struct sp_prefix key;
	__u32 value;
};

static int senders_write(int map, const struct range *senders, size_t len)
{
	struct sender *at = calloc(len + 1, sizeof(*at));
	int error = at ? 0 : -ENOMEM;

	for (size_t i = 0; i < len && at; i++)
		at[i] = (struct sender){
			.key = {.len = senders[i].bits, .addr = senders[i].addr},
			.value = 1};
	if (!error)
		error = hold_exactly(
			map, at, len, sizeof(struct sp_prefix), sizeof(struct sender));
	free(at);
	return error;
}

/* Of anyone, as long as nobody has told otherwise. */
static int senders_refresh(const struct decap *decap, const struct range *senders,
	size_t len, struct diags *diags)
{
	const struct range anyone = {0};
	const struct sp_prefix key = {0};
	int map = bpf_map__fd(decap_map(decap, DECAP_SENDERS)), error = 0;
	__u32 value;

	if (senders)
		error = senders_write(map, senders, len);
	else if (decap->is_new)
		error = senders_write(map, &anyone, 1);
	if (error)
		return fail_system(
			diags, error, "cannot write who may send tunnel packets");
	if (!senders && !bpf_map_lookup_elem(map, &key, &value))
		diags_warning(diags, PLACE_NONE,
			"--from ADDRESS,... of the balancers; --from ::/0 is anyone, too",
			"tunnel packets of any sender are taken: whoever reaches this "
			"node can speak to its VIPs as any client");
	return 0;
}

static int locals_fill(const struct decap *decap, struct diags *diags)
{
	size_t vips = 0;
	int error = locals_refresh(bpf_map__fd(decap_map(decap, DECAP_LOCALS)), &vips);

	if (error)
		return fail_system(
			diags, error, "cannot read which addresses this node has");
	if (!vips)
		diags_warning(diags, PLACE_NONE,
			"'ip address add VIP/32 dev lo' (IPv6: VIP/128), then attach "
			"again",
			"no VIP is on this node: lo and dummy devices have no address");
	return 0;
}

/* --- Attach --- */

static int decap_attach(const struct kernel *kernel, struct decap *decap,
	const struct device *device, enum kernel_mode mode, const struct range *senders,
	size_t senders_len, struct diags *diags)
{
	struct decap_bpf__rodata *data = program_data(decap->object);
	int program, error = data ? decap_find(decap, diags) : -ENOENT;

	if (error)
		return error;
	program = program_load(
		decap->object, PROGRAM_DECAPSULATOR, (void *)data->sp_mac, device, diags);
	if (program < 0)
		return program;
	error = vlans_refresh(bpf_map__fd(decap_map(decap, DECAP_VLANS)), diags);
	if (!error)
		error = senders_refresh(decap, senders, senders_len, diags);
	if (!error)
		error = locals_fill(decap, diags);
	if (!error && decap->is_new)
		error = decap_pin(decap, diags);
	if (!error)
		error = links_renew(kernel, device, mode, program, diags);
	return error;
}

int kernel_attach_decap(struct kernel *kernel, const char *dev, enum kernel_mode mode,
	const struct range *senders, size_t senders_len, struct diags *diags)
{
	struct decap decap = {0};
	struct device device;
	int error = links_find_device(kernel, dev, KERNEL_DECAPSULATOR, &device, diags);

	if (error)
		return error;
	error = decap_open(kernel, &decap);
	if (error)
		fail_system(diags, error, "cannot read the built-in BPF object");
	else
		error = decap_attach(
			kernel, &decap, &device, mode, senders, senders_len, diags);
	if (!error)
		check_settings_of_pod(&device, diags);
	decap_close(&decap);
	return error;
}

/* --- Counters --- */

int kernel_read_decap(
	struct kernel *kernel, struct kernel_decap *ret_decap, struct diags *diags)
{
	struct decap decap = {0};
	int error = decap_open(kernel, &decap);

	*ret_decap = (struct kernel_decap){0};
	if (error)
		fail_system(diags, error, "cannot read the built-in BPF object");
	else
		error = decap_find(&decap, diags);
	if (!error && decap.is_new)
		error = -ENOENT;
	else if (!error)
		error = counts_read(bpf_map__fd(decap_map(&decap, DECAP_COUNTERS)),
			SP_DECAP_COUNT, ret_decap->packets);
	if (error && error != -ENOENT && !diags->errors_len)
		fail_system(diags, error, "cannot read the counters in %s", decap.dir);
	decap_close(&decap);
	return error;
}
