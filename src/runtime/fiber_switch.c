/* SPDX-License-Identifier: MIT */
/* fiber_switch.c - the first frame of a new stack, for each kind of switch. */
#include "runtime/fiber_switch.h"

#include <stdint.h>
#include <string.h>

#ifdef PARLEY_FIBER_UCONTEXT

void
fiber_context_init(struct fiber_context *c, char *stack, char *top, void (*entry)(void))
{
	getcontext(&c->state);
	c->state.uc_stack.ss_sp = stack;
	c->state.uc_stack.ss_size = (size_t)(top - stack);
	c->state.uc_link = NULL;
	makecontext(&c->state, entry, 0);
}

#else

/* What fiber_switch_asm pops first: it calls the function in the register named below. */
extern char fiber_start_asm[];

/* The words below the top, and which of them matter. x86-64 leaves two above, so that the stack is
 * aligned when the entry is called. */
#ifdef __x86_64__
enum { WORDS = 9, ENTRY = 4 /* rbx */, RETURN = 6 };
#else
enum { WORDS = 20, ENTRY = 2 /* x19 */, RETURN = 1 /* x30 */ };
#endif

void
fiber_context_init(struct fiber_context *c, char *stack, char *top, void (*entry)(void))
{
	uintptr_t frame[WORDS] = { 0 };
	char *sp = top - sizeof frame;

	frame[ENTRY] = (uintptr_t)entry;
	frame[RETURN] = (uintptr_t)fiber_start_asm;
	memcpy(sp, frame, sizeof frame);
	c->sp = sp;
}

#endif
