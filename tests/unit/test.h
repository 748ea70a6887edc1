/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests as a table of functions: each prints its name when it fails, the program closes
 * with "N passed, N failed" and exits 1 when one failed. */
#ifndef TEST_H
#define TEST_H

#include <stdio.h>
#include <string.h>

static int test_failures;

#define EXPECT(condition)                                                                \
	do {                                                                             \
		if (!(condition)) {                                                      \
			printf("%s:%d: expected: %s\n", __FILE__, __LINE__, #condition); \
			test_failures++;                                                 \
		}                                                                        \
	} while (0)

#define EXPECT_EQ(got, want)                                                         \
	do {                                                                         \
		unsigned long long got_ = (unsigned long long)(got);                 \
		unsigned long long want_ = (unsigned long long)(want);               \
		if (got_ != want_) {                                                 \
			printf("%s:%d: %s is %llu (%#llx), expected %llu (%#llx)\n", \
				__FILE__, __LINE__, #got, got_, got_, want_, want_); \
			test_failures++;                                             \
		}                                                                    \
	} while (0)

#define EXPECT_STR(got, want)                                                      \
	do {                                                                       \
		const char *got_ = (got), *want_ = (want);                         \
		if (!got_ || strcmp(got_, want_)) {                                \
			printf("%s:%d: %s is \"%s\", expected \"%s\"\n", __FILE__, \
				__LINE__, #got, got_ ? got_ : "(null)", want_);    \
			test_failures++;                                           \
		}                                                                  \
	} while (0)

struct test {
	const char *sentence;
	void (*run)(void);
};

static inline int tests_run(const struct test *tests, size_t len)
{
	int failed = 0;

	for (size_t i = 0; i < len; i++) {
		test_failures = 0;
		tests[i].run();
		if (test_failures) {
			printf("FAIL %s\n", tests[i].sentence);
			failed++;
		}
	}
	printf("%zu passed, %d failed\n", len - (size_t)failed, failed);
	return failed != 0;
}

#define TESTS_RUN(tests) tests_run(tests, sizeof(tests) / sizeof((tests)[0]))

#endif
