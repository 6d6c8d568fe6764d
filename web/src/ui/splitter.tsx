// SPDX-License-Identifier: MIT
// The line between the list and the chat: dragged, or moved by arrow keys, and remembered.

import { useLayoutEffect, useState } from "preact/hooks";

import { t } from "../i18n.ts";

const KEY = "parley.width";
const LEAST = 240;
const MOST = 480;
const USUAL = 320;
const STEP = 16;

function within(width: number): number {
	return Math.round(Math.min(MOST, Math.max(LEAST, width)));
}

function kept(): number {
	try {
		return within(Number(localStorage.getItem(KEY)) || USUAL);
	} catch {
		return USUAL;
	}
}

export function Splitter() {
	const [width, setWidth] = useState(kept);
	/* Before anything is drawn: the list begins as wide as it was left. */
	useLayoutEffect(() => {
		document.documentElement.style.setProperty("--list", `${width}px`);
		try {
			localStorage.setItem(KEY, String(width));
		} catch {
			/* Then it holds until the page is closed. */
		}
	}, [width]);
	const drag = (event: PointerEvent) => {
		const line = event.currentTarget as HTMLElement;
		if (line.hasPointerCapture(event.pointerId)) {
			const box = line.parentElement!.getBoundingClientRect();
			setWidth(within(getComputedStyle(line).direction === "rtl" ? box.right - event.clientX : event.clientX - box.left));
		}
	};
	const keys = (event: KeyboardEvent) => {
		const to = { ArrowLeft: width - STEP, ArrowRight: width + STEP, Home: LEAST, End: MOST }[event.key];
		if (to !== undefined) {
			event.preventDefault();
			setWidth(within(to));
		}
	};
	return (
		<div
			class="splitter"
			role="separator"
			tabIndex={0}
			aria-orientation="vertical"
			aria-label={t("nav.width")}
			aria-valuenow={width}
			aria-valuemin={LEAST}
			aria-valuemax={MOST}
			onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
			onPointerMove={drag}
			onDblClick={() => setWidth(USUAL)}
			onKeyDown={keys}
		/>
	);
}
