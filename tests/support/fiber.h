/* SPDX-License-Identifier: MIT */
/* fiber.h - lets tests await: the whole group of tests runs on one fiber. */
#ifndef TEST_FIBER_H
#define TEST_FIBER_H

/* Makes a runtime with its loop on this thread, runs fn on a fiber, and takes the runtime down when
 * fn has returned, together with the fibers that fn started. Returns what fn returned. For main():
 *     static int tests(void) { ... return cmocka_run_group_tests(...); }
 *     int main(void) { return test_on_fiber(tests); }
 * Assertions of cmocka then jump within one stack. Fibers that a test starts itself must not
 * assert; let them leave what they found where the test looks. */
int test_on_fiber(int (*fn)(void));

/* Starts another fiber beside the tests', in the same scope. */
void test_spawn(void (*fn)(void *arg), void *arg);

/* Lets every fiber that can go on do so, and posts that have arrived be handled. */
void test_yield(void);

#endif
