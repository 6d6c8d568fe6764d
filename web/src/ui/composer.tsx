// SPDX-License-Identifier: MIT
// The box to write in: grows with the text, keeps drafts, sends with Enter and never in the middle of a composition.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Message } from "../../sdk/src/index.ts";
import { t, waitTime } from "../i18n.ts";
import { bare } from "../logic/address.ts";
import { callsAll, inserted, marked, tokenAt, type Written } from "../logic/compose.ts";
import { may, mayEdit, slowLeft } from "../logic/rights.ts";
import { sendText } from "../state/chats.ts";
import { leaveDraft, setDraft, startTyping } from "../state/drafts.ts";
import { link } from "../state/link.ts";
import { enterSends } from "../state/keys.ts";
import { say, toast } from "../state/live.ts";
import { edit } from "../state/messages.ts";
import { touch } from "../state/now.ts";
import { usedEmoji } from "../state/recents.ts";
import { me, type Chat } from "../state/store.ts";
import { cancelBar, ComposerBar, Typing } from "./composer-bars.tsx";
import { anchorOf } from "./floating.tsx";
import { Icon } from "./icons.tsx";
import { MentionBox, optionId, useCompletion, type Option } from "./mention-box.tsx";
import { lookOn, startEdit } from "./message-acts.ts";
import { openOverlay } from "./overlay.ts";
import { IconButton } from "./parts.tsx";

const USUAL_LIMIT = 10_000;
/** From this many characters before the limit, they are counted. */
const NEAR = 500;
/** More people than this are not called without asking. */
const FEW = 5;
const GROWS_BY_ITSELF = CSS.supports("field-sizing", "content");
const MARKS: Record<string, string> = { b: "**", i: "*" };

/** Characters as the protocol counts them. */
function length(text: string, limit: number): number {
	return text.length < limit / 2 ? text.length : [...text].length;
}

function lastOwn(chat: Chat): Message | undefined {
	const look = lookOn(chat);
	const own = chat.timeline.peek().messages.findLast((message) => bare(message.from) === look.me && !message.deleted && !message.change);
	return own && mayEdit(own, look) ? own : undefined;
}

/** Seconds until one may write again, in a slow group. */
function useSlow(chat: Chat): number {
	const [now, setNow] = useState(Date.now());
	const group = chat.group.value;
	const mine = [
		...chat.timeline.value.messages.filter(({ from, change }) => !change && bare(from) === me.value).map(({ time }) => Date.parse(time)),
		...chat.outgoing.value.map(({ written }) => written),
	];
	const left = slowLeft(group, mine.at(-1) ?? 0, Math.max(now, Date.now()));
	useEffect(() => {
		if (left <= 0) {
			return undefined;
		}
		const timer = setInterval(() => setNow(Date.now()), 1_000);
		return () => clearInterval(timer);
	}, [left > 0]);
	return Math.ceil(left / 1_000);
}

export function Composer({ chat, name }: { chat: Chat; name: string }) {
	const box = useRef<HTMLTextAreaElement>(null);
	const caret = useRef<Written | undefined>(undefined);
	const [token, setToken] = useState<string>();
	const editing = chat.editing.value;
	const text = editing ? editing.text : chat.draft.value;
	const limit = link.hello.value?.limits.text ?? USUAL_LIMIT;
	const left = limit - length(text, limit);
	const slow = useSlow(chat);
	const sendable = text.trim() !== "" && left >= 0 && (slow === 0 || editing !== undefined);
	const completion = useCompletion(chat, token);
	useLayoutEffect(() => {
		const area = box.current;
		if (area && caret.current) {
			area.setSelectionRange(caret.current.from, caret.current.to);
			caret.current = undefined;
		}
		if (area && !GROWS_BY_ITSELF) {
			area.style.height = "auto";
			area.style.height = `${area.scrollHeight}px`;
		}
	}, [text]);
	useEffect(() => {
		const area = box.current;
		area?.setSelectionRange(area.value.length, area.value.length);
	}, [chat, editing?.mid]);
	useEffect(() => () => leaveDraft(chat), [chat]);
	const lost =
		editing && (editing.seq < chat.begins.value || chat.timeline.value.messages.some(({ mid, deleted }) => mid === editing.mid && deleted));
	useEffect(() => {
		if (lost) {
			loseEdit(chat);
		}
	}, [lost]);
	const current = (): Written => {
		const { value, selectionStart, selectionEnd } = box.current!;
		return { text: value, from: selectionStart, to: selectionEnd };
	};
	const put = (next: string) => {
		const now = chat.editing.peek();
		if (now) {
			chat.editing.value = { ...now, text: next };
		} else {
			setDraft(chat, next);
		}
	};
	const write = (next: Written) => {
		caret.current = next;
		put(next.text);
		box.current?.focus();
	};
	const look = () => setToken(tokenAt(current())?.token);
	const deliver = (words: string) => {
		sendText(chat, words);
		setToken(undefined);
		box.current?.focus();
	};
	const send = () => {
		/* What is in the box now, which may not be drawn yet. */
		const changing = chat.editing.peek();
		const words = (changing?.text ?? chat.draft.peek()).trim();
		if (changing) {
			finishEdit(chat, words);
			return;
		}
		if (words && slow > 0) {
			toast(t("composer.slow", { wait: waitTime(slow) }));
		}
		if (!words || length(words, limit) > limit || slow > 0) {
			return;
		}
		const group = chat.group.peek();
		if (group && group.members > FEW && may(group, "mention") && callsAll(words)) {
			openOverlay({ kind: "everyone", n: group.members, send: () => deliver(words) });
		} else {
			deliver(words);
		}
	};
	const pick = ({ text: chosen }: Option) => {
		const found = tokenAt(current());
		if (found) {
			write(inserted({ ...current(), from: found.at }, `${chosen} `));
		}
		setToken(undefined);
	};
	const keys = (event: KeyboardEvent) => {
		/* 229: some browsers end a composition before they tell of the key that ended it. */
		if (event.isComposing || event.keyCode === 229) {
			return;
		}
		const control = event.ctrlKey || event.metaKey;
		const mark = control && !event.shiftKey && !event.altKey ? MARKS[event.key.toLowerCase()] : undefined;
		const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		if (completion && step) {
			event.preventDefault();
			completion.move(step);
		} else if (completion && (event.key === "Enter" || event.key === "Tab")) {
			event.preventDefault();
			pick(completion.options[completion.at]!);
		} else if (event.key === "Escape" && (completion || chat.editing.peek() || chat.reply.peek())) {
			event.preventDefault();
			if (completion) {
				completion.close();
			} else {
				cancelBar(chat);
			}
		} else if (event.key === "Enter" && (control || (enterSends.peek() && !event.shiftKey && !event.altKey && !touch.matches))) {
			event.preventDefault();
			send();
		} else if (mark) {
			event.preventDefault();
			write(marked(current(), mark));
		} else if (event.key === "ArrowUp" && text === "" && !editing && !event.shiftKey) {
			const own = lastOwn(chat);
			if (own) {
				event.preventDefault();
				startEdit(chat, own);
			}
		}
	};
	return (
		<>
			<Typing chat={chat} />
			<form
				class="composer"
				id="composer"
				onSubmit={(event) => {
					event.preventDefault();
					send();
				}}
			>
				<div class="composer-box">
					<ComposerBar chat={chat} />
					{completion && <MentionBox completion={completion} onPick={pick} />}
					<div class="composer-line">
						<textarea
							ref={box}
							rows={1}
							value={text}
							onInput={(event) => {
								put(event.currentTarget.value);
								look();
								if (!editing) {
									startTyping(chat);
								}
							}}
							onKeyDown={keys}
							onClick={look}
							onBlur={() => setToken(undefined)}
							placeholder={t("composer.placeholder")}
							aria-label={t(editing ? "composer.editLabel" : "composer.label", { name })}
							aria-describedby={left < NEAR ? "composer-left" : undefined}
							aria-autocomplete={completion ? "list" : undefined}
							aria-haspopup={completion ? "listbox" : undefined}
							aria-controls={completion ? "mentions" : undefined}
							aria-activedescendant={completion ? optionId(completion.at) : undefined}
							enterkeyhint={touch.matches ? "enter" : "send"}
							dir="auto"
						/>
						<IconButton
							icon="smile"
							label={t("composer.emoji")}
							class="composer-emoji"
							onClick={({ currentTarget }) => {
								const at = current();
								openOverlay({
									kind: "emoji",
									at: anchorOf(currentTarget as Element),
									pick: (emoji) => {
										usedEmoji(emoji);
										write(inserted(at, emoji));
									},
								});
							}}
						/>
					</div>
					{left < NEAR && (
						<span id="composer-left" class={`composer-left ${left < 0 ? "composer-over" : ""}`}>
							{left < 0 ? t("composer.over", { n: -left }) : t("composer.left", { n: left })}
						</span>
					)}
				</div>
				{slow > 0 && !editing && (
					<span class="slow" title={t("composer.slow", { wait: waitTime(slow) })}>
						<span aria-hidden="true">{slow < 60 ? slow : `${Math.floor(slow / 60)}:${String(slow % 60).padStart(2, "0")}`}</span>
						<span class="visually-hidden">{t("composer.slow", { wait: waitTime(slow) })}</span>
					</span>
				)}
				<button
					type="submit"
					class="send-button"
					aria-label={t(editing ? "composer.saveEdit" : "composer.send")}
					title={t(editing ? "composer.saveEdit" : "composer.send")}
					disabled={!sendable}
					onPointerDown={(event) => event.preventDefault()}
				>
					<Icon name={editing ? "check" : "send"} />
				</button>
			</form>
		</>
	);
}

/** The message was deleted meanwhile: what it was to say becomes a draft, unless there is one. */
function loseEdit(chat: Chat): void {
	const { before, text } = chat.editing.peek()!;
	chat.editing.value = undefined;
	toast(t("message.deleted"));
	if (text !== before && !chat.draft.peek()) {
		setDraft(chat, text);
	}
}

/** Empty: the message is to be deleted, which is asked first. */
function finishEdit(chat: Chat, words: string): void {
	const { mid, seq, before } = chat.editing.peek()!;
	const message = chat.timeline.peek().messages.find((other) => other.mid === mid);
	chat.editing.value = undefined;
	if (!message || words === before) {
		return;
	}
	if (!words) {
		openOverlay({ kind: "delete", chat, messages: [message] });
		return;
	}
	say("polite", t("composer.edited"));
	void edit(chat, message, words).then((done) => {
		if (!done && !chat.editing.peek()) {
			chat.editing.value = { mid, seq, before, text: words };
		}
	});
}
