// SPDX-License-Identifier: MIT
// What others see of one's presence: chosen, and in words.

import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Show } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { say } from "../state/live.ts";
import { choosePresence, ownPresence } from "../state/session.ts";
import { showText } from "./account.tsx";

const SHOWS: readonly Show[] = ["available", "away", "busy", "offline"];
const STATUS_MOST = 100;

export function StatusForm({ onDone }: { onDone(): void }) {
	const { show, status } = ownPresence.value;
	const [text, setText] = useState(status);
	const id = useId();
	const form = useRef<HTMLFormElement>(null);
	useLayoutEffect(() => form.current?.querySelector<HTMLElement>("input:checked")?.focus(), []);
	const choose = (next: Show, words: string) => {
		choosePresence({ show: next, status: words.trim().slice(0, STATUS_MOST) });
		say("polite", t("account.set", { status: words.trim() || showText(next) }));
	};
	return (
		<form
			class="status-form"
			ref={form}
			onSubmit={(event) => {
				event.preventDefault();
				choose(show, text);
				onDone();
			}}
		>
			<fieldset>
				<legend>{t("account.heading")}</legend>
				{SHOWS.map((option) => (
					<label class="show-option" key={option}>
						<input type="radio" name="show" value={option} checked={show === option} onChange={() => choose(option, text)} />
						<span class={`dot dot-${option}`} />
						<span>{showText(option)}</span>
					</label>
				))}
			</fieldset>
			<div class="field">
				<label for={id}>{t("account.text")}</label>
				<div class="field-box">
					<input
						id={id}
						type="text"
						value={text}
						maxLength={STATUS_MOST}
						onInput={(event) => setText(event.currentTarget.value)}
						aria-describedby={`${id}-hint`}
					/>
					<button type="submit" class="button" disabled={text.trim() === status}>
						{t("action.save")}
					</button>
				</div>
				<p class="field-hint" id={`${id}-hint`}>
					{t("account.textHint")}
				</p>
			</div>
		</form>
	);
}
