// SPDX-License-Identifier: MIT
// From logged out to logged in and back, and keeping up with the node in between.

import { signal } from "@preact/signals";

import { asParleyError, type EventFrame, type Message, type NotifySettings, type Outgoing, type Sent, type Show } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { Announcer, type Announcement } from "../logic/announce.ts";
import { bare, isGroup } from "../logic/address.ts";
import { changesMessage, unsure } from "../logic/changes.ts";
import { plainText } from "../logic/markdown.ts";
import { nameOf } from "../logic/people.ts";
import { cache, type KeptDraft } from "./cache.ts";
import { loadPins } from "./copies.ts";
import { lastMessages, lastWords, remembered } from "./device.ts";
import { tellDrafts } from "./drafts.ts";
import { inTurn } from "./frames.ts";
import { dropInvitation, groupChanged, groupHappened, invitations, invited, loadInvitations, meetGroups } from "./invitations.ts";
import { link, type SignedOut } from "./link.ts";
import { say, toast } from "./live.ts";
import { refresh } from "./messages.ts";
import { catchUpChat, catchUpOpen, openAddress } from "./pages.ts";
import {
	account, addMessage, addSent, allChats, chatWith, clearStore, dropOutgoing, getCursor, hasChange, inboxRow, loaded, makeStale, me, people,
	nameOfAddress, putOutgoing, setChatSettings, setCursor, setInbox, setPeople, setPerson, setPresence, setRead, setReceipt, synced, type Chat,
} from "./store.ts";
import { notifySettings } from "./notify.ts";
import { setTyping } from "./typing.ts";
import { lookForUpdate } from "./update.ts";

/** Which half of the client is shown. */
export const signedIn = signal(false);
/** Why the log-in form is shown, when it was not asked for. */
export const notice = signal<SignedOut | undefined>(undefined);

export interface OwnPresence {
	show: Show;
	status: string;
}

const PRESENCE = "parley.presence";
const HERE: OwnPresence = { show: "available", status: "" };
export const ownPresence = signal<OwnPresence>(HERE);

/** Starts with what this browser remembers; the node is asked at the same time. */
export async function boot(): Promise<void> {
	const known = remembered.get();
	if (!known) {
		return;
	}
	cache.begin();
	me.value = bare(known.address);
	account.value = known.account;
	restorePresence();
	signedIn.value = true;
	try {
		const kept = await cache.load();
		setPeople(kept.people);
		setInbox(kept.chats, true);
		kept.drafts.forEach(restoreDraft);
		for (const draft of lastWords.take()) {
			restoreDraft(draft);
			cache.draft(draft);
		}
		kept.outgoing.forEach(putOutgoing);
		for (const message of lastMessages.take().filter(({ id }) => !kept.outgoing.some((other) => other.id === id))) {
			link.send(message);
		}
		/* Without a cursor every row is told, and so what was said last where it is not known. */
		setCursor(kept.chats.some(hasChange) ? undefined : kept.cursor);
		loaded.value = kept.cursor !== undefined;
	} catch (error) {
		console.warn("nothing kept could be read:", error);
	}
	link.join();
}

function restoreDraft({ chat: address, text, reply, unsaved }: KeptDraft): void {
	const chat = chatWith(address);
	chat.draft.value = text;
	chat.reply.value = reply;
	chat.draftUnsaved = unsaved === true;
}

/** Rejects with what the node said. */
export async function logIn(user: string, password: string): Promise<void> {
	cache.begin();
	const session = await link.login(user, password);
	me.value = bare(session.address);
	account.value = session.account;
	notice.value = undefined;
	restorePresence();
	signedIn.value = true;
}

export async function logOut(): Promise<void> {
	await link.logout();
}

export function unsent(): number {
	let count = 0;
	for (const chat of allChats()) {
		count += chat.outgoing.peek().length;
	}
	return count;
}

function restorePresence(): void {
	try {
		ownPresence.value = { ...HERE, ...(JSON.parse(localStorage.getItem(PRESENCE) ?? "{}") as Partial<OwnPresence>) };
	} catch {
		ownPresence.value = HERE;
	}
}

export function choosePresence(choice: OwnPresence): void {
	ownPresence.value = choice;
	localStorage.setItem(PRESENCE, JSON.stringify(choice));
	link.setPresence(choice.show, choice.status);
}

addEventListener("storage", ({ key }) => {
	if (key === PRESENCE) {
		restorePresence();
	}
});

link.on("signedIn", () => {
	if (!signedIn.peek()) {
		void boot();
	}
});

link.on("signedOut", (reason) => {
	signedIn.value = false;
	notice.value = reason === "revoked" ? reason : undefined;
	localStorage.removeItem(PRESENCE);
	clearStore();
	invitations.value = [];
	void cache.wipe();
});

let connected = false;

link.on("ready", ({ resumed }) => {
	/* A node that was started anew may bring a newer client. */
	if (connected && !resumed) {
		void lookForUpdate();
	}
	connected = true;
	const session = link.session.peek();
	if (session) {
		me.value = bare(session.address);
		account.value = session.account;
	}
	link.setPresence(ownPresence.peek().show, ownPresence.peek().status);
	if (!synced.peek() || !resumed) {
		void sync();
	}
});

const SYNC_AGAIN_MS = 3_000;

/** Asks for all that may have changed. */
async function sync(): Promise<void> {
	makeStale();
	try {
		const [{ people: all }, presences] = await Promise.all([
			link.request("roster.list"),
			link.request("presence.get").catch(() => ({ people: [] })),
		]);
		setPeople(all);
		cache.people(all);
		presences.people.forEach(setPresence);
		await Promise.all([syncInbox(), loadInvitations()]);
		await meetGroups();
		synced.value = true;
		loaded.value = true;
		tellDrafts();
		const open = openAddress.peek();
		if (open) {
			const chat = chatWith(open);
			drawLine(chat);
			await catchUpOpen(chat);
		}
	} catch (error) {
		console.warn("not up to date:", asParleyError(error).message);
		setTimeout(() => signedIn.peek() && link.state.peek().phase === "live" && void sync(), SYNC_AGAIN_MS);
	}
}

/** What is unread in the open chat, or was a moment ago, begins with a line, unless there is one. */
function drawLine(chat: Chat): void {
	if (chat.unread.peek() + chat.reading > 0 && chat.unreadAfter.peek() === undefined) {
		chat.unreadAfter.value = chat.read;
	}
}

const PAGE = 200;

/** What was too old is gone: from the screen, and from what this browser keeps. */
function dropBefore(address: string, begins: number): void {
	if (chatWith(address).beginAt(begins)) {
		cache.dropBefore(address, begins);
	}
}

async function syncInbox(): Promise<void> {
	for (;;) {
		const since = getCursor();
		const { chats, cursor, full, more } = await link.request("history.inbox", { limit: PAGE, ...(since ? { since } : {}) });
		for (const { chat, begins = 0 } of chats) {
			dropBefore(chat, begins);
		}
		setInbox(chats, full);
		setCursor(cursor);
		cache.inbox(chats.map(({ chat }) => inboxRow(chatWith(chat))), full, cursor);
		if (!more || cursor === since) {
			return;
		}
	}
}

/* The node counts what is unread: after live messages it is asked, at once and then not more often than every two seconds. */
const RECOUNT_MS = 2_000;
let recountDue: ReturnType<typeof setTimeout> | undefined;
let recountedAt = 0;

function recount(): void {
	recountDue ??= setTimeout(
		() => {
			recountDue = undefined;
			recountedAt = Date.now();
			syncInbox().catch((error: unknown) => console.warn("not counted:", error));
		},
		Math.max(40, recountedAt + RECOUNT_MS - Date.now()),
	);
}

const announcer = new Announcer();
let announceDue: ReturnType<typeof setTimeout> | undefined;

function announce({ say: single, count }: Announcement): void {
	if (single) {
		say("polite", t("chat.announce", { name: single.sender, text: single.text }));
	} else if (count) {
		say("polite", t("chat.announceMany", { n: count }));
	}
}

function announceMessage(chat: Chat, message: Message): void {
	if (openAddress.peek() !== chat.address || ownPresence.peek().show === "busy") {
		return;
	}
	const now = announcer.arrived(nameOfAddress(bare(message.from)), plainText(message.text ?? "", message.mentions), Date.now());
	if (now) {
		announce(now);
	}
	const due = announcer.due(Date.now());
	if (due !== undefined) {
		announceDue ??= setTimeout(() => {
			announceDue = undefined;
			const later = announcer.flush(Date.now());
			if (later) {
				announce(later);
			}
		}, due);
	}
}

/* What is written down is written down together, a moment later. */
const unkept = new Set<Chat>();

function keepLater(chat: Chat): void {
	if (unkept.size === 0) {
		setTimeout(() => {
			const rows = [...unkept].map(inboxRow);
			for (const kept of unkept) {
				keepTimeline(kept);
			}
			unkept.clear();
			cache.chats(rows);
		}, 400);
	}
	unkept.add(chat);
}

function keepTimeline(chat: Chat): void {
	const timeline = chat.timeline.peek();
	if (timeline.atEnd && chat.fresh) {
		cache.keepTimeline(chat.address, timeline);
	}
}

function placed({ chat, gap }: { chat: Chat; gap: boolean }): void {
	keepLater(chat);
	if (gap && openAddress.peek() === chat.address) {
		void catchUpChat(chat);
	}
}

function arrived(message: Message): void {
	const own = bare(message.from) === me.peek();
	const chat = chatWith(message.chat);
	const before = chat.seq;
	const said = !message.change && message.seq > before;
	if (said && !own && openAddress.peek() === message.chat && chat.unreadAfter.peek() === undefined && !document.hasFocus()) {
		chat.unreadAfter.value = before;
	}
	placed(addMessage(message));
	setTyping(chat, bare(message.from), false);
	if (said && !own) {
		announceMessage(chat, message);
	}
	if (message.notify && said && !own) {
		void attention((how) => how.attendMessage(message));
	}
	if (changesMessage(message)) {
		followChange(chat, message);
	} else if (message.change && message.seq > before) {
		groupHappened(chat, message);
	}
	/* What one did to a group oneself can move it, too. */
	if (!own || (message.change && !changesMessage(message))) {
		recount();
	}
}

/** What a change calls for beyond the message itself. */
function followChange(chat: Chat, { change }: Message): void {
	if (openAddress.peek() !== chat.address) {
		return;
	}
	const { kind, mid } = change!;
	if (kind === "pin") {
		void loadPins(chat);
	}
	const message = chat.timeline.peek().messages.find((other) => other.mid === mid);
	if (message && unsure(message)) {
		refresh(chat, message.mid).catch((error: unknown) => console.warn("not refreshed:", error));
	}
}

function waits(message: Outgoing): void {
	putOutgoing(message);
	if (message.state === "failed") {
		say("assertive", t("chat.failed.other", { text: message.error?.text ?? "" }));
	}
}

link.on("message", (message) => inTurn(() => arrived(message)));
link.on("sent", (sent) => inTurn(() => wasSent(sent)));
link.on("outgoing", (message) => inTurn(() => waits(message)));
link.on("discarded", (message) => inTurn(() => dropOutgoing(chatWith(message.to), message.id)));
link.on("presence", ({ from, show, status, since }) => inTurn(() => setPresence({ address: from, show, status, since })));
link.on("event", (event) => inTurn(() => heard(event)));

function wasSent(sent: Sent): void {
	const result = addSent(sent);
	placed(result);
	/* Whom it mentions the node has found. */
	if (sent.text.includes("@") && isGroup(sent.to)) {
		refresh(result.chat, sent.mid).catch((error: unknown) => console.warn("not refreshed:", error));
	}
}

/** What draws attention is fetched when it is needed first, or when the browser is idle. */
async function attention(act: (how: typeof import("../later/pages.ts")) => void): Promise<void> {
	try {
		act(await import("../later/pages.ts"));
	} catch (error) {
		console.warn("no attention drawn:", error);
	}
}

/** How each chat stands may have changed with them: the node tells. */
function notifyChanged(settings: NotifySettings): void {
	notifySettings.value = settings;
	setCursor(undefined);
	recount();
}

function heard(event: EventFrame): void {
	switch (event.name) {
		case "roster.changed": {
			const before = people.peek().get(event.person.address)?.relation;
			setPerson(event.person);
			cache.person(event.person);
			if (before === "requested" && event.person.relation === "contact") {
				toast(t("requests.acceptedBy", { name: nameOf(event.person) }));
			}
			break;
		}
		case "roster.request":
			setPerson({ ...event.person, relation: "asks", text: event.text });
			toast(t("requests.new", { name: nameOf(event.person) }));
			if (event.notify) {
				void attention((how) => how.attendRequest(event.person, event.text));
			}
			break;
		case "read":
			setRead(event.chat, event.seq, event.unread, event.unread_from);
			keepLater(chatWith(event.chat));
			break;
		case "history.begins":
			dropBefore(event.chat, event.seq);
			recount();
			break;
		case "chat.changed":
			setChatSettings(chatWith(event.chat), event);
			keepLater(chatWith(event.chat));
			break;
		case "typing":
			setTyping(chatWith(event.chat), event.from, event.on);
			break;
		case "receipt":
			if (!isGroup(event.chat)) {
				setReceipt(chatWith(event.chat), event.kind, event.seq);
				keepLater(chatWith(event.chat));
			}
			break;
		case "groups.changed":
			groupChanged(event);
			keepLater(chatWith(event.group.address));
			break;
		case "groups.invited":
			invited(event);
			if (event.notify) {
				void attention((how) => how.attendInvitation(event.invitation));
			}
			break;
		case "groups.answered":
			dropInvitation(event.group);
			break;
		case "notify.changed":
			notifyChanged(event.settings);
			break;
		case "account.changed":
			account.value = event.account;
			rememberAccount();
			break;
	}
}

function rememberAccount(): void {
	const known = remembered.get();
	if (known && account.peek()) {
		remembered.set({ ...known, account: account.peek()! });
	}
}

export function accountChanged(changed: NonNullable<typeof account.value>): void {
	account.value = changed;
	rememberAccount();
}
