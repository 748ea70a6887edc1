/* SPDX-License-Identifier: BSD-2-Clause */
/* Files, folders and stdin into memory, and from there into a model. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "manifest/manifest.h"

#define FILE_SIZE_MAX ((size_t)256 << 20)
#define READ_SIZE_FIRST ((size_t)64 << 10)

struct input {
	struct context *context;
	struct source *sources;
	size_t len;
	bool stdin_read;
};

static int __attribute__((format(printf, 4, 5))) input_error(
	struct input *input, const char *name, const char *hint, const char *format, ...)
{
	struct source *source = arena_alloc(&input->context->arena, sizeof(*source));
	struct place place = {.source = source};
	char reason[256];
	va_list args;

	if (!source)
		return -ENOMEM;
	*source = (struct source){.name = name, .text = ""};
	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	diags_error(&input->context->diags, place, hint, "cannot be read: %s", reason);
	return -EINVAL;
}

static int input_too_large(struct input *input, const char *name)
{
	return input_error(input, name, "split it into several files",
		"it is larger than %zu MiB", FILE_SIZE_MAX >> 20);
}

/* A buffer of twice the size with the same bytes; NULL when memory is out. */
static char *input_grow(struct input *input, const char *text, size_t len, size_t *size)
{
	char *more = arena_alloc(&input->context->arena, *size * 2 + 1);

	if (more)
		memcpy(more, text, len);
	*size *= 2;
	return more;
}

static int input_add(struct input *input, const char *name, char *text, size_t len)
{
	input->sources = arena_grow(&input->context->arena, input->sources, input->len,
		sizeof(struct source));
	if (!text || !input->sources)
		return -ENOMEM;
	text[len] = '\0';
	input->sources[input->len++] =
		(struct source){.name = name, .text = text, .len = len};
	return 0;
}

/* Add all bytes of `fd`. Regular files tell how many to expect, pipes 0. */
static int input_read_fd(struct input *input, int fd, const char *name, size_t expected)
{
	size_t size = expected ? expected + 1 : READ_SIZE_FIRST, len = 0;
	char *text = arena_alloc(&input->context->arena, size + 1);

	while (text) {
		ssize_t got = read(fd, text + len, size - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return input_error(input, name, NULL, "%s", strerror(errno));
		if (!got)
			break;
		len += (size_t)got;
		if (len > FILE_SIZE_MAX)
			return input_too_large(input, name);
		if (len == size)
			text = input_grow(input, text, len, &size);
	}
	return input_add(input, name, text, len);
}

static int input_read_stdin(struct input *input)
{
	if (input->stdin_read)
		return input_error(input, "<stdin>", NULL, "'-' is named twice");
	input->stdin_read = true;
	return input_read_fd(input, STDIN_FILENO, "<stdin>", 0);
}

static int input_read_file(struct input *input, const char *path)
{
	struct stat status;
	int error, fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return input_error(input, path, NULL, "%s", strerror(errno));
	if (fstat(fd, &status))
		error = input_error(input, path, NULL, "%s", strerror(errno));
	else if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode))
		error = input_error(
			input, path, NULL, "it is neither a file nor a folder");
	else if (S_ISREG(status.st_mode) && (size_t)status.st_size > FILE_SIZE_MAX)
		error = input_too_large(input, path);
	else
		error = input_read_fd(input, fd, path,
			S_ISREG(status.st_mode) ? (size_t)status.st_size : 0);
	close(fd);
	return error;
}

static int is_manifest(const struct dirent *entry)
{
	static const char *const ends[] = {".yaml", ".yml", ".json", ".txt", ".list"};
	const char *end = strrchr(entry->d_name, '.');

	if (!end || entry->d_name[0] == '.')
		return 0;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (!strcmp(end, ends[i]))
			return 1;
	return 0;
}

/* Bytewise, whatever the locale: the order of errors is the same everywhere. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int input_read_folder(struct input *input, const char *path)
{
	struct dirent **entries;
	int error = 0, len = scandir(path, &entries, is_manifest, by_name);
	const char *slash = path[strlen(path) - 1] == '/' ? "" : "/";

	if (len < 0)
		return input_error(input, path, NULL, "%s", strerror(errno));
	if (!len)
		error = input_error(input, path, "name the files that you mean",
			"no *.yaml, *.yml, *.json, *.txt or *.list file is in this "
			"folder");
	for (int i = 0; i < len; i++) {
		char *name = arena_printf(&input->context->arena, "%s%s%s", path, slash,
			entries[i]->d_name);
		int failed = name ? input_read_file(input, name) : -ENOMEM;

		error = error ? error : failed;
		free(entries[i]);
	}
	free(entries);
	return error;
}

static int input_read_path(struct input *input, const char *path)
{
	struct stat status;

	if (!strcmp(path, "-"))
		return input_read_stdin(input);
	if (!stat(path, &status) && S_ISDIR(status.st_mode))
		return input_read_folder(input, path);
	return input_read_file(input, path);
}

/* Every path is tried, so that one run names all that cannot be read. */
static int input_read(struct input *input, const char *const *paths, size_t paths_len)
{
	int error = 0;

	for (size_t i = 0; i < paths_len; i++) {
		int failed = input_read_path(input, paths[i]);

		if (failed == -ENOMEM)
			return failed;
		error = error ? error : failed;
	}
	return error;
}

enum exit_code manifests_read(struct context *context, const char *const *paths,
	size_t paths_len, struct model *ret_model)
{
	struct input input = {.context = context};
	struct manifest_options options = {
		.cluster_ips = context->request.options[OPTION_CLUSTER_IPS]};
	int error = input_read(&input, paths, paths_len);

	if (!error)
		error = manifest_read(
			input.sources, input.len, &options, ret_model, &context->diags);
	if (error != -ENOMEM)
		return error ? EXIT_BAD_REQUEST : EXIT_DONE;
	diags_error(&context->diags, PLACE_NONE, NULL, "out of memory");
	return EXIT_SYSTEM;
}
