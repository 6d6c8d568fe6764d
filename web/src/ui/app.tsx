// SPDX-License-Identifier: MIT
// The frame around all screens: which of them is shown, and where the focus goes when that changes.

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

import { t } from "../i18n.ts";
import { isGroup } from "../logic/address.ts";
import type { Route } from "../logic/routes.ts";
import { narrow } from "../state/now.ts";
import { dismissToast, toasts } from "../state/live.ts";
import { moved, route } from "../state/router.ts";
import { signedIn } from "../state/session.ts";
import { chatWith, home, totalUnread, type Chat } from "../state/store.ts";
import { Conversation, nameOfChat } from "./conversation.tsx";
import { Login, nodeName, Welcome } from "./guest.tsx";
import { Logo } from "./icons.tsx";
import { shortcut, sheet } from "./keys.ts";
import { lazy, pages } from "./lazy.tsx";
import { writable } from "./message-acts.ts";
import { Overlays } from "./overlays.tsx";
import { Go, IconButton } from "./parts.tsx";
import { Sidebar } from "./sidebar.tsx";
import { StatusBar } from "./statusbar.tsx";

const People = lazy(async () => (await pages()).People);
const Settings = lazy(async () => (await pages()).Settings);
const InfoPanel = lazy(async () => (await pages()).InfoPanel);
const NotFound = lazy(async () => (await pages()).NotFound);
const Legal = lazy(async () => (await pages()).Legal);
const Join = lazy(async () => (await pages()).Join);
const NewGroup = lazy(async () => (await pages()).NewGroup);
const Shortcuts = lazy(async () => (await pages()).Shortcuts);
const Switcher = lazy(async () => (await pages()).Switcher);
const SignUp = lazy(async () => (await pages()).SignUp);

/** What is likely to be wanted next is fetched while nothing else is to do. */
export function fetchLater(): void {
	/* Also so that this page goes on working when the node has another client. What fails is asked for again when it is needed. */
	const fetch = () => void Promise.all([pages(), import("../later/dialogs.ts")]).catch(() => undefined);
	if (typeof requestIdleCallback === "function") {
		requestIdleCallback(fetch);
	} else {
		setTimeout(fetch, 1_000);
	}
}

function screenName(here: Route): string {
	switch (here.screen) {
		case "chat":
			return nameOfChat(chatWith(here.address));
		case "people":
			return t("people.heading");
		case "new":
			return t("nav.newGroup");
		case "join":
			return t("nav.join");
		case "settings":
			return t(`settings.${here.tab}`);
		case "login":
			return t("login.submit");
		case "signup":
			return t("welcome.signup");
		case "legal":
			return t(`legal.${here.text}`);
		case "home":
			return signedIn.value ? t("nav.chats") : t("app.name");
		default:
			return t("app.name");
	}
}

/** The number is also on the icon in the tab and on the program's icon. */
function useBadges(n: number): void {
	useEffect(() => {
		const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
		if (icon) {
			icon.dataset.plain ??= icon.href;
			icon.href = n > 0 ? icon.dataset.unread! : icon.dataset.plain;
		}
		const { setAppBadge } = navigator as { setAppBadge?(n: number): Promise<void> };
		setAppBadge?.call(navigator, n).catch(() => undefined); /* no program was installed */
	}, [n]);
}

function useTitle(here: Route): void {
	const values = { screen: screenName(here), node: home.value || nodeName(), n: totalUnread.value };
	const title = t(values.n > 0 ? "app.titleUnread" : "app.title", values);
	useEffect(() => {
		document.title = title;
	}, [title]);
}

/**
 * After a change of screen the focus goes to its heading, unless the screen took it itself. As everywhere: before it
 * can be seen, so that no key that is pressed then goes astray.
 */
function useFocus(here: Route): void {
	const before = useRef(here);
	useLayoutEffect(() => {
		const last = before.current;
		before.current = here;
		if (!moved || last === here) {
			return;
		}
		if (here.screen === "home" && last.screen === "chat" && narrow.peek()) {
			document.querySelector<HTMLElement>(`.chat-row[data-chat="${CSS.escape(last.address)}"]`)?.focus();
		} else if (here.screen !== "chat" && !document.activeElement?.closest("main, form, dialog")) {
			document.querySelector<HTMLElement>("main h1")?.focus();
		}
	}, [here]);
}

function Toasts() {
	return (
		<div class="toasts" role={toasts.value.length > 0 ? "region" : undefined} aria-label={toasts.value.length > 0 ? t("toasts.label") : undefined}>
			{toasts.value.map(({ id, text, bad, action }) => (
				<div key={id} class={`toast ${bad ? "toast-bad" : ""}`}>
					<span>{text}</span>
					{action && (
						<button
							type="button"
							class="link-button"
							onClick={() => {
								dismissToast(id);
								action.act();
							}}
						>
							{action.text}
						</button>
					)}
					<IconButton icon="close" label={t("action.close")} onClick={() => dismissToast(id)} />
				</div>
			))}
		</div>
	);
}

function Home() {
	return (
		<div class="empty">
			<Logo />
			<h1 tabIndex={-1}>{t("home.heading")}</h1>
			<p>{t("home.lead")}</p>
			<Go to="/people" class="button">
				{t("nav.people")}
			</Go>
		</div>
	);
}

function Screen({ here }: { here: Route }) {
	switch (here.screen) {
		case "chat":
			return <Conversation key={here.address} address={here.address} message={here.message} />;
		case "join":
			return <Join />;
		case "new":
			return <NewGroup />;
		case "people":
			return <People />;
		case "settings":
			return <Settings tab={here.tab} />;
		case "home":
		case "login":
		case "signup":
			return <Home />;
		default:
			return <NotFound />;
	}
}

function SkipLinks({ chat }: { chat?: Chat }) {
	return (
		<div class="skips">
			<a href="#chats" onClick={(event) => skipTo(event, ".chat-row, .sidebar input")}>
				{t("skip.chats")}
			</a>
			{chat && (writable(chat) || isGroup(chat.address)) && (
				<a href="#messages" onClick={(event) => skipTo(event, ".log [tabindex='0']")}>
					{t("skip.messages")}
				</a>
			)}
			{chat && writable(chat) && !chat.chosen.value && (
				<a href="#composer" onClick={(event) => skipTo(event, ".composer textarea")}>
					{t("skip.composer")}
				</a>
			)}
		</div>
	);
}

function skipTo(event: Event, selector: string): void {
	event.preventDefault();
	document.querySelector<HTMLElement>(selector)?.focus();
}

function closeSheet(): void {
	sheet.value = undefined;
}

function Inside() {
	const here = route.value;
	const atHome = here.screen === "home" || here.screen === "login" || here.screen === "signup";
	useFocus(here);
	/* Before anything of it can be seen. */
	useLayoutEffect(() => {
		addEventListener("keydown", shortcut);
		return () => removeEventListener("keydown", shortcut);
	}, []);
	const alone = narrow.value && atHome;
	const panel = here.screen === "chat" ? here.panel : undefined;
	return (
		<>
			<SkipLinks chat={here.screen === "chat" && !(panel && narrow.value) ? chatWith(here.address) : undefined} />
			<div class={`panes ${atHome ? "panes-home" : ""} ${panel ? "panes-info" : ""}`}>
				<Sidebar alone={alone} />
				{!alone && !(panel && narrow.value) && (
					<main class="content" id="main">
						<Screen here={here} />
						<Overlays />
					</main>
				)}
				{here.screen === "chat" && panel && <InfoPanel address={here.address} panel={panel} />}
			</div>
			{sheet.value === "switcher" && <Switcher onClose={closeSheet} />}
			{sheet.value === "shortcuts" && <Shortcuts onClose={closeSheet} />}
		</>
	);
}

function Outside() {
	const here = route.value;
	useFocus(here);
	switch (here.screen) {
		case "home":
			return <Welcome />;
		case "signup":
			return <SignUp />;
		case "join":
			return <Join />;
		case "legal":
			return <Legal key={here.text} which={here.text} />;
		default:
			return <Login />;
	}
}

export function App() {
	const here = route.value;
	useTitle(here);
	useBadges(totalUnread.value);
	return (
		<div class="app">
			{signedIn.value && <StatusBar />}
			{signedIn.value && here.screen !== "legal" ? <Inside /> : <Outside />}
			<Toasts />
		</div>
	);
}
