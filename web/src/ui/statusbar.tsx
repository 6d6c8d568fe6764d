// SPDX-License-Identifier: MIT
// The one thin bar that tells how the connection is, or that there is a newer client; nothing when all is well.

import { useEffect, useRef, useState } from "preact/hooks";

import { t } from "../i18n.ts";
import { link, type LinkState } from "../state/link.ts";
import { say } from "../state/live.ts";
import { outdated } from "../state/update.ts";

/** A connection that is made in this time is not worth a word. */
const QUIET_MS = 600;

function bad(state: LinkState): boolean {
	return state.phase === "connecting" || state.phase === "waiting" || state.phase === "offline";
}

function text(state: LinkState, now: number): string {
	if (state.phase === "offline") {
		return t("status.offline");
	}
	if (state.phase !== "waiting") {
		return t("status.connecting");
	}
	const n = Math.ceil((state.until - now) / 1000);
	if (n <= 0) {
		return t("status.waitingNow");
	}
	return t(state.code === "busy" || state.code === "limit" ? "status.busy" : "status.waiting", { n });
}

/** Drafts are kept; nothing is lost by either way. */
function UpdateBar() {
	useEffect(() => say("status", t("status.update")), []);
	return (
		<section class="statusbar" aria-label={t("status.update")}>
			<span>{t("status.update")}</span>
			<button type="button" class="link-button" onClick={() => location.reload()}>
				{t("status.reload")}
			</button>
		</section>
	);
}

export function StatusBar() {
	const state = link.state.value;
	const [now, setNow] = useState(Date.now());
	const [shown, setShown] = useState(false);
	const told = useRef("");
	const troubled = bad(state);
	useEffect(() => {
		if (!troubled) {
			setShown(false);
			if (told.current) {
				say("status", t("status.back"));
				told.current = "";
			}
			return undefined;
		}
		const timer = setTimeout(() => setShown(true), QUIET_MS);
		return () => clearTimeout(timer);
	}, [troubled]);
	useEffect(() => {
		setNow(Date.now());
		if (state.phase !== "waiting") {
			return undefined;
		}
		const timer = setInterval(() => setNow(Date.now()), 1_000);
		return () => clearInterval(timer);
	}, [state]);
	useEffect(() => {
		if (shown && told.current !== state.phase) {
			told.current = state.phase;
			say("status", text(state, Date.now()));
		}
	}, [shown, state.phase]);
	if (!troubled && outdated.value) {
		return <UpdateBar />;
	}
	if (!shown || !troubled) {
		return null;
	}
	return (
		<section class={`statusbar statusbar-${state.phase}`} aria-label={t("status.label")}>
			<span class="pulse" aria-hidden="true" />
			<span>{text(state, now)}</span>
			{state.phase !== "connecting" && (
				<button type="button" class="link-button" onClick={() => link.tryNow()}>
					{t("status.tryNow")}
				</button>
			)}
		</section>
	);
}
