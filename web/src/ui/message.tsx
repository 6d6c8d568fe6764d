// SPDX-License-Identifier: MIT
// One message in the timeline.

import type { Outgoing } from "../../sdk/src/index.ts";
import { t, type Key } from "../i18n.ts";
import { en } from "../messages.en.ts";
import { clockTime, fullTime } from "../logic/time.ts";
import type { Row, SendState } from "../logic/timeline.ts";
import { link } from "../state/link.ts";
import { chatWith } from "../state/store.ts";
import { Icon } from "./icons.tsx";
import { Hidden } from "./parts.tsx";
import { copyText, Text } from "./text.tsx";

type MessageRow = Extract<Row, { kind: "message" }>;

function State({ state }: { state: SendState }) {
	if (state === "received") {
		return null;
	}
	const icon = { waiting: "clock", sent: "tick", failed: "warning" } as const;
	return (
		<>
			<Icon name={icon[state]} className={`state state-${state}`} />
			<Hidden>, {t(`chat.state.${state}`)}</Hidden>
		</>
	);
}

/** Between contacts it is the node that allows no message, for a reason that only it knows. */
function reason({ to, error }: Outgoing): string {
	const key = `chat.failed.${error?.code ?? ""}`;
	const known = key in en && !(error?.code === "not-allowed" && chatWith(to).person.value.relation === "contact");
	return known ? t(key as Key) : t("chat.failed.other", { text: error?.text ?? "" });
}

function Failed({ row }: { row: MessageRow }) {
	return (
		<div class="failed">
			<p>{row.outgoing && reason(row.outgoing)}</p>
			<button type="button" class="link-button" onClick={() => link.retry(row.key)}>
				{t("chat.retry")}
			</button>
			<button type="button" class="link-button" onClick={() => void copyText(row.text)}>
				{t("chat.copy")}
			</button>
			<button type="button" class="link-button" onClick={() => link.discard(row.key)}>
				{t("chat.delete")}
			</button>
		</div>
	);
}

/** name: of the other person. */
export function MessageItem({ row, name }: { row: MessageRow; name: string }) {
	const id = `m-${row.key}`;
	const classes = ["msg", row.own ? "msg-own" : "msg-other", row.opens ? "msg-opens" : "", row.ends ? "msg-ends" : ""];
	return (
		<li
			class={`${classes.join(" ")} msg-${row.state}`}
			data-key={row.key}
			data-seq={row.seq}
			tabIndex={-1}
			aria-labelledby={`${id}-who ${id}-text ${id}-when`}
		>
			<div class="bubble">
				<span class="visually-hidden" id={`${id}-who`}>
					{row.own ? t("chat.you") : name}
				</span>
				<div class="text" id={`${id}-text`} dir="auto">
					<Text text={row.text} />
				</div>
				<span class="meta" id={`${id}-when`}>
					<time dateTime={new Date(row.time).toISOString()} title={fullTime(row.time)}>
						{clockTime(row.time)}
					</time>
					<State state={row.state} />
				</span>
			</div>
			{row.state === "failed" && <Failed row={row} />}
		</li>
	);
}
