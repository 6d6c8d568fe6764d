// SPDX-License-Identifier: MIT
// The rules of the node: its terms of service and its privacy policy.

import { useEffect, useState } from "preact/hooks";

import type { Policy } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { link } from "../state/link.ts";
import { goBack } from "../state/router.ts";
import { GuestFrame, useHello } from "./guest.tsx";

let policy: Promise<Policy> | undefined;

/** The rules of the node, asked for once. */
export function getPolicy(): Promise<Policy> {
	policy ??= link.guest.request("register.policy");
	policy.catch(() => (policy = undefined));
	return policy;
}

/** They have changed: the next time they are asked for anew. */
export function forgetPolicy(): void {
	policy = undefined;
}

/** A text of the node, in paragraphs as it has them. */
export function LegalText({ text }: { text: string }) {
	return (
		<div class="legal">
			{text.split(/\n{2,}/).map((paragraph, i) => (
				<p key={i}>{paragraph}</p>
			))}
		</div>
	);
}

export function Legal({ which }: { which: "terms" | "privacy" }) {
	useHello();
	const [rules, setRules] = useState<Policy>();
	const [failed, setFailed] = useState(false);
	useEffect(() => {
		getPolicy().then(setRules, () => setFailed(true));
	}, []);
	const legal = rules?.[which];
	return (
		<GuestFrame>
			<article class="card card-text">
				<h1>{t(`legal.${which}`)}</h1>
				{legal?.version && <p class="muted">{t("legal.version", { version: legal.version })}</p>}
				{legal && (legal.text ? <LegalText text={legal.text} /> : <p>{t("legal.none")}</p>)}
				{failed && <p>{t("signup.policyFailed")}</p>}
				<button type="button" class="button" onClick={() => goBack()}>
					{t("legal.back")}
				</button>
			</article>
		</GuestFrame>
	);
}
