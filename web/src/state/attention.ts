// SPDX-License-Identifier: MIT
// Draws the reader's attention, where the node says so: a notification of the system, by one tab, for no chat that is being looked at.

import type { Invitation, Message, Person } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { bare } from "../logic/address.ts";
import { plainText } from "../logic/markdown.ts";
import { nameOf } from "../logic/people.ts";
import { chatPath } from "../logic/routes.ts";
import { desktop, maySee } from "./desktop.ts";
import { titleOf } from "./invitations.ts";
import { link } from "./link.ts";
import { go } from "./router.ts";
import { chatWith, home, nameOfAddress, openAddress } from "./store.ts";

interface Shown {
	title: string;
	body: string;
	/** Of two with the same tag the later takes the place of the earlier. */
	tag: string;
	path: string;
}

function show({ title, body, tag, path }: Shown): void {
	try {
		const notification = new Notification(title, { body, tag, icon: document.querySelector<HTMLLinkElement>("link[rel=icon]")?.href });
		notification.onclick = () => {
			notification.close();
			window.focus();
			go(path);
		};
	} catch (error) {
		/* Some phones show them from service workers only. */
		console.warn("no notification could be shown:", error);
	}
}

/* Which chat each tab of this browser shows to somebody. */
const looks = new Map<string, string | undefined>();
const channel = typeof BroadcastChannel === "function" ? new BroadcastChannel("parley-looks") : undefined;
const tab = Math.random().toString(36).slice(2);

function looked(): string | undefined {
	return document.visibilityState === "visible" && document.hasFocus() ? openAddress.peek() : undefined;
}

function tellLook(): void {
	channel?.postMessage({ tab, chat: looked() });
}

channel?.addEventListener("message", ({ data }: MessageEvent<{ tab: string; chat?: string }>) => looks.set(data.tab, data.chat));
addEventListener("focus", tellLook);
addEventListener("blur", tellLook);
addEventListener("pagehide", () => channel?.postMessage({ tab }));
document.addEventListener("visibilitychange", tellLook);
openAddress.subscribe(tellLook);

function isLookedAt(chat: string): boolean {
	return looked() === chat || [...looks.values()].includes(chat);
}

function wanted(): boolean {
	return link.leads && maySee();
}

/** A message with "notify". */
export function attendMessage(message: Message): void {
	if (!wanted() || isLookedAt(message.chat)) {
		return;
	}
	const chat = chatWith(message.chat);
	const sender = nameOfAddress(bare(message.from));
	const group = chat.group.peek();
	const hidden = t(message.notify === "mention" ? "attend.mention" : "attend.message", { name: sender });
	show({
		title: group ? t("attend.inGroup", { name: sender, group: chat.name }) : sender,
		body: desktop.peek().content ? plainText((message.text ?? "").slice(0, 300), message.mentions) : hidden,
		tag: message.chat,
		path: chatPath(message.chat, home.peek(), { message: message.mid }),
	});
}

export function attendRequest(person: Person, text: string): void {
	if (wanted()) {
		const body = desktop.peek().content ? text : "";
		show({ title: t("requests.new", { name: nameOf(person) }), body, tag: `request ${person.address}`, path: chatPath(person.address, home.peek()) });
	}
}

export function attendInvitation({ group, by }: Invitation): void {
	if (wanted()) {
		const title = t("groups.invitedBy", { name: nameOf(by), group: titleOf(group) });
		show({ title, body: desktop.peek().content ? group.about : "", tag: `invitation ${group.address}`, path: "/people" });
	}
}

/** To see whether it works here. */
export function attendTest(): void {
	show({ title: t("notify.testTitle"), body: t("notify.testText"), tag: "test", path: "/settings/notifications" });
}
