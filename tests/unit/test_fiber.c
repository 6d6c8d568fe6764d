/* SPDX-License-Identifier: MIT */
/* test_fiber.c - stacks are kept apart, used again, given back, and guarded. */
#include "support/test.h"

#include "runtime/fiber.h"
#include "support/death.h"

#include <stdbool.h>

enum { STACK = 512 * 1024, PAGE = 4096 };

static int
start_fibers(void **state)
{
	return fibers_start(64, STACK);
}

static int
stop_fibers(void **state)
{
	fibers_stop();
	return 0;
}

static bool done[64];

static long
mix(long seed, int rounds, void (*between)(void))
{
	long a = seed, b = seed * 3, c = seed * 5, d = seed * 7, e = seed * 11;
	double x = (double)seed, y = x + 0.5;

	for (int i = 0; i < rounds; i++) {
		a += b;
		b ^= c;
		c += d;
		d ^= e;
		e += a;
		x += y;
		between();
	}
	return a ^ b ^ c ^ d ^ e ^ (long)(x * 2);
}

static void
nothing_between(void)
{
}

/* Values in every kind of register have to survive. */
static void
walk(void *arg)
{
	int me = *(int *)arg;

	assert_true(mix(me, 50, fiber_suspend) == mix(me, 50, nothing_between));
	done[me] = true;
}

static void
fibers_keep_their_values_side_by_side(void **state)
{
	struct fiber *f[64];
	int numbers[64];

	for (int i = 0; i < 64; i++) {
		done[i] = false;
		numbers[i] = i;
		f[i] = fiber_take("walk", walk, &numbers[i], false);
		assert_non_null(f[i]);
	}
	assert_null(fiber_take("one more", walk, &numbers[0], false));
	for (int round = 0; round < 51; round++)
		for (int i = 0; i < 64; i++)
			fiber_resume(f[i]);
	for (int i = 0; i < 64; i++)
		assert_true(done[i]);
	assert_int_equal(fiber_stats().live, 0);
	assert_int_equal(fiber_stats().peak, 64);
}

static int address_number;

static void
find_oneself(void *arg)
{
	int local = 0;

	address_number = fiber_of_address(&local);
}

static void
a_finished_stack_is_used_again_the_last_one_first(void **state)
{
	struct fiber *a = fiber_take("a", find_oneself, NULL, false);
	struct fiber *b = fiber_take("b", find_oneself, NULL, false);

	fiber_resume(a);
	assert_int_equal(address_number, fiber_number(a));
	fiber_resume(b);
	assert_int_equal(address_number, fiber_number(b));
	assert_ptr_equal(fiber_take("c", find_oneself, NULL, false), b);
	assert_ptr_equal(fiber_take("d", find_oneself, NULL, false), a);
	fiber_resume(b);
	fiber_resume(a);
	assert_int_equal(fiber_of_address(&address_number), -1);
	assert_int_equal(fiber_of_address(state), -1);
}

/* Makes the compiler believe that somebody looks at the memory. */
static void
show(void *memory)
{
	__asm__ volatile("" : : "r"(memory) : "memory");
}

static __attribute__((noinline)) int
dig(int levels)
{
	char frame[PAGE] = { (char)levels };

	show(frame);
	return levels == 0 ? frame[0] : dig(levels - 1) + frame[0];
}

static void
dig_deep(void *arg)
{
	int *result = arg;

	*result = dig(40);
}

static void
trimming_gives_the_memory_of_idle_stacks_back(void **state)
{
	struct fiber *f[4];
	int result;

	for (int i = 0; i < 4; i++)
		f[i] = fiber_take("digger", dig_deep, &result, false);
	for (int i = 0; i < 4; i++)
		fiber_resume(f[i]);
	for (int i = 0; i < 4; i++)
		assert_true(fiber_stack_used(f[i]) >= (size_t)40 * PAGE);

	assert_int_equal(fibers_trim(1, 2), 2); /* f[3] is the warm one */
	assert_int_equal(fibers_trim(1, 2), 1);

	assert_true(fiber_stats().stack_peak >= (size_t)40 * PAGE);
	assert_true(fiber_stack_used(f[3]) >= (size_t)40 * PAGE);
	for (int i = 0; i < 3; i++)
		assert_true(fiber_stack_used(f[i]) <= (size_t)4 * PAGE);
	assert_int_equal(fibers_trim(1, 2), 0);

	for (int i = 3; i >= 0; i--)
		assert_ptr_equal(fiber_take("digger", dig_deep, &result, false), f[i]);
	for (int i = 0; i < 4; i++) {
		result = -1;
		fiber_resume(f[i]);
		assert_int_equal(result, 40 * 41 / 2);
	}
}

static void
fall_asleep(void *arg)
{
	fiber_suspend();
}

static void
a_suspended_fiber_writes_its_backtrace_and_sleeps_on(void **state)
{
	struct fiber *f = fiber_take("sleeper", fall_asleep, NULL, false);
	FILE *file = tmpfile();

	assert_non_null(file);
	fiber_resume(f);
	assert_true(fiber_is_suspended(f));
	fiber_backtrace(f, fileno(file));
	assert_true(fiber_is_suspended(f));
	fseek(file, 0, SEEK_END);
	assert_true(ftell(file) > 0);
	fclose(file);
	fiber_resume(f);
	assert_false(fiber_is_suspended(f));
}

static void
recurse(void *arg)
{
	int *result = arg;

	*result = dig(1000);
}

static void
overflow(void)
{
	int result;

	fibers_start(4, STACK);
	fiber_resume(fiber_take("first", find_oneself, NULL, false));
	fiber_take("second", recurse, &result, false);
	fiber_resume(fiber_take("victim", recurse, &result, false));
}

static void
an_overflow_names_the_fiber(void **state)
{
	assert_dies(overflow, "stack overflow in fiber 1 \\\"victim\\\", 512 KiB of stack");
}

static void
send_a_fault(void)
{
	fibers_start(4, STACK);
	kill(getpid(), SIGSEGV);
}

static void
a_fault_that_was_sent_ends_the_process_the_first_time(void **state)
{
	assert_dies(send_a_fault, "");
}

static __attribute__((noinline)) int
jump_over(int n)
{
	char frame[STACK + 128 * PAGE];

	frame[n] = (char)n;
	show(frame);
	return frame[n];
}

/* Without -fstack-clash-protection this writes to the neighbour's stack and nobody notices. */
static void
jump_the_guard(void *arg)
{
	int *result = arg;

	*result = jump_over(32 * PAGE);
}

static void
overflow_at_once(void)
{
	int result;

	fibers_start(4, STACK);
	fiber_resume(fiber_take("neighbour", fall_asleep, NULL, false));
	fiber_resume(fiber_take("jumper", jump_the_guard, &result, false));
}

static void
a_frame_larger_than_the_guard_does_not_jump_it(void **state)
{
	assert_dies(overflow_at_once, "\\\"jumper\\\", 512 KiB of stack");
}

static void
suspend_nothing(void)
{
	fibers_start(4, STACK);
	fiber_suspend();
}

static void
suspending_the_loop_aborts(void **state)
{
	assert_dies(suspend_nothing, "assertion failed: f != ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    fibers_keep_their_values_side_by_side, start_fibers, stop_fibers),
		cmocka_unit_test_setup_teardown(
		    a_finished_stack_is_used_again_the_last_one_first, start_fibers, stop_fibers),
		cmocka_unit_test_setup_teardown(
		    trimming_gives_the_memory_of_idle_stacks_back, start_fibers, stop_fibers),
		cmocka_unit_test_setup_teardown(
		    a_suspended_fiber_writes_its_backtrace_and_sleeps_on, start_fibers,
		    stop_fibers),
		cmocka_unit_test(an_overflow_names_the_fiber),
		cmocka_unit_test(a_fault_that_was_sent_ends_the_process_the_first_time),
		cmocka_unit_test(a_frame_larger_than_the_guard_does_not_jump_it),
		cmocka_unit_test(suspending_the_loop_aborts),
	};

	return cmocka_run_group_tests_name("fiber", tests, NULL, NULL);
}
