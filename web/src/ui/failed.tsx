// SPDX-License-Identifier: MIT
// Under a message that could not be sent: why, and what can be done.

import type { Outgoing } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { link } from "../state/link.ts";
import { chatWith } from "../state/store.ts";
import { copyText } from "./text.tsx";

/** Between contacts it is the node that allows no message, for a reason that only it knows. */
function reason({ id, to, error }: Outgoing): string {
	switch (error?.code) {
		case "internal":
			return t("error.node", { id });
		case "blocked":
		case "too-large":
			return t(`chat.failed.${error.code}`);
		case "not-allowed":
			if (chatWith(to).person.value.relation !== "contact") {
				return t("chat.failed.not-allowed");
			}
	}
	return t("chat.failed.other", { text: error?.text ?? "" });
}

export function Failed({ outgoing }: { outgoing: Outgoing }) {
	return (
		<div class="failed">
			<p>{reason(outgoing)}</p>
			<button type="button" class="link-button" onClick={() => link.retry(outgoing.id)}>
				{t("chat.retry")}
			</button>
			<button type="button" class="link-button" onClick={() => void copyText(outgoing.text)}>
				{t("chat.copy")}
			</button>
			<button type="button" class="link-button" onClick={() => link.discard(outgoing.id)}>
				{t("chat.delete")}
			</button>
		</div>
	);
}
