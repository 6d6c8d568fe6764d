// SPDX-License-Identifier: MIT
// An address at which there is nothing.

import { t } from "../i18n.ts";
import { Logo } from "./icons.tsx";
import { Go } from "./parts.tsx";

export function NotFound() {
	return (
		<div class="empty">
			<Logo />
			<h1 tabIndex={-1}>{t("unknown.heading")}</h1>
			<p>{t("unknown.text")}</p>
			<Go to="/" class="button">
				{t("unknown.action")}
			</Go>
		</div>
	);
}
