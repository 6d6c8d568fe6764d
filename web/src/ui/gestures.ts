// SPDX-License-Identifier: MIT
// Fingers on messages: a long press opens the menu, a swipe to the end of the line answers.

const LONG_MS = 500;
const STILL = 10;
const SWIPE = 56;
const MOST = 80;

export interface GestureHandlers {
	press(row: HTMLElement, x: number, y: number): void;
	swipe(row: HTMLElement): void;
}

interface Touch {
	row: HTMLElement;
	x: number;
	y: number;
	timer: ReturnType<typeof setTimeout>;
	swiping: boolean;
}

/** Watches a list of messages; gives what ends that. */
export function watchGestures(list: HTMLElement, handlers: GestureHandlers): () => void {
	let touch: Touch | undefined;
	const end = () => {
		if (touch) {
			clearTimeout(touch.timer);
			touch.row.style.translate = "";
			touch = undefined;
		}
	};
	const down = (event: PointerEvent) => {
		end();
		const row = (event.target as HTMLElement).closest<HTMLElement>(".msg[data-mid]");
		if (event.pointerType === "touch" && event.isPrimary && row) {
			const { clientX: x, clientY: y } = event;
			const timer = setTimeout(() => {
				end();
				handlers.press(row, x, y);
			}, LONG_MS);
			touch = { row, x, y, timer, swiping: false };
		}
	};
	const move = (event: PointerEvent) => {
		if (!touch || event.pointerType !== "touch") {
			return;
		}
		const right = (event.clientX - touch.x) * (getComputedStyle(touch.row).direction === "rtl" ? -1 : 1);
		const down = Math.abs(event.clientY - touch.y);
		if (!touch.swiping && down > STILL) {
			end();
		} else if (touch.swiping || Math.abs(right) > STILL) {
			clearTimeout(touch.timer);
			touch.swiping = true;
			touch.row.style.translate = `${Math.max(0, Math.min(right, MOST))}px`;
		}
	};
	const up = (event: PointerEvent) => {
		const swiped = touch?.swiping && Math.abs(event.clientX - touch.x) > SWIPE ? touch.row : undefined;
		end();
		if (swiped) {
			handlers.swipe(swiped);
		}
	};
	list.addEventListener("pointerdown", down);
	list.addEventListener("pointermove", move);
	list.addEventListener("pointerup", up);
	list.addEventListener("pointercancel", end);
	return () => {
		end();
		list.removeEventListener("pointerdown", down);
		list.removeEventListener("pointermove", move);
		list.removeEventListener("pointerup", up);
		list.removeEventListener("pointercancel", end);
	};
}
