/* SPDX-License-Identifier: MIT */
/* fiber_switch_aarch64.S - the stack switch of AAPCS64: x19 to x30 and the low halves of v8 to v15
 * belong to the callee. See fiber_switch.h. */
#if defined __aarch64__ && !defined PARLEY_FIBER_UCONTEXT

	.text
	.p2align 4
	.globl fiber_switch_asm
	.hidden fiber_switch_asm
	.type fiber_switch_asm, %function
fiber_switch_asm:
	.cfi_startproc
	hint #34 /* bti c */
	stp x29, x30, [sp, #-160]!
	.cfi_adjust_cfa_offset 160
	.cfi_offset x29, -160
	.cfi_offset x30, -152
	stp x19, x20, [sp, #16]
	stp x21, x22, [sp, #32]
	stp x23, x24, [sp, #48]
	stp x25, x26, [sp, #64]
	stp x27, x28, [sp, #80]
	stp d8, d9, [sp, #96]
	stp d10, d11, [sp, #112]
	stp d12, d13, [sp, #128]
	stp d14, d15, [sp, #144]
	mov x9, sp
	str x9, [x0]
	mov sp, x1
	ldp d14, d15, [sp, #144]
	ldp d12, d13, [sp, #128]
	ldp d10, d11, [sp, #112]
	ldp d8, d9, [sp, #96]
	ldp x27, x28, [sp, #80]
	ldp x25, x26, [sp, #64]
	ldp x23, x24, [sp, #48]
	ldp x21, x22, [sp, #32]
	ldp x19, x20, [sp, #16]
	ldp x29, x30, [sp], #160
	.cfi_adjust_cfa_offset -160
	.cfi_restore x29
	.cfi_restore x30
	ret
	.cfi_endproc
	.size fiber_switch_asm, . - fiber_switch_asm

/* The outermost frame of a fiber: unwinders stop here. */
	.p2align 4
	.globl fiber_start_asm
	.hidden fiber_start_asm
	.type fiber_start_asm, %function
fiber_start_asm:
	.cfi_startproc
	.cfi_undefined x30
	hint #36 /* bti j */
	mov x29, xzr
	mov x30, xzr
	blr x19
	brk #1
	.cfi_endproc
	.size fiber_start_asm, . - fiber_start_asm

#endif

#ifdef __ELF__
	.section .note.GNU-stack, "", %progbits
#endif
