/* SPDX-License-Identifier: MIT */
/* fiber_fault.c - the last words of a fiber that ran out of stack. */
#include "runtime/fiber_fault.h"

#include "base/log.h"
#include "runtime/fiber.h"

#include <execinfo.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

enum { SIGNAL_STACK = 65536, FRAMES = 24 };

static struct {
	const char *arena;
	size_t slot, guard;
	unsigned count;
	struct sigaction before;
	bool own_stack;
} fault;

/* A line built without stdio, which a signal handler may not use. */
struct line {
	char text[200];
	size_t len;
};

static void
line_add(struct line *l, const char *text)
{
	while (*text != '\0' && l->len < sizeof l->text - 1)
		l->text[l->len++] = *text++;
}

static void
line_add_number(struct line *l, size_t number)
{
	char digits[24];
	size_t at = sizeof digits - 1;

	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	line_add(l, digits + at);
}

static void
report(unsigned number)
{
	struct line l = { { 0 }, 0 };
	struct fiber *f = fiber_by_number(number);
	void *frames[FRAMES];

	line_add(&l, "stack overflow in fiber ");
	line_add_number(&l, number);
	line_add(&l, " \"");
	line_add(&l, f != NULL ? fiber_name(f) : "never used");
	line_add(&l, "\", ");
	line_add_number(&l, (fault.slot - fault.guard) >> 10);
	line_add(&l, " KiB of stack");
	log_crash(l.text);
	backtrace_symbols_fd(frames, backtrace(frames, FRAMES), STDERR_FILENO);
}

/* Returns with the former action in place: the instruction faults again and meets that one, on the
 * fiber's stack, where a debugger wants to see it. What somebody has sent does not come again by
 * itself, and has no address. */
static void
on_fault(int number, siginfo_t *info, void *context)
{
	uintptr_t offset = (uintptr_t)info->si_addr - (uintptr_t)fault.arena;

	sigaction(number, &fault.before, NULL);
	if (info->si_code <= 0)
		raise(number);
	else if (offset < fault.slot * fault.count && offset % fault.slot < fault.guard)
		report((unsigned)(offset / fault.slot));
}

/* Only when there is none: AddressSanitizer brings its own, and frees what it finds at the end. */
static void
signal_stack_start(void)
{
	static char memory[SIGNAL_STACK];
	stack_t stack = { .ss_sp = memory, .ss_size = sizeof memory }, before;

	if (sigaltstack(NULL, &before) != 0 || !(before.ss_flags & SS_DISABLE))
		return;
	fault.own_stack = sigaltstack(&stack, NULL) == 0;
}

void
fiber_fault_start(const char *arena, size_t slot, size_t guard, unsigned count)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	void *frame;

	fault.arena = arena;
	fault.slot = slot;
	fault.guard = guard;
	fault.count = count;
	signal_stack_start();
	backtrace(&frame, 1); /* loads the unwinder now: the handler must not */
	sigemptyset(&action.sa_mask);
	sigaction(SIGSEGV, &action, &fault.before);
}

void
fiber_fault_stop(void)
{
	stack_t none = { .ss_flags = SS_DISABLE };

	sigaction(SIGSEGV, &fault.before, NULL);
	if (fault.own_stack)
		sigaltstack(&none, NULL);
	memset(&fault, 0, sizeof fault);
}
