// SPDX-License-Identifier: MIT
// What happened in a group, in one quiet line or a few.

import { useState } from "preact/hooks";

import type { Message } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { happenings, type Happening } from "../logic/system.ts";
import { clockTime, fullTime } from "../logic/time.ts";
import { namesOf, nameOrYou } from "./names.ts";

/** More lines than this are folded. */
const SHOWN = 3;
const NAMED = 3;

/** What happened, as a sentence. */
export function happeningText({ kind, by, who, change }: Happening): string {
	/* Whose own doing it was is the one the sentence is about; to others it was done. */
	const you = who[0] === by ? undefined : t("system.you");
	const values = { name: nameOrYou(by), who: namesOf(who, NAMED, who.length, you), text: change.text ?? "", n: change.days };
	switch (kind) {
		case "title":
		case "about":
		case "topic":
			return change.text ? t(`system.${kind}`, values) : t(`system.${kind}.none`, values);
		case "keep":
			return t(change.operator ? "system.keep.operator" : change.days ? "system.keep" : "system.keep.none", values);
		case "role":
			return t(`system.role.${change.role ?? "member"}`, values);
		case "edit":
		case "delete":
		case "react":
		case "pin":
			return "";
		default:
			return t(`system.${kind}`, values);
	}
}

export function SystemItem({ entries, id, seq }: { entries: readonly Message[]; id: string; seq: number }) {
	const [open, setOpen] = useState(false);
	const lines = happenings(entries);
	const shown = open ? lines : lines.slice(0, lines.length > SHOWN ? SHOWN - 1 : SHOWN);
	return (
		<li class="system" data-key={id} data-seq={seq}>
			{shown.map((line) => (
				<p key={line.mid}>
					{happeningText(line)} <time dateTime={new Date(line.time).toISOString()} title={fullTime(line.time)}>{clockTime(line.time)}</time>
				</p>
			))}
			{shown.length < lines.length && (
				<button type="button" class="link-button" tabIndex={-1} onClick={() => setOpen(true)}>
					{t("system.more", { n: lines.length - shown.length })}
				</button>
			)}
		</li>
	);
}
