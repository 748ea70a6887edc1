/* SPDX-License-Identifier: BSD-2-Clause */
/* The devices that samepod is attached to, as attach and show print them. */
#include <string.h>

#include "commands.h"

static bool is_wanted(const char *dev, const char *const *devs, size_t devs_len)
{
	for (size_t i = 0; i < devs_len; i++)
		if (!strcmp(dev, devs[i]))
			return true;
	return !devs_len;
}

const struct kernel_link *links_find(const struct links *links, const char *dev)
{
	for (size_t i = 0; i < links->len; i++)
		if (!strcmp(dev, links->at[i].dev))
			return &links->at[i];
	return NULL;
}

/* The same link with another program: no packet has passed without one. */
static const char *change_of(const struct kernel_link *link, const struct links *before)
{
	const struct kernel_link *old = links_find(before, link->dev);

	if (!old)
		return "attached";
	return old->link_id == link->link_id ? "program replaced" : "attached anew";
}

static void link_print(
	struct out *out, const struct kernel_link *link, const struct links *before)
{
	const uint8_t *m = link->mac;
	char mac[18];

	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2],
		m[3], m[4], m[5]);
	out_row_begin(out);
	out_str(out, "dev", link->dev);
	out_str(out, "kind", link->kind == KERNEL_BALANCER ? "balancer" : "decap");
	out_str(out, "mode", link->mode == KERNEL_NATIVE ? "native" : "generic");
	out_str(out, "mac", mac);
	out_uint(out, "program", link->program_id);
	out_uint(out, "link", link->link_id);
	if (before)
		out_str(out, "done", change_of(link, before));
	out_row_end(out);
}

enum exit_code links_print(struct context *context, struct kernel *kernel,
	const char *const *devs, size_t devs_len, const struct links *before)
{
	struct kernel_link *links = NULL;
	size_t len = 0;

	if (kernel &&
		kernel_read_links(kernel, &context->arena, &links, &len, &context->diags))
		return EXIT_SYSTEM;
	out_list_begin(&context->out, "links", OUT_COLUMNS);
	for (size_t i = 0; i < len; i++)
		if (is_wanted(links[i].dev, devs, devs_len))
			link_print(&context->out, &links[i], before);
	out_list_end(&context->out);
	return EXIT_DONE;
}
