// SPDX-License-Identifier: MIT
// What floats over the page beside a place: menus and pickers. On a narrow screen it is a sheet at the foot.

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

/** A place on the screen. */
export interface Anchor {
	left: number;
	top: number;
	right: number;
	bottom: number;
}

export function anchorAt(x: number, y: number): Anchor {
	return { left: x, top: y, right: x, bottom: y };
}

export function anchorOf(element: Element): Anchor {
	const { left, top, right, bottom } = element.getBoundingClientRect();
	return { left, top, right, bottom };
}

const GAP = 6;

interface FloatingProps {
	at: Anchor;
	onClose(): void;
	children: ComponentChildren;
}

/** Below the place or above it, whichever has room; a press elsewhere closes it. */
export function Floating({ at, onClose, children }: FloatingProps) {
	const box = useRef<HTMLDivElement>(null);
	useLayoutEffect(() => {
		const place = () => {
			const element = box.current!;
			const { offsetWidth: width, offsetHeight: height } = element;
			const below = at.bottom + GAP + height <= innerHeight;
			const top = below ? at.bottom + GAP : Math.max(GAP, Math.min(at.top - GAP - height, innerHeight - height - GAP));
			const left = Math.max(GAP, Math.min(at.left, innerWidth - width - GAP));
			element.style.setProperty("--left", `${left}px`);
			element.style.setProperty("--top", `${top}px`);
		};
		place();
		const observer = new ResizeObserver(place);
		observer.observe(box.current!);
		return () => observer.disconnect();
	}, [at]);
	useEffect(() => {
		const outside = (event: Event) => {
			if (!box.current?.contains(event.target as Node)) {
				onClose();
			}
		};
		document.addEventListener("pointerdown", outside, true);
		addEventListener("resize", onClose);
		return () => {
			document.removeEventListener("pointerdown", outside, true);
			removeEventListener("resize", onClose);
		};
	}, [onClose]);
	return (
		<>
			<div class="floating-shade" />
			<div class="floating" ref={box}>
				{children}
			</div>
		</>
	);
}
