// SPDX-License-Identifier: MIT
// The head of a page that is not a chat, and what it says while there is no connection.

import type { ComponentChildren } from "preact";

import { t } from "../i18n.ts";
import { link } from "../state/link.ts";
import { goBack } from "../state/router.ts";
import { IconButton } from "./parts.tsx";

/** A title bar with the way back where there is room for one pane only. */
export function PaneHead({ heading, children }: { heading: string; children?: ComponentChildren }) {
	return (
		<div class="pane-head">
			<IconButton icon="back" label={t("action.back")} onClick={() => goBack()} class="only-narrow" />
			<h1 tabIndex={-1}>{heading}</h1>
			{children}
		</div>
	);
}

/** In place of what has been asked for, as long as nobody can answer. */
export function Waits() {
	return link.state.value.phase === "live" ? null : <p class="muted">{t("pane.waits")}</p>;
}
