/* SPDX-License-Identifier: MIT */
/* fiber_switch_x86_64.S - the stack switch of System V x86-64. See fiber_switch.h.
 *
 * It ends in a jump, not in ret, which the return predictor would always miss (8 against 13 ns).
 * The property note says IBT but not SHSTK, so that no linker marks the program as fit for a
 * shadow stack, which this switch does not move. */
#if defined __x86_64__ && !defined PARLEY_FIBER_UCONTEXT

	.text
	.p2align 4
	.globl fiber_switch_asm
	.hidden fiber_switch_asm
	.type fiber_switch_asm, @function
fiber_switch_asm:
	.cfi_startproc
	endbr64
	pushq %rbp
	.cfi_adjust_cfa_offset 8
	pushq %rbx
	.cfi_adjust_cfa_offset 8
	pushq %r12
	.cfi_adjust_cfa_offset 8
	pushq %r13
	.cfi_adjust_cfa_offset 8
	pushq %r14
	.cfi_adjust_cfa_offset 8
	pushq %r15
	.cfi_adjust_cfa_offset 8
	movq %rsp, (%rdi)
	movq %rsi, %rsp
	popq %r15
	.cfi_adjust_cfa_offset -8
	popq %r14
	.cfi_adjust_cfa_offset -8
	popq %r13
	.cfi_adjust_cfa_offset -8
	popq %r12
	.cfi_adjust_cfa_offset -8
	popq %rbx
	.cfi_adjust_cfa_offset -8
	popq %rbp
	.cfi_adjust_cfa_offset -8
	popq %rcx
	.cfi_adjust_cfa_offset -8
	.cfi_register %rip, %rcx
	notrack jmp *%rcx
	.cfi_endproc
	.size fiber_switch_asm, . - fiber_switch_asm

/* The outermost frame of a fiber: unwinders stop here. */
	.p2align 4
	.globl fiber_start_asm
	.hidden fiber_start_asm
	.type fiber_start_asm, @function
fiber_start_asm:
	.cfi_startproc
	.cfi_undefined %rip
	endbr64
	xorl %ebp, %ebp
	call *%rbx
	ud2
	.cfi_endproc
	.size fiber_start_asm, . - fiber_start_asm

	.section .note.gnu.property, "a"
	.p2align 3
	.long 4, 16, 5
	.string "GNU"
	.long 0xc0000002, 4, 1, 0

#endif

#ifdef __ELF__
	.section .note.GNU-stack, "", %progbits
#endif
