// SPDX-License-Identifier: MIT
// What somebody sees who is not logged in: the welcome, and the form to log in.

import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { asParleyError, passwords, type HelloFrame } from "../../sdk/src/index.ts";
import { t, waitTime } from "../i18n.ts";
import { afterLogin } from "../state/joining.ts";
import { link } from "../state/link.ts";
import { say } from "../state/live.ts";
import { go, route } from "../state/router.ts";
import { logIn, notice } from "../state/session.ts";
import { Icon, Logo, type IconName } from "./icons.tsx";
import { Field, Go } from "./parts.tsx";

/** What the node says of itself, as soon as it has said it. */
const hello = signal<HelloFrame | undefined>(undefined);
export const nodeName = () => hello.value?.domain ?? location.hostname;

export function useHello(): void {
	useEffect(() => {
		link.guest.hello().then(
			(frame) => (hello.value = frame),
			() => undefined,
		);
	}, []);
}

export function GuestFrame({ children, wide }: { children: ComponentChildren; wide?: boolean }) {
	return (
		<div class={`guest ${wide ? "guest-wide" : ""}`}>
			<header class="guest-head">
				<Go to="/" class="brand">
					<Logo />
					<span>{t("app.name")}</span>
				</Go>
				<span class="guest-node">{nodeName()}</span>
			</header>
			<main class="guest-main" id="main">
				{children}
			</main>
			<footer class="guest-foot">
				<Go to="/terms">{t("legal.terms")}</Go>
				<Go to="/privacy">{t("legal.privacy")}</Go>
			</footer>
		</div>
	);
}

const POINTS: { icon: IconName; name: "private" | "kept" | "open" }[] = [
	{ icon: "lock", name: "private" },
	{ icon: "layers", name: "kept" },
	{ icon: "globe", name: "open" },
];

export function Welcome() {
	useHello();
	const closed = hello.value?.register === "closed";
	return (
		<GuestFrame wide>
			<div class="welcome">
				<div class="welcome-text">
					<h1>{t("welcome.heading")}</h1>
					<p class="lead">{t("welcome.lead", { node: nodeName() })}</p>
					<div class="buttons">
						{!closed && (
							<Go to="/signup" class="button button-primary button-large">
								{t("welcome.signup")}
							</Go>
						)}
						<Go to="/login" class={`button button-large ${closed ? "button-primary" : ""}`}>
							{t("welcome.login")}
						</Go>
					</div>
					{closed && <p class="muted">{t("welcome.closed")}</p>}
				</div>
				<div class="welcome-picture" aria-hidden="true">
					<span class="scene scene-1" />
					<span class="scene scene-2" />
					<span class="scene scene-3" />
					<span class="scene scene-4" />
				</div>
				<ul class="points">
					{POINTS.map(({ icon, name }) => (
						<li key={name}>
							<Icon name={icon} />
							<div>
								<h2>{t(`welcome.point.${name}`)}</h2>
								<p>{t(`welcome.point.${name}.text`)}</p>
							</div>
						</li>
					))}
				</ul>
			</div>
		</GuestFrame>
	);
}

function loginError(error: unknown): string {
	const { code, retryAfter } = asParleyError(error);
	switch (code) {
		case "not-authorized":
			return t("login.wrong");
		case "not-allowed":
			return t("login.disabled");
		case "limit":
		case "busy":
			return t("login.limit", { wait: waitTime(retryAfter ?? 30) });
		default:
			return t("login.unreachable");
	}
}

export function Login() {
	useHello();
	const [name, setName] = useState("");
	const [password, setPassword] = useState("");
	const [errors, setErrors] = useState<{ name?: string; password?: string; form?: string }>({});
	const [busy, setBusy] = useState(false);
	const form = useRef<HTMLFormElement>(null);
	const focus = (field: string) => form.current?.querySelector<HTMLInputElement>(`[name=${field}]`)?.focus();
	useLayoutEffect(() => focus("username"), []);
	useEffect(() => {
		/* So that it is here when the button is pressed. What fails is asked for again then. */
		passwords().catch(() => undefined);
	}, []);

	const submit = async (event: Event) => {
		event.preventDefault();
		if (busy) {
			return;
		}
		const missing = {
			name: name.trim() ? undefined : t("login.nameMissing"),
			password: password ? undefined : t("login.passwordMissing"),
		};
		setErrors(missing);
		if (missing.name || missing.password) {
			focus(missing.name ? "username" : "password");
			return;
		}
		setBusy(true);
		try {
			await logIn(name.trim(), password);
			if (route.peek().screen === "login") {
				go(afterLogin("/"), { replace: true });
			}
		} catch (error) {
			const text = loginError(error);
			setErrors({ form: text });
			say("assertive", text);
			setBusy(false);
			focus("password");
		}
	};

	const wanted = route.value.screen !== "login";
	return (
		<GuestFrame>
			<form class="card" ref={form} onSubmit={submit} noValidate>
				<h1>{t("login.heading")}</h1>
				<p class="muted">{t("login.lead", { node: nodeName() })}</p>
				{notice.value === "revoked" && <p class="banner">{t("login.signedOut")}</p>}
				{wanted && notice.value !== "revoked" && <p class="banner">{t("login.first")}</p>}
				{errors.form && (
					<p class="banner banner-bad">
						<Icon name="warning" />
						{errors.form}
					</p>
				)}
				<Field label={t("login.name")} name="username" value={name} onInput={setName} error={errors.name} autoComplete="username" />
				<Field
					label={t("login.password")}
					name="password"
					value={password}
					onInput={setPassword}
					error={errors.password}
					password
					autoComplete="current-password"
				/>
				<button type="submit" class="button button-primary button-wide" aria-disabled={busy}>
					{t(busy ? "login.busy" : "login.submit")}
				</button>
				<p class="aside">
					{t("login.other")} <Go to="/signup">{t("login.signup")}</Go>
				</p>
			</form>
		</GuestFrame>
	);
}
