// SPDX-License-Identifier: MIT
// The box to write in: grows with the text, keeps drafts, sends with Enter and never in the middle of a composition.

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

import { t } from "../i18n.ts";
import { sendText, setDraft } from "../state/chats.ts";
import { link } from "../state/link.ts";
import { touch } from "../state/now.ts";
import type { Chat } from "../state/store.ts";
import { Icon } from "./icons.tsx";

const USUAL_LIMIT = 10_000;
/** From this many characters before the limit, they are counted. */
const NEAR = 500;
const GROWS_BY_ITSELF = CSS.supports("field-sizing", "content");

/** Whether there was a box to go to. */
export function focusComposer(): boolean {
	const box = document.querySelector<HTMLTextAreaElement>(".composer textarea");
	box?.focus();
	return box !== null;
}

/** Characters as the protocol counts them. */
function length(text: string, limit: number): number {
	return text.length < limit / 2 ? text.length : [...text].length;
}

export function Composer({ chat, name }: { chat: Chat; name: string }) {
	const box = useRef<HTMLTextAreaElement>(null);
	const text = chat.draft.value;
	const limit = link.hello.value?.limits.text ?? USUAL_LIMIT;
	const left = limit - length(text, limit);
	const sendable = text.trim() !== "" && left >= 0;
	useLayoutEffect(() => {
		const area = box.current;
		if (area && !GROWS_BY_ITSELF) {
			area.style.height = "auto";
			area.style.height = `${area.scrollHeight}px`;
		}
	}, [text]);
	useEffect(() => {
		const area = box.current;
		area?.setSelectionRange(area.value.length, area.value.length);
	}, [chat]);
	const send = () => {
		/* What is in the box now, which may not be drawn yet. */
		const words = chat.draft.peek().trim();
		if (words && length(chat.draft.peek(), limit) <= limit) {
			sendText(chat, words);
			setDraft(chat, "");
			box.current?.focus();
		}
	};
	const keys = (event: KeyboardEvent) => {
		/* 229: some browsers end a composition before they tell of the key that ended it. */
		if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) {
			return;
		}
		const sends = event.ctrlKey || event.metaKey || (!event.shiftKey && !event.altKey && !touch.matches);
		if (sends) {
			event.preventDefault();
			send();
		}
	};
	return (
		<form
			class="composer"
			id="composer"
			onSubmit={(event) => {
				event.preventDefault();
				send();
			}}
		>
			<div class="composer-box">
				<textarea
					ref={box}
					rows={1}
					value={text}
					onInput={(event) => setDraft(chat, event.currentTarget.value)}
					onKeyDown={keys}
					placeholder={t("composer.placeholder")}
					aria-label={t("composer.label", { name })}
					aria-describedby={left < NEAR ? "composer-left" : undefined}
					enterkeyhint={touch.matches ? "enter" : "send"}
					dir="auto"
				/>
				{left < NEAR && (
					<span id="composer-left" class={`composer-left ${left < 0 ? "composer-over" : ""}`}>
						{left < 0 ? t("composer.over", { n: -left }) : t("composer.left", { n: left })}
					</span>
				)}
			</div>
			<button
				type="submit"
				class="send-button"
				aria-label={t("composer.send")}
				title={t("composer.send")}
				disabled={!sendable}
				onPointerDown={(event) => event.preventDefault()}
			>
				<Icon name="send" />
			</button>
		</form>
	);
}
