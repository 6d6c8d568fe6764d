// SPDX-License-Identifier: MIT
// What opens under one's own picture: the status, the way to the settings, and the way out.

import { t } from "../i18n.ts";
import { go } from "../state/router.ts";
import { logOut, unsent } from "../state/session.ts";
import { Confirm } from "./dialog.tsx";
import { Icon } from "./icons.tsx";
import { Go } from "./parts.tsx";
import { StatusForm } from "./status-form.tsx";

interface Props {
	id: string;
	/** Else only the question whether to log out is shown. */
	open: boolean;
	onClose(refocus: boolean): void;
	/** Whether that is asked. */
	onLeave(leaving: boolean): void;
}

export function AccountPopover({ id, open, onClose, onLeave }: Props) {
	const lost = unsent();
	return open ? (
		<div class="popover" id={id}>
			<StatusForm onDone={() => onClose(true)} />
			<hr />
			<Go to="/settings/profile" class="popover-item" onGo={() => onClose(false)}>
				<Icon name="settings" />
				{t("nav.settings")}
			</Go>
			<button
				type="button"
				class="popover-item"
				onClick={() => {
					onClose(true);
					onLeave(true);
				}}
			>
				<Icon name="logout" />
				{t("nav.logout")}
			</button>
		</div>
	) : (
		<Confirm
			heading={t("logout.heading")}
			text={lost > 0 ? t("logout.unsent", { n: lost }) : t("logout.text")}
			action={t("nav.logout")}
			onConfirm={() => void logOut().then(() => go("/", { replace: true }))}
			onClose={() => onLeave(false)}
		/>
	);
}
