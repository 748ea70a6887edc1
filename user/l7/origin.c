// SPDX-License-Identifier: BSD-2-Clause
/* Tables from the kernel's state or from manifests. */
#include "l7/origin.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

static int map_kernel(struct origin *origin, struct diags *diags)
{
	struct kernel_tables tables;
	int error = kernel_map_tables(origin->kernel, &tables, diags);

	if (error)
		return error;
	origin->reach = (struct reach){
		.words = tables.words, .chunks = tables.chunks, .socket = -1};
	origin->tables = (struct l7_tables){
		.state = tables.state,
		.services = tables.services,
		.pods = tables.pods,
		.words = tables.words,
		.services_len = SP_SERVICES_MAX,
		.pods_len = SP_PODS_MAX,
	};
	return 0;
}

int origin_open_kernel(
	const char *pin_dir, struct origin *ret_origin, struct diags *diags)
{
	struct origin origin = {0};
	int error = kernel_open(pin_dir, KERNEL_READ, &origin.kernel, diags);

	if (error == -ENOENT)
		diags_error(diags, PLACE_NONE,
			"'samepod apply FILE' makes it; 'samepod l7 -f FILE' serves "
			"manifests without it",
			"there is no state under %s to serve", pin_dir);
	if (!error)
		error = map_kernel(&origin, diags);
	if (error)
		origin_close(&origin);
	else
		*ret_origin = origin;
	return error;
}

static void warn_udp(const struct model *model, struct diags *diags)
{
	for (size_t i = 0; i < model->services_len; i++)
		if (model->services[i].vip.protocol != IPPROTO_TCP)
			diags_warning(diags, model->services[i].place, NULL,
				"%s is not served: HTTP runs over TCP",
				model->services[i].name);
}

static int read_manifests(struct origin *origin, struct diags *diags)
{
	struct snapshot next = {0};
	struct model model = {0};
	int error = origin->read(origin->context, &model);

	if (error)
		goto out;
	warn_udp(&model, diags);
	error = snapshot_make(
		&model, origin->snapshot.memory ? &origin->snapshot : NULL, &next);
	if (error == -EINVAL)
		diags_error(diags, PLACE_NONE, NULL,
			"there is no TCP service in these manifests");
	else if (error)
		diags_error(diags, PLACE_NONE, NULL, "cannot make the tables: %s",
			strerror(-error));
	if (error)
		goto out;
	snapshot_done(&origin->snapshot);
	origin->snapshot = next;
	origin->tables = next.tables;
out:
	model_done(&model);
	return error;
}

int origin_open_manifests(
	origin_read read, void *context, struct origin *ret_origin, struct diags *diags)
{
	*ret_origin = (struct origin){.read = read, .context = context};
	return read_manifests(ret_origin, diags);
}

int origin_reload(struct origin *origin, struct diags *diags)
{
	return origin_is_live(origin) ? map_kernel(origin, diags)
				      : read_manifests(origin, diags);
}

void origin_close(struct origin *origin)
{
	kernel_close(origin->kernel);
	snapshot_done(&origin->snapshot);
}
