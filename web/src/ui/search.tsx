// SPDX-License-Identifier: MIT
// The search, and the keys that go from it to what was found.

import { signal } from "@preact/signals";
import { useRef } from "preact/hooks";

import { t } from "../i18n.ts";
import { go } from "../state/router.ts";
import { Icon } from "./icons.tsx";
import { IconButton } from "./parts.tsx";

export const searchText = signal("");
/** The chat in which messages are sought; all, and people too, when there is none. */
export const searchChat = signal<string | undefined>(undefined);

export function endSearch(): void {
	searchText.value = "";
	searchChat.value = undefined;
}

export function searchIn(chat: string): void {
	endSearch();
	searchChat.value = chat;
	focusSearch();
}

/** Goes to the search; where there is none on the screen, to the page that has it. */
export function focusSearch(): void {
	const input = document.querySelector<HTMLInputElement>(".search input");
	if (input) {
		input.focus();
	} else {
		go("/people");
	}
}

/** Up and Down go from row to row; from the first, Up goes to the search. */
export function walkRows(event: KeyboardEvent): void {
	const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
	if (!step || event.ctrlKey || event.altKey || event.metaKey) {
		return;
	}
	const pane = (event.target as HTMLElement).closest(".sidebar, .page");
	const rows = [...(pane?.querySelectorAll<HTMLElement>(".chat-row") ?? [])];
	const at = rows.indexOf(document.activeElement as HTMLElement);
	const to = rows[at + step];
	event.preventDefault();
	if (to && at + step >= 0) {
		to.focus();
	} else if (at === 0) {
		focusSearch();
	}
}

/** The first row below the search. */
function firstRow(from: Element | null): HTMLElement | null | undefined {
	return from?.closest(".sidebar, .page")?.querySelector<HTMLElement>(".chat-row");
}

export function Search() {
	const input = useRef<HTMLInputElement>(null);
	const scope = searchChat.value;
	const clear = () => {
		endSearch();
		input.current?.focus();
	};
	const keys = (event: KeyboardEvent) => {
		if (event.key === "Escape" && (searchText.peek() || searchChat.peek())) {
			event.preventDefault();
			endSearch();
		} else if (event.key === "ArrowDown") {
			event.preventDefault();
			firstRow(input.current)?.focus();
		} else if (event.key === "Enter" && searchText.peek().trim() && !event.isComposing) {
			event.preventDefault();
			firstRow(input.current)?.click();
		}
	};
	return (
		<div class="search" role="search">
			<Icon name="search" />
			<input
				ref={input}
				type="search"
				value={searchText.value}
				onInput={(event) => (searchText.value = event.currentTarget.value)}
				onKeyDown={keys}
				placeholder={t(scope ? "search.inChat" : "search.placeholder")}
				aria-label={t(scope ? "search.inChat" : "search.label")}
				autoComplete="off"
				autoCapitalize="none"
				spellcheck={false}
				maxLength={200}
				enterkeyhint="search"
			/>
			{(searchText.value || scope) && <IconButton icon="close" label={t("search.clear")} onClick={clear} />}
		</div>
	);
}
