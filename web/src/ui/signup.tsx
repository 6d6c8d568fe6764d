// SPDX-License-Identifier: MIT
// Making an account: the name is checked while it is typed, errors stand beside their fields, nothing typed is lost.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { asParleyError, type Policy } from "../../sdk/src/index.ts";
import { sentence, t, tx, waitTime } from "../i18n.ts";
import { strengthOf } from "../logic/password.ts";
import { afterLogin } from "../state/joining.ts";
import { link } from "../state/link.ts";
import { say } from "../state/live.ts";
import { go } from "../state/router.ts";
import { logIn } from "../state/session.ts";
import { GuestFrame, nodeName, useHello } from "./guest.tsx";
import { Icon } from "./icons.tsx";
import { forgetPolicy, getPolicy, LegalText } from "./legal.tsx";
import { Dialog } from "./dialog.tsx";
import { Field, Go } from "./parts.tsx";

const CHECK_MS = 350;
const NAME = /^[A-Za-z0-9_]*$/;

interface Errors {
	name?: string;
	display?: string;
	password?: string;
	terms?: string;
	privacy?: string;
	form?: string;
}

type Availability = { state: "unknown" | "checking" | "free" } | { state: "bad"; text: string };

/** Asks the node about a name when the typing pauses. */
function useNameCheck(name: string, policy: Policy | undefined): [Availability, (text: string) => void] {
	const [result, setResult] = useState<Availability>({ state: "unknown" });
	const bounds = policy?.name ?? { min: 3, max: 15 };
	const bad = (text: string) => setResult({ state: "bad", text });
	useEffect(() => {
		setResult({ state: "unknown" });
		if (!name) {
			return undefined;
		}
		if (!NAME.test(name) || name.length > bounds.max) {
			bad(t("signup.invalid", bounds));
			return undefined;
		}
		if (name.length < bounds.min) {
			return undefined;
		}
		let current = true;
		const timer = setTimeout(async () => {
			setResult({ state: "checking" });
			try {
				const { available, reason } = await link.guest.request("register.check", { name });
				if (!current) {
					return;
				}
				if (available) {
					setResult({ state: "free" });
					say("polite", t("signup.available", { name }));
				} else {
					const text = t(`signup.${reason ?? "taken"}`, { name, ...bounds });
					bad(text);
					say("polite", text);
				}
			} catch {
				setResult({ state: "unknown" });
			}
		}, CHECK_MS);
		return () => {
			current = false;
			clearTimeout(timer);
		};
	}, [name, bounds.min, bounds.max]);
	return [result, bad];
}

function Strength({ password, name }: { password: string; name: string }) {
	const strength = strengthOf(password, name);
	return (
		<span class={`strength strength-${strength}`}>
			<span class="strength-bars" aria-hidden="true">
				<i />
				<i />
				<i />
				<i />
			</span>
			{t("signup.strength", { strength: t(`signup.strength.${strength}`) })}
		</span>
	);
}

interface AgreeProps {
	name: "terms" | "privacy";
	checked: boolean;
	onChange(checked: boolean): void;
	error?: string;
	onRead(): void;
}

function Agree({ name, checked, onChange, error, onRead }: AgreeProps) {
	const read = (
		<button type="button" class="link-button" onClick={onRead}>
			{t(`legal.${name}`)}
		</button>
	);
	return (
		<div class={`check ${error ? "field-bad" : ""}`}>
			<input
				type="checkbox"
				id={`agree-${name}`}
				name={name}
				checked={checked}
				onChange={(event) => onChange(event.currentTarget.checked)}
				aria-invalid={error ? "true" : undefined}
				aria-describedby={error ? `agree-${name}-error` : undefined}
				aria-labelledby={`agree-${name}-label`}
			/>
			<span id={`agree-${name}-label`}>
				{tx(name === "terms" ? "signup.agreeTerms" : "signup.agreePrivacy", { text: read }).map((part) =>
					typeof part === "string" ? <label for={`agree-${name}`}>{part}</label> : part,
				)}
			</span>
			{error && (
				<p class="field-error" id={`agree-${name}-error`}>
					<Icon name="warning" />
					{error}
				</p>
			)}
		</div>
	);
}

function passwordError(password: string, { min, max }: { min: number; max: number }): string | undefined {
	const length = [...password].length;
	if (length < min) {
		return t("signup.passwordShort", { min });
	}
	return length > max ? t("signup.passwordLong", { max }) : undefined;
}

export function SignUp() {
	useHello();
	const [policy, setPolicy] = useState<Policy>();
	const [name, setName] = useState("");
	const [display, setDisplay] = useState("");
	const [password, setPassword] = useState("");
	const [agreed, setAgreed] = useState({ terms: false, privacy: false });
	const [errors, setErrors] = useState<Errors>({});
	const [reading, setReading] = useState<"terms" | "privacy">();
	const [busy, setBusy] = useState(false);
	const [availability, nameIsBad] = useNameCheck(name, policy);
	const form = useRef<HTMLFormElement>(null);
	const loadPolicy = () =>
		void getPolicy().then(
			(rules) => (setPolicy(rules), setErrors(({ form: _, ...others }) => others)),
			() => setErrors({ form: t("signup.policyFailed") }),
		);
	useLayoutEffect(() => {
		form.current?.querySelector<HTMLInputElement>("[name=username]")?.focus();
		loadPolicy();
	}, []);

	const bounds = policy?.name ?? { min: 3, max: 15 };
	const lengths = policy?.password ?? { min: 8, max: 256 };
	const texts = (["terms", "privacy"] as const).filter((which) => policy?.[which].text);

	const fail = (found: Errors) => {
		setErrors(found);
		const first = (["name", "display", "password", "terms", "privacy"] as const).find((field) => found[field]);
		const input = first && { name: "username", display: "display", password: "password", terms: "terms", privacy: "privacy" }[first];
		if (input) {
			form.current?.querySelector<HTMLInputElement>(`[name=${input}]`)?.focus();
		} else if (found.form) {
			say("assertive", found.form);
		}
	};

	const check = (): Errors => ({
		name:
			availability.state === "bad"
				? availability.text
				: name.length < bounds.min || name.length > bounds.max || !NAME.test(name)
					? t("signup.invalid", bounds)
					: undefined,
		password: passwordError(password, lengths),
		terms: texts.includes("terms") && !agreed.terms ? t("signup.agreeMissing") : undefined,
		privacy: texts.includes("privacy") && !agreed.privacy ? t("signup.agreeMissing") : undefined,
	});

	const refused = (error: unknown) => {
		const { code, where, message, retryAfter } = asParleyError(error);
		if (where?.endsWith("/terms")) {
			forgetPolicy();
			loadPolicy();
			setAgreed({ terms: false, privacy: false });
			fail({ terms: t("signup.termsChanged") });
		} else if (code === "conflict" || where?.endsWith("/name")) {
			const text = code === "conflict" ? t("signup.taken", { name }) : t("signup.invalid", bounds);
			nameIsBad(text);
			fail({ name: text });
		} else if (where?.endsWith("/password")) {
			fail({ password: sentence(message) });
		} else if (where?.endsWith("/display")) {
			fail({ display: sentence(message) });
		} else if (code === "limit" && retryAfter) {
			fail({ form: t("signup.limit", { wait: waitTime(retryAfter) }) });
		} else {
			fail({ form: code === "closed" || code === "timeout" ? t("login.unreachable") : t("signup.failed", { text: message }) });
		}
	};

	const submit = async (event: Event) => {
		event.preventDefault();
		const found = check();
		if (busy || !policy || Object.values(found).some(Boolean)) {
			fail(found);
			return;
		}
		setBusy(true);
		setErrors({});
		try {
			await link.guest.request("register.create", {
				name,
				password,
				terms: policy.terms.version,
				...(display.trim() ? { display: display.trim() } : {}),
			});
		} catch (error) {
			setBusy(false);
			refused(error);
			return;
		}
		try {
			await logIn(name, password);
			go(afterLogin("/people"), { replace: true });
		} catch {
			go("/login", { replace: true });
		}
	};

	if (policy?.register === "closed") {
		return (
			<GuestFrame>
				<div class="card">
					<h1>{t("signup.heading")}</h1>
					<p>{t("signup.closed")}</p>
					<Go to="/login" class="button button-primary">
						{t("signup.login")}
					</Go>
				</div>
			</GuestFrame>
		);
	}
	return (
		<GuestFrame>
			<form class="card" ref={form} onSubmit={submit} noValidate>
				<h1>{t("signup.heading")}</h1>
				<p class="muted">{t("signup.lead", { node: nodeName() })}</p>
				{errors.form && (
					<p class="banner banner-bad">
						<Icon name="warning" />
						<span>{errors.form}</span>
						{!policy && (
							<button type="button" class="link-button" onClick={loadPolicy}>
								{t("action.retry")}
							</button>
						)}
					</p>
				)}
				<Field
					label={t("signup.name")}
					name="username"
					value={name}
					onInput={(value) => (setName(value.trim()), setErrors({ ...errors, name: undefined }))}
					error={errors.name ?? (availability.state === "bad" ? availability.text : undefined)}
					note={availability.state === "free" ? t("signup.available", { name }) : availability.state === "checking" ? t("signup.checking") : undefined}
					good={availability.state === "free"}
					hint={t("signup.nameHint", bounds)}
					autoComplete="username"
				/>
				<Field
					label={t("signup.display")}
					name="display"
					value={display}
					onInput={setDisplay}
					error={errors.display}
					hint={t("signup.displayHint")}
					autoComplete="name"
					maxLength={64}
				/>
				<Field
					label={t("signup.password")}
					name="password"
					value={password}
					onInput={(value) => (setPassword(value), setErrors({ ...errors, password: undefined }))}
					error={errors.password}
					hint={password ? <Strength password={password} name={name} /> : t("signup.passwordHint", { min: lengths.min })}
					password
					autoComplete="new-password"
				/>
				{texts.map((which) => (
					<Agree
						key={which}
						name={which}
						checked={agreed[which]}
						onChange={(checked) => (setAgreed({ ...agreed, [which]: checked }), setErrors({ ...errors, [which]: undefined }))}
						error={errors[which]}
						onRead={() => setReading(which)}
					/>
				))}
				<button type="submit" class="button button-primary button-wide" aria-disabled={busy}>
					{t(busy ? "signup.busy" : "signup.submit")}
				</button>
				<p class="aside">
					{t("signup.other")} <Go to="/login">{t("signup.login")}</Go>
				</p>
			</form>
			{reading && policy && (
				<Dialog heading={t(`legal.${reading}`)} onClose={() => setReading(undefined)} wide>
					<LegalText text={policy[reading].text} />
					<div class="buttons buttons-end">
						<button type="button" class="button button-primary" onClick={() => setReading(undefined)}>
							{t("action.close")}
						</button>
					</div>
				</Dialog>
			)}
		</GuestFrame>
	);
}
