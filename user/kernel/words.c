// SPDX-License-Identifier: BSD-2-Clause
/* The words of all tables: chunks side by side in memory, new ones when they are needed.
 */
#include "kernel/state.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lookup.h"

#define CHUNK_LEN ((size_t)SP_CHUNK_WORDS * sizeof(uint64_t))
#define ALL_LEN (CHUNK_LEN * SP_CHUNKS_MAX)

uint32_t words_of_version(const struct sp_service_version *version)
{
	const struct sp_table_at at = {
		.first = version->first,
		.size = version->size,
		.algorithm = version->algorithm,
		.index_bits = version->index_bits,
	};

	return at.size ? sp_table_words(&at) : 0;
}

static uint64_t bit_of(uint32_t chunk)
{
	return 1ULL << chunk % 64;
}

static bool is_mapped(const struct words *words, uint32_t chunk)
{
	return words->mapped[chunk / 64] & bit_of(chunk);
}

static int chunk_map(struct kernel *kernel, uint32_t chunk, int fd)
{
	struct words *words = &kernel->words;
	int protection =
		kernel->access == KERNEL_WRITE ? PROT_READ | PROT_WRITE : PROT_READ;
	void *place = (char *)words->at + chunk * CHUNK_LEN;

	if (mmap(place, CHUNK_LEN, protection, MAP_SHARED | MAP_FIXED, fd, 0) ==
		MAP_FAILED)
		return -errno;
	words->mapped[chunk / 64] |= bit_of(chunk);
	return 0;
}

int words_get_chunk(const struct kernel *kernel, uint32_t chunk)
{
	__u32 id;
	int fd;

	if (bpf_map_lookup_elem(kernel->maps[MAP_TABLES], &chunk, &id))
		return -errno;
	fd = bpf_map_get_fd_by_id(id);
	return fd < 0 ? -errno : fd;
}

/* Addresses for as many chunks as there can be, so that a table is one array even
 * where it spans chunks. */
static int words_reserve(struct words *words)
{
	void *at = mmap(NULL, ALL_LEN, PROT_NONE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		return -errno;
	words->at = at;
	return 0;
}

/* Chunks are never taken away and fill sp_tables from the front. */
int words_open(struct kernel *kernel, struct diags *diags)
{
	struct words *words = &kernel->words;
	int error = words->at ? 0 : words_reserve(words);
	__u32 id;

	while (!error && words->held < SP_CHUNKS_MAX)
		if (!bpf_map_lookup_elem(kernel->maps[MAP_TABLES], &words->held, &id))
			words->held++;
		else
			error = -errno;
	if (error && error != -ENOENT)
		return fail_system(diags, error, "cannot open the tables");
	words->len = words->held;
	return 0;
}

void words_close(struct kernel *kernel)
{
	struct words *words = &kernel->words;

	for (uint32_t i = words->held; i < words->len; i++)
		close(words->added[i - words->held]);
	if (words->at)
		munmap(words->at, ALL_LEN);
	*words = (struct words){0};
}

/* A chunk as bpf/maps.h has it, with BTF so that bpftool prints numbers.
 * Returns an fd or a negative errno. */
static int chunk_create(void)
{
	struct bpf_map_create_opts options = {
		.sz = sizeof(options), .map_flags = BPF_F_MMAPABLE};
	struct btf *btf = btf__new_empty();
	int fd;

	if (!btf)
		return -errno;
	options.btf_key_type_id = btf__add_int(btf, "unsigned int", sizeof(__u32), 0);
	options.btf_value_type_id =
		btf__add_int(btf, "unsigned long long", sizeof(__u64), 0);
	if (!btf__load_into_kernel(btf))
		options.btf_fd = btf__fd(btf);
	else
		options.btf_key_type_id = options.btf_value_type_id = 0;
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "sp_chunk", sizeof(__u32), sizeof(__u64),
		SP_CHUNK_WORDS, &options);
	btf__free(btf);
	return fd;
}

/* Takes `fd` over. */
static void added_put(struct words *words, int fd)
{
	words->added[words->len - words->held] = fd;
	words->len++;
}

/* Only what is touched is mapped: that costs more than all else when little changes. */
static int chunk_reach(struct kernel *kernel, uint32_t chunk)
{
	struct words *words = &kernel->words;
	int fd, error;

	if (is_mapped(words, chunk))
		return 0;
	if (chunk < words->held) {
		fd = words_get_chunk(kernel, chunk);
		error = fd < 0 ? fd : chunk_map(kernel, chunk, fd);
		if (fd >= 0)
			close(fd);
		return error;
	}
	fd = chunk_create();
	if (fd < 0)
		return fd;
	added_put(words, fd);
	return chunk_map(kernel, chunk, fd);
}

int words_reach(struct kernel *kernel, uint32_t first, uint32_t len, struct diags *diags)
{
	uint32_t last = (first + len - 1) >> SP_CHUNK_BITS;
	int error = 0;

	for (uint32_t chunk = first >> SP_CHUNK_BITS; chunk <= last && !error; chunk++)
		error = chunk_reach(kernel, chunk);
	return error ? fail_system(diags, error, "cannot reach the words of a table") : 0;
}

/* All at once, since the kernel waits for its readers after every call. */
int words_publish(struct kernel *kernel, struct diags *diags)
{
	struct bpf_map_batch_opts options = {.sz = sizeof(options)};
	struct words *words = &kernel->words;
	__u32 count = words->len - words->held;
	__u32 numbers[SP_CHUNKS_MAX];

	if (!count)
		return 0;
	for (__u32 i = 0; i < count; i++)
		numbers[i] = words->held + i;
	if (bpf_map_update_batch(
		    kernel->maps[MAP_TABLES], numbers, words->added, &count, &options))
		return fail_system(diags, -errno, "cannot add memory for tables");
	for (uint32_t i = 0; i < words->len - words->held; i++)
		close(words->added[i]);
	words->held = words->len;
	return 0;
}
