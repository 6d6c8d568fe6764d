// SPDX-License-Identifier: MIT
// One's own picture and status, and what opens when they are pressed.

import { signal } from "@preact/signals";
import { useEffect, useId, useRef, useState } from "preact/hooks";

import type { Account, Show } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { nameOf } from "../logic/people.ts";
import { logOut, ownPresence, unsent } from "../state/session.ts";
import { go } from "../state/router.ts";
import { me } from "../state/store.ts";
import { Confirm } from "./dialog.tsx";
import { Icon } from "./icons.tsx";
import { lazy } from "./lazy.tsx";
import { Avatar, Go, Hidden } from "./parts.tsx";

const StatusForm = lazy(async () => (await import("../later/pages.ts")).StatusForm);

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
	const lost = unsent();
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
			{open && (
				<div class="popover" id={id}>
					<StatusForm onDone={() => close(true)} />
					<hr />
					<Go to="/settings/profile" class="popover-item" onGo={() => close(false)}>
						<Icon name="settings" />
						{t("nav.settings")}
					</Go>
					<button
						type="button"
						class="popover-item"
						onClick={() => {
							close(false);
							setLeaving(true);
						}}
					>
						<Icon name="logout" />
						{t("nav.logout")}
					</button>
				</div>
			)}
			{leaving && (
				<Confirm
					heading={t("logout.heading")}
					text={lost > 0 ? t("logout.unsent", { n: lost }) : t("logout.text")}
					action={t("nav.logout")}
					onConfirm={() => void logOut().then(() => go("/", { replace: true }))}
					onClose={() => setLeaving(false)}
				/>
			)}
		</div>
	);
}
