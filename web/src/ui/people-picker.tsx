// SPDX-License-Identifier: MIT
// Choosing several from a list by typing: chips for those who are chosen, taken away by Backspace.

import { useId, useRef, useState } from "preact/hooks";

import { t } from "../i18n.ts";
import { Icon } from "./icons.tsx";
import { Avatar, Marked } from "./parts.tsx";

/** Somebody, or a chat, to choose. */
export interface Choice {
	address: string;
	name: string;
	note?: string;
}

interface PeoplePickerProps {
	label: string;
	/** What fits the text, best first. */
	found: readonly Choice[];
	text: string;
	onText(text: string): void;
	chosen: readonly Choice[];
	onChosen(chosen: readonly Choice[]): void;
	/** What to say when nothing fits. */
	none: string;
}

export function PeoplePicker({ label, found, text, onText, chosen, onChosen, none }: PeoplePickerProps) {
	const [at, setAt] = useState(0);
	const input = useRef<HTMLInputElement>(null);
	const id = useId();
	const active = found[Math.min(at, found.length - 1)];
	const isChosen = ({ address }: Choice) => chosen.some((other) => other.address === address);
	const toggle = (choice: Choice) => {
		onChosen(isChosen(choice) ? chosen.filter(({ address }) => address !== choice.address) : [...chosen, choice]);
		onText("");
		setAt(0);
		input.current?.focus();
	};
	const keys = (event: KeyboardEvent) => {
		const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		if (step && found.length > 0) {
			event.preventDefault();
			const next = (at + step + found.length) % found.length;
			setAt(next);
			document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: "nearest" });
		} else if (event.key === "Enter" && active && !event.isComposing) {
			event.preventDefault();
			toggle(active);
		} else if (event.key === "Backspace" && text === "" && chosen.length > 0) {
			onChosen(chosen.slice(0, -1));
		}
	};
	return (
		<div class="people-picker">
			<label for={`${id}-input`}>{label}</label>
			<div class="chips">
				{chosen.map((choice) => (
					<button type="button" class="chip" key={choice.address} aria-label={t("picker.remove", { name: choice.name })} onClick={() => toggle(choice)}>
						{choice.name}
						<Icon name="close" />
					</button>
				))}
				<input
					ref={input}
					id={`${id}-input`}
					type="text"
					role="combobox"
					value={text}
					autoComplete="off"
					autoCapitalize="none"
					spellcheck={false}
					maxLength={64}
					aria-autocomplete="list"
					aria-expanded={found.length > 0}
					aria-controls={`${id}-list`}
					aria-activedescendant={active ? `${id}-${found.indexOf(active)}` : undefined}
					placeholder={t("search.placeholder")}
					onInput={(event) => {
						onText(event.currentTarget.value);
						setAt(0);
					}}
					onKeyDown={keys}
				/>
			</div>
			<div class="picker-list" role="listbox" id={`${id}-list`} aria-label={label} aria-multiselectable="true">
				{found.map((choice, i) => (
					<div
						key={choice.address}
						id={`${id}-${i}`}
						role="option"
						class={`mention-option ${choice === active ? "option-active" : ""}`}
						aria-selected={isChosen(choice)}
						onClick={() => toggle(choice)}
					>
						<Avatar name={choice.name} address={choice.address} size="small" />
						<span class="person-text">
							<span class="person-name">
								<Marked text={choice.name} mark={text} />
							</span>
							{choice.note && <span class="person-note">{choice.note}</span>}
						</span>
						{isChosen(choice) && <Icon name="check" />}
					</div>
				))}
			</div>
			{found.length === 0 && <p class="muted">{none}</p>}
		</div>
	);
}
