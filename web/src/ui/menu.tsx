// SPDX-License-Identifier: MIT
// Menus, by the rules of ARIA's authoring practices.

import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";

import { Icon, type IconName } from "./icons.tsx";

export interface MenuItem {
	icon: IconName;
	text: string;
	act(): void;
	danger?: boolean;
}

interface MenuProps {
	id?: string;
	label: string;
	items: readonly MenuItem[];
	/** refocus: the focus should go back to where it came from. */
	onClose(refocus: boolean): void;
	/** Above the items, and not among them. */
	children?: ComponentChildren;
}

/** The open menu. */
export function Menu({ id, label, items, onClose, children }: MenuProps) {
	const list = useRef<HTMLDivElement>(null);
	const entries = () => [...(list.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
	useLayoutEffect(() => entries()[0]?.focus(), []);
	const move = (event: KeyboardEvent) => {
		const all = entries();
		const at = all.indexOf(document.activeElement as HTMLElement);
		const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
		if (to !== undefined) {
			event.preventDefault();
			all[to % all.length]?.focus();
		} else if (event.key === "Escape") {
			event.stopPropagation();
			onClose(true);
		} else if (event.key === "Tab") {
			onClose(false);
		}
	};
	return (
		<div class="menu" role="menu" id={id} ref={list} aria-label={label} onKeyDown={move}>
			{children}
			{items.map(({ icon, text, act, danger }) => (
				<button
					type="button"
					role="menuitem"
					tabIndex={-1}
					class={danger ? "menu-danger" : ""}
					key={text}
					onClick={() => {
						onClose(true);
						act();
					}}
				>
					<Icon name={icon} />
					{text}
				</button>
			))}
		</div>
	);
}

/** A button with a menu. */
export function MenuButton({ label, items }: { label: string; items: readonly MenuItem[] }) {
	const [open, setOpen] = useState(false);
	const id = useId();
	const root = useRef<HTMLDivElement>(null);
	useEffect(() => {
		if (!open) {
			return undefined;
		}
		const outside = (event: Event) => {
			if (!root.current?.contains(event.target as Node)) {
				setOpen(false);
			}
		};
		document.addEventListener("pointerdown", outside);
		return () => document.removeEventListener("pointerdown", outside);
	}, [open]);
	const close = (refocus: boolean) => {
		setOpen(false);
		if (refocus) {
			root.current?.querySelector("button")?.focus();
		}
	};
	return (
		<div class="menu-root" ref={root}>
			<button
				type="button"
				class="icon-button"
				aria-label={label}
				title={label}
				aria-haspopup="menu"
				aria-expanded={open}
				aria-controls={open ? id : undefined}
				onClick={() => setOpen(!open)}
			>
				<Icon name="more" className="icon-heavy" />
			</button>
			{open && <Menu id={id} label={label} items={items} onClose={close} />}
		</div>
	);
}
