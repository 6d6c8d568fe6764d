// SPDX-License-Identifier: MIT
// Messages in a group by people whom the reader has blocked: one line, until they are asked for.

import type { Signal } from "@preact/signals";
import { useState } from "preact/hooks";

import { t } from "../i18n.ts";
import type { Row } from "../logic/rows.ts";
import type { Chat } from "../state/store.ts";
import { MessageItem } from "./message.tsx";

interface BlockedProps {
	chat: Chat;
	row: Extract<Row, { kind: "blocked" }>;
	active: Signal<string>;
}

export function BlockedItem({ chat, row, active }: BlockedProps) {
	const [open, setOpen] = useState(false);
	if (open) {
		return (
			<>
				{row.rows.map((one) => (
					<MessageItem key={one.key} chat={chat} row={one} active={active} />
				))}
			</>
		);
	}
	return (
		<li class="system" data-key={row.key} data-seq={row.seq}>
			<p>
				{t("message.blocked", { n: row.rows.length })}{" "}
				<button type="button" class="link-button" onClick={() => setOpen(true)}>
					{t("message.showBlocked")}
				</button>
			</p>
		</li>
	);
}
