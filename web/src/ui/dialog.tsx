// SPDX-License-Identifier: MIT
// Modal dialogs.

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

import { t } from "../i18n.ts";
import { IconButton } from "./parts.tsx";

interface DialogProps {
	heading: string;
	onClose(): void;
	children: ComponentChildren;
	wide?: boolean;
	/** It has a button to close it: where nothing else in it does. */
	closes?: boolean;
}

/** A modal dialog while it is drawn. Esc and the browser's own ways close it; focus goes back to where it was. */
export function Dialog({ heading, onClose, children, wide, closes }: DialogProps) {
	const element = useRef<HTMLDialogElement>(null);
	const id = useId();
	useEffect(() => {
		const dialog = element.current!;
		const opener = document.activeElement;
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
