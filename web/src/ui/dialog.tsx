// SPDX-License-Identifier: MIT
// Modal dialogs.

import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";

import { t } from "../i18n.ts";
import { toast } from "../state/live.ts";
import { IconButton } from "./parts.tsx";

interface DialogProps {
	heading: string;
	onClose(): void;
	children: ComponentChildren;
	wide?: boolean;
	/** It has a button to close it: where nothing else in it does. */
	closes?: boolean;
}

let awaited: Element | null = null;

/**
 * Opens a dialog whose code may still be on its way. What is typed meanwhile goes nowhere, above all not into the box
 * that had the focus.
 */
export async function openFetched(fetched: Promise<unknown>, open: () => void): Promise<void> {
	const before = document.activeElement;
	if (before instanceof HTMLElement) {
		before.blur();
	}
	awaited = before;
	try {
		await fetched;
		open();
	} catch {
		awaited = null;
		toast(t("error.part"), true);
	}
}

/** A dialog will open in a moment. */
export function isAwaited(): boolean {
	return awaited !== null;
}

/** A modal dialog while it is drawn. Esc and the browser's own ways close it; focus goes back to where it was. */
export function Dialog({ heading, onClose, children, wide, closes }: DialogProps) {
	const element = useRef<HTMLDialogElement>(null);
	const id = useId();
	/* As soon as it is drawn: what gives the focus to a part of it comes after. */
	useLayoutEffect(() => {
		const dialog = element.current!;
		const opener = awaited ?? document.activeElement;
		awaited = null;
		dialog.showModal();
		return () => {
			dialog.close();
			if (opener instanceof HTMLElement && opener.isConnected) {
				opener.focus();
			}
		};
	}, []);
	return (
		<dialog
			ref={element}
			class={`dialog ${wide ? "dialog-wide" : ""}`}
			aria-labelledby={id}
			onCancel={(event) => {
				event.preventDefault();
				onClose();
			}}
			onClick={(event) => event.target === element.current && onClose()}
		>
			<div class="dialog-body">
				<h2 id={id} tabIndex={-1} autofocus>
					{heading}
				</h2>
				{closes && <IconButton icon="close" label={t("action.close")} onClick={onClose} class="dialog-close" />}
				{children}
			</div>
		</dialog>
	);
}

interface ConfirmProps {
	heading: string;
	text: ComponentChildren;
	action: string;
	/** It can be undone, or does no harm. */
	harmless?: boolean;
	onConfirm(): void;
	onClose(): void;
}

/** Asks before what cannot be undone, or what surprises. */
export function Confirm({ heading, text, action, harmless, onConfirm, onClose }: ConfirmProps) {
	return (
		<Dialog heading={heading} onClose={onClose}>
			<p>{text}</p>
			<div class="buttons buttons-end">
				<button type="button" class="button" onClick={onClose}>
					{t("action.cancel")}
				</button>
				<button
					type="button"
					class={`button ${harmless ? "button-primary" : "button-danger"}`}
					onClick={() => {
						onClose();
						onConfirm();
					}}
				>
					{action}
				</button>
			</div>
		</Dialog>
	);
}
