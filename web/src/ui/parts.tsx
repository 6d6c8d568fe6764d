// SPDX-License-Identifier: MIT
// Small parts that many screens are made of.

import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";

import type { Group, Person, Show } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { handleOf, hueOf, letterOf, nameOf } from "../logic/people.ts";
import { ago } from "../logic/time.ts";
import { titleOf } from "../state/invitations.ts";
import { now } from "../state/now.ts";
import { follow } from "../state/router.ts";
import { home, type Chat } from "../state/store.ts";
import { Icon, type IconName } from "./icons.tsx";

export function Hidden({ children }: { children: ComponentChildren }) {
	return <span class="visually-hidden">{children}</span>;
}

interface AvatarProps {
	name: string;
	address: string;
	show?: Show;
	size?: "small" | "large";
}

export function Avatar({ name, address, show, size }: AvatarProps) {
	return (
		<span class={`avatar hue-${hueOf(address)} ${size ? `avatar-${size}` : ""}`} aria-hidden="true">
			{letterOf(name)}
			{show && <span class={`dot dot-${show}`} />}
		</span>
	);
}

/** "Available", "In the garden" or "Last seen 5 minutes ago". */
export function presenceText(chat: Chat): string {
	const presence = chat.presence.value;
	if (!presence || presence.show === "offline") {
		if (!presence?.since) {
			return t("presence.offline");
		}
		const { unit, n } = ago(Date.parse(presence.since), now.value);
		return t(`presence.since.${unit}`, { n });
	}
	return presence.status || t(`presence.${presence.show}`);
}

/** The same for those who do not see the dot. */
export function presenceLabel(chat: Chat): string {
	const presence = chat.presence.value;
	const shown = presenceText(chat);
	return presence?.status && presence.show !== "offline" ? [t(`presence.${presence.show}`), shown].join(", ") : shown;
}

interface LinkProps {
	to: string;
	class?: string;
	current?: boolean;
	children: ComponentChildren;
	label?: string;
	/** Also when the link leads to where one is. */
	onGo?(): void;
}

/** A link within the client. */
export function Go({ to, children, current, label, class: classes, onGo }: LinkProps) {
	const click = (event: MouseEvent) => {
		follow(event);
		onGo?.();
	};
	return (
		<a href={to} class={classes} onClick={click} aria-current={current ? "page" : undefined} aria-label={label} title={label}>
			{children}
		</a>
	);
}

interface IconButtonProps {
	icon: IconName;
	label: string;
	onClick(event: MouseEvent): void;
	class?: string;
	disabled?: boolean;
}

export function IconButton({ icon, label, onClick, class: classes = "", disabled }: IconButtonProps) {
	return (
		<button type="button" class={`icon-button ${classes}`} onClick={onClick} aria-label={label} title={label} disabled={disabled}>
			<Icon name={icon} />
		</button>
	);
}

interface FieldProps {
	label: string;
	name: string;
	value: string;
	onInput(value: string): void;
	hint?: ComponentChildren;
	error?: string;
	/** Beside the label, where it moves nothing when it comes. */
	note?: string;
	/** The note is good news. */
	good?: boolean;
	password?: boolean;
	autoComplete?: string;
	maxLength?: number;
	onBlur?(): void;
	spellcheck?: boolean;
}

/** A labelled input with its hint, and its error beside it. */
export function Field(props: FieldProps) {
	const { label, name, value, onInput, hint, error, note, good, password, autoComplete, maxLength, onBlur } = props;
	const id = useId();
	const [shown, setShown] = useState(false);
	const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
	return (
		<div class={`field ${error ? "field-bad" : ""}`}>
			<label for={id}>{label}</label>
			<div class="field-box">
				<input
					id={id}
					name={name}
					type={(password && !shown ? "password" : "text") as "text"}
					value={value}
					onInput={(event) => onInput(event.currentTarget.value)}
					onBlur={onBlur}
					autoComplete={autoComplete}
					autoCapitalize="none"
					spellcheck={props.spellcheck ?? false}
					maxLength={maxLength}
					aria-describedby={described || undefined}
					aria-invalid={error ? "true" : undefined}
				/>
				{password && (
					<IconButton
						icon={shown ? "eyeOff" : "eye"}
						label={t(shown ? "field.hidePassword" : "field.showPassword")}
						onClick={() => setShown(!shown)}
					/>
				)}
			</div>
			{error && (
				<p class="field-error" id={`${id}-error`}>
					<Icon name="warning" />
					{error}
				</p>
			)}
			{note && !error && (
				<p class={`field-note ${good ? "field-good" : ""}`}>
					{good && <Icon name="tick" />}
					{note}
				</p>
			)}
			{hint && (
				<p class="field-hint" id={`${id}-hint`}>
					{hint}
				</p>
			)}
		</div>
	);
}

interface PersonLineProps {
	person: Person;
	note?: ComponentChildren;
	mark?: string;
}

/** Picture, name and @name of somebody. */
export function PersonLine({ person, note, mark }: PersonLineProps) {
	const name = nameOf(person);
	return (
		<>
			<Avatar name={name} address={person.address} />
			<span class="person-text">
				<span class="person-name">
					<Marked text={name} mark={mark} />
				</span>
				<span class="person-note">
					<Marked text={handleOf(person, home.value)} mark={mark} />
					{note && <span class="person-more">{note}</span>}
				</span>
			</span>
		</>
	);
}

/** Letter, name and size of a group. */
export function GroupLine({ group, mark, note }: { group: Group; mark?: string; note?: ComponentChildren }) {
	const title = titleOf(group);
	return (
		<>
			<Avatar name={title} address={group.address} />
			<span class="person-text">
				<span class="person-name">
					<Marked text={title} mark={mark} />
				</span>
				<span class="person-note">
					{t("group.members", { n: group.members })}
					{(note ?? group.about) && <span class="person-more">{note ?? group.about}</span>}
				</span>
			</span>
		</>
	);
}

/** The text with the part that was searched for marked. */
export function Marked({ text, mark }: { text: string; mark?: string }) {
	const want = mark?.trim().replace(/^@/, "").toLowerCase();
	const at = want ? text.toLowerCase().indexOf(want) : -1;
	if (!want || at < 0) {
		return <>{text}</>;
	}
	return (
		<>
			{text.slice(0, at)}
			<mark>{text.slice(at, at + want.length)}</mark>
			{text.slice(at + want.length)}
		</>
	);
}
