// SPDX-License-Identifier: MIT
// Forwarding: to whom, and whether it is said who wrote it.

import { useState } from "preact/hooks";

import type { Message } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { handleOf, matchAt } from "../logic/people.ts";
import { forward } from "../state/chats.ts";
import { toast } from "../state/live.ts";
import { chatWith, home, me, order, type Chat } from "../state/store.ts";
import { Dialog } from "./dialog.tsx";
import { writable } from "./message-acts.ts";
import { PeoplePicker, type Choice } from "./people-picker.tsx";

/** So many targets are plenty. */
const MOST = 20;

function choiceOf(chat: Chat): Choice {
	const own = chat.address === me.value;
	const note = chat.group.value ? t("forward.group") : handleOf(chat.person.value, home.value);
	return { address: chat.address, name: own ? t("chat.saved") : chat.title.value, note };
}

function targets(text: string): Choice[] {
	const chats = [...order.value, ...(order.value.some(({ address }) => address === me.value) ? [] : [chatWith(me.value)])];
	return chats.filter(writable).map(choiceOf).filter(({ name, note }) => !text || matchAt(`${name} ${note}`, text) >= 0);
}

export function Forward({ messages, onClose }: { messages: readonly Message[]; onClose(): void }) {
	const [text, setText] = useState("");
	const [chosen, setChosen] = useState<readonly Choice[]>([]);
	const [source, setSource] = useState(true);
	const send = (event: Event) => {
		event.preventDefault();
		for (const { address } of chosen) {
			messages.forEach((message) => forward(chatWith(address), message, source));
		}
		const origin = messages[0] && chatWith(messages[0].chat);
		if (origin) {
			origin.chosen.value = undefined;
		}
		onClose();
		toast(t("forward.done", { n: chosen.length }));
	};
	return (
		<Dialog heading={t("forward.heading", { n: messages.length })} onClose={onClose}>
			<form onSubmit={send}>
				<PeoplePicker
					label={t("forward.to")}
					found={targets(text.trim())}
					text={text}
					onText={setText}
					chosen={chosen}
					onChosen={(next) => setChosen(next.slice(0, MOST))}
					none={t("search.none", { text })}
				/>
				<label class="check forward-source">
					<input type="checkbox" checked={source} onChange={(event) => setSource(event.currentTarget.checked)} />
					<span>{t("forward.source")}</span>
				</label>
				<div class="buttons buttons-end">
					<button type="button" class="button" onClick={onClose}>
						{t("action.cancel")}
					</button>
					<button type="submit" class="button button-primary" disabled={chosen.length === 0}>
						{t("message.forward")}
					</button>
				</div>
			</form>
		</Dialog>
	);
}
