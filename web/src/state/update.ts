// SPDX-License-Identifier: MIT
// Whether the node serves a newer client than this one.

import { signal } from "@preact/signals";

export const outdated = signal(false);

/** Looks at what a page that is opened now would be made of. */
export async function lookForUpdate(): Promise<void> {
	try {
		const answer = await fetch("/", { cache: "no-cache", signal: AbortSignal.timeout(10_000) });
		const page = await answer.text();
		const parts = document.querySelectorAll("script[src], link[rel=stylesheet]");
		outdated.value ||= answer.ok && [...parts].some((part) => !page.includes((part.getAttribute("src") ?? part.getAttribute("href"))!));
	} catch {
		/* The next connection is another opportunity. */
	}
}
