// SPDX-License-Identifier: MIT
// The way to the box to write in, for those who do not draw it.

/** Whether there was a box to go to. */
export function focusComposer(): boolean {
	const box = document.querySelector<HTMLTextAreaElement>(".composer textarea");
	box?.focus();
	return box !== null;
}
