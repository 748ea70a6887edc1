// SPDX-License-Identifier: BSD-2-Clause
/* Errors of the system as diagnostics, and libbpf kept from printing its own. */
#include "kernel/state.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define HINT_ROOT "run it as root; CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON are the least"
#define HINT_MEMORY "the kernel is out of memory for maps; 'free -m' shows what is left"

static char kernel_message[256];

static const char *hint_of(int error)
{
	switch (error) {
	case -EPERM:
	case -EACCES:
		return HINT_ROOT;
	case -ENOMEM:
		return HINT_MEMORY;
	default:
		return NULL;
	}
}

int fail_system(struct diags *diags, int error, const char *format, ...)
{
	char message[512];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	diags_error(
		diags, PLACE_NONE, hint_of(error), "%s: %s", message, strerror(-error));
	return error == -EACCES ? -EPERM : error;
}

/* libbpf hands a driver's own words about a failed attach to its log only. */
static int keep_kernel_message(
	enum libbpf_print_level level, const char *format, va_list args)
{
	static const char prefix[] = "Kernel error message: ";
	char line[512];
	char *text;

	if (level != LIBBPF_WARN)
		return 0;
	vsnprintf(line, sizeof(line), format, args);
	text = strstr(line, prefix);
	if (text) {
		text += sizeof(prefix) - 1;
		text[strcspn(text, "\n")] = '\0';
		snprintf(kernel_message, sizeof(kernel_message), "%s", text);
	}
	return 0;
}

void fail_silence_libbpf(void)
{
	libbpf_set_print(keep_kernel_message);
}

const char *fail_kernel_message(void)
{
	return kernel_message;
}

void fail_forget_kernel_message(void)
{
	kernel_message[0] = '\0';
}
