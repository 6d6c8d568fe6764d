// SPDX-License-Identifier: MIT
// Parts of forms: several lines of text, one of a few choices, one of a list, a switch.

import { useId } from "preact/hooks";

interface AreaProps {
	label: string;
	value: string;
	onInput(value: string): void;
	maxLength: number;
	hint?: string;
	rows?: number;
}

export function Area({ label, value, onInput, maxLength, hint, rows = 2 }: AreaProps) {
	const id = useId();
	return (
		<div class="field">
			<label for={id}>{label}</label>
			<textarea
				id={id}
				rows={rows}
				maxLength={maxLength}
				value={value}
				dir="auto"
				aria-describedby={hint ? `${id}-hint` : undefined}
				onInput={(event) => onInput(event.currentTarget.value)}
			/>
			{hint && (
				<p class="field-hint" id={`${id}-hint`}>
					{hint}
				</p>
			)}
		</div>
	);
}

export interface Option<V> {
	value: V;
	text: string;
	hint?: string;
}

interface ChoicesProps<V> {
	label: string;
	name: string;
	value: V;
	options: readonly Option<V>[];
	onChange(value: V): void;
	disabled?: boolean;
}

/** One of a few, all in sight. */
export function Choices<V extends string>({ label, name, value, options, onChange, disabled }: ChoicesProps<V>) {
	const id = useId();
	return (
		<fieldset class="choices" disabled={disabled}>
			<legend>{label}</legend>
			{options.map((option) => (
				<label class="choice" key={option.value}>
					<input
						type="radio"
						name={`${name}-${id}`}
						value={option.value}
						checked={value === option.value}
						aria-describedby={option.hint ? `${id}-${option.value}` : undefined}
						onChange={() => onChange(option.value)}
					/>
					<span>
						<span>{option.text}</span>
						{option.hint && (
							<span class="field-hint" id={`${id}-${option.value}`}>
								{option.hint}
							</span>
						)}
					</span>
				</label>
			))}
		</fieldset>
	);
}

/** One of a list. */
export function Select<V extends string | number>({ label, value, options, onChange, disabled }: Omit<ChoicesProps<V>, "name">) {
	const id = useId();
	return (
		<div class="field select-field">
			<label for={id}>{label}</label>
			<select
				id={id}
				disabled={disabled}
				value={String(value)}
				onChange={(event) => onChange(options[event.currentTarget.selectedIndex]!.value)}
			>
				{options.map((option) => (
					<option key={option.value} value={String(option.value)} selected={option.value === value}>
						{option.text}
					</option>
				))}
			</select>
		</div>
	);
}

interface SwitchProps {
	label: string;
	hint?: string;
	checked: boolean;
	onChange(checked: boolean): void;
	disabled?: boolean;
}

export function Switch({ label, hint, checked, onChange, disabled }: SwitchProps) {
	const id = useId();
	return (
		<div class="switch-row">
			<div>
				<label for={id}>{label}</label>
				{hint && (
					<p class="field-hint" id={`${id}-hint`}>
						{hint}
					</p>
				)}
			</div>
			<input
				id={id}
				class="switch"
				type="checkbox"
				role="switch"
				checked={checked}
				disabled={disabled}
				aria-describedby={hint ? `${id}-hint` : undefined}
				onChange={(event) => onChange(event.currentTarget.checked)}
			/>
		</div>
	);
}
