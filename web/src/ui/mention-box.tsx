// SPDX-License-Identifier: MIT
// Completes names behind an @ and emoji behind a colon: a list by ARIA's rules; the box to write in keeps the focus.

import { useEffect, useState } from "preact/hooks";

import type { Person } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { may } from "../logic/rights.ts";
import { say } from "../state/live.ts";
import { findMembers } from "../state/members.ts";
import { me, type Chat } from "../state/store.ts";
import { PersonLine } from "./parts.tsx";

/** Somebody, or everybody, that can be mentioned; or an emoji. */
export interface Option {
	/** What is written in place of what was typed. */
	text: string;
	person?: Person;
	note?: string;
}

const MOST = 6;
const EVERYBODY = ["all", "here"] as const;

async function emojiFor(text: string): Promise<Option[]> {
	const { findEmoji } = await import("../later/emoji.ts");
	return findEmoji(text).slice(0, MOST).map(({ emoji, name }) => ({ text: emoji, note: name }));
}

async function optionsFor(chat: Chat, token: string): Promise<Option[]> {
	const text = token.slice(1);
	if (token.startsWith(":")) {
		return emojiFor(text);
	}
	const group = chat.group.peek();
	if (!group) {
		const person = chat.person.peek();
		const fits = chat.address !== me.peek() && person.shown.toLowerCase().startsWith(text.toLowerCase());
		return fits ? [{ text: `@${person.shown}`, person }] : [];
	}
	const members = await findMembers(chat, text);
	const all = may(group, "mention") ? EVERYBODY.filter((name) => name.startsWith(text.toLowerCase())) : [];
	const options = [
		...members.map(({ person }) => ({ text: `@${person.shown || person.name}`, person })),
		...all.map((name) => ({ text: `@${name}`, note: t(`mention.${name}`) })),
	];
	return options.slice(0, MOST);
}

export interface Completion {
	options: readonly Option[];
	at: number;
	move(step: number): void;
	close(): void;
}

/** What completes a name; nothing while there is nothing to complete. */
export function useCompletion(chat: Chat, token: string | undefined): Completion | undefined {
	const [found, setFound] = useState<Option[]>();
	const [at, setAt] = useState(0);
	const [closed, setClosed] = useState<string>();
	useEffect(() => {
		if (token === undefined) {
			setFound(undefined);
			setClosed(undefined);
			return undefined;
		}
		let current = true;
		optionsFor(chat, token).then(
			(options) => {
				if (current) {
					setFound(options);
					setAt(0);
					say("polite", t("mention.count", { n: options.length }));
				}
			},
			(error: unknown) => console.warn("nothing to complete:", error),
		);
		return () => {
			current = false;
		};
	}, [chat, token]);
	if (token === undefined || !found || found.length === 0 || closed !== undefined) {
		return undefined;
	}
	const n = found.length;
	return { options: found, at: Math.min(at, n - 1), move: (step) => setAt((at + step + n) % n), close: () => setClosed(token) };
}

interface MentionBoxProps {
	completion: Completion;
	onPick(option: Option): void;
}

export const optionId = (i: number) => `mention-${i}`;

export function MentionBox({ completion, onPick }: MentionBoxProps) {
	return (
		<div class="mention-box" role="listbox" id="mentions" aria-label={t("mention.label")}>
			{completion.options.map((option, i) => (
				<div
					key={option.text}
					id={optionId(i)}
					role="option"
					class="mention-option"
					aria-selected={i === completion.at}
					onPointerDown={(event) => event.preventDefault()}
					onClick={() => onPick(option)}
				>
					{option.person ? (
						<PersonLine person={option.person} />
					) : (
						<span class="person-text">
							<span class="person-name">{option.text}</span>
							<span class="person-note">{option.note}</span>
						</span>
					)}
				</div>
			))}
		</div>
	);
}
