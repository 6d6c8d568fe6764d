// SPDX-License-Identifier: MIT
// One's own picture and status, and what opens when they are pressed.

import { signal } from "@preact/signals";
import { useEffect, useId, useRef, useState } from "preact/hooks";

import type { Account, Show } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { nameOf } from "../logic/people.ts";
import { ownPresence } from "../state/session.ts";
import { me } from "../state/store.ts";
import { Icon } from "./icons.tsx";
import { lazy, pages } from "./lazy.tsx";
import { Avatar, Hidden } from "./parts.tsx";

const AccountPopover = lazy(async () => (await pages()).AccountPopover);

export function showText(show: Show): string {
	return t(show === "offline" ? "presence.invisible" : `presence.${show}`);
}

/** While it is open, what it covers is out of reach. */
export const accountOpen = signal(false);

export function AccountMenu({ account }: { account: Account }) {
	const open = accountOpen.value;
	const setOpen = (next: boolean) => (accountOpen.value = next);
	const [leaving, setLeaving] = useState(false);
	const root = useRef<HTMLDivElement>(null);
	const id = useId();
	const { show, status } = ownPresence.value;
	const name = nameOf(account);
	const close = (refocus: boolean) => {
		setOpen(false);
		if (refocus) {
			root.current?.querySelector("button")?.focus();
		}
	};
	useEffect(() => {
		if (!open) {
			return undefined;
		}
		const outside = (event: Event) => {
			if (!root.current?.contains(event.target as Node)) {
				close(false);
			}
		};
		document.addEventListener("pointerdown", outside);
		document.addEventListener("focusin", outside);
		return () => {
			document.removeEventListener("pointerdown", outside);
			document.removeEventListener("focusin", outside);
		};
	}, [open]);
	useEffect(() => () => setOpen(false), []);
	return (
		<div
			class="account"
			ref={root}
			onKeyDown={(event) => {
				if (event.key === "Escape" && open) {
					event.stopPropagation();
					close(true);
				}
			}}
		>
			<button type="button" class="account-button" aria-expanded={open} aria-controls={open ? id : undefined} onClick={() => setOpen(!open)}>
				<Avatar name={name} address={me.value} show={show} />
				<span class="person-text">
					<span class="person-name">{name}</span>
					<span class="person-note">{status || showText(show)}</span>
				</span>
				<Hidden>, {t("account.heading")}</Hidden>
				<Icon name="down" />
			</button>
			{(open || leaving) && <AccountPopover id={id} open={open} onClose={close} onLeave={setLeaving} />}
		</div>
	);
}
