// SPDX-License-Identifier: MIT
// What this browser keeps of the account, so that it can be shown before the node answers. Wiped at logout.

import type { InboxChat, Message, Outgoing, OutboxKeeper, Person } from "../../sdk/src/index.ts";
import { beginningAt, type Timeline } from "../logic/timeline.ts";

const NAME = "parley";
const VERSION = 2;
/** Messages kept of each chat. */
export const KEPT = 200;

export interface KeptDraft {
	chat: string;
	text: string;
	reply?: string;
	/** The node does not know it yet. */
	unsaved?: boolean;
}

interface Stores {
	meta: { key: string; value: string };
	people: Person;
	chats: InboxChat;
	/** What was newest; it reaches from first to last. */
	timelines: { chat: string; messages: Message[]; first: number; last: number; atStart: boolean };
	outbox: Outgoing;
	drafts: KeptDraft;
}

type Store = keyof Stores;

const KEYS: Record<Store, string> = {
	meta: "key", people: "address", chats: "chat", timelines: "chat", outbox: "id", drafts: "chat",
};

let opening: Promise<IDBDatabase> | undefined;
/** Nobody is logged in: a write that comes late must not bring back what was erased. */
let shut = true;

function done<T>(request: IDBRequest<T>): Promise<T> {
	return new Promise((resolve, reject) => {
		request.onsuccess = () => resolve(request.result);
		request.onerror = () => reject(request.error ?? new Error("IndexedDB failed"));
	});
}

function open(): Promise<IDBDatabase> {
	if (shut) {
		return Promise.reject(new Error("nobody is logged in"));
	}
	opening ??= new Promise((resolve, reject) => {
		const request = indexedDB.open(NAME, VERSION);
		request.onupgradeneeded = () => {
			const database = request.result;
			/* Timelines of before tell nothing of changes. */
			if (database.objectStoreNames.contains("timelines")) {
				database.deleteObjectStore("timelines");
			}
			for (const [store, keyPath] of Object.entries(KEYS)) {
				if (!database.objectStoreNames.contains(store)) {
					database.createObjectStore(store, { keyPath });
				}
			}
		};
		request.onsuccess = () => {
			const database = request.result;
			/* Another tab logs out: let go, so that it can erase. */
			database.onversionchange = () => forget(database);
			resolve(database);
		};
		request.onerror = () => reject(request.error ?? new Error("IndexedDB failed"));
	});
	return opening;
}

function forget(database: IDBDatabase): void {
	database.close();
	opening = undefined;
}

async function all<S extends Store>(store: S): Promise<Stores[S][]> {
	const database = await open();
	return done(database.transaction(store).objectStore(store).getAll()) as Promise<Stores[S][]>;
}

function settled(transaction: IDBTransaction): Promise<void> {
	return new Promise((resolve, reject) => {
		transaction.oncomplete = () => resolve();
		transaction.onabort = () => reject(transaction.error ?? new Error("IndexedDB failed"));
	});
}

/** Puts and removes in one transaction. A browser without storage loses nothing but speed. */
async function write<S extends Store>(store: S, puts: readonly Stores[S][], removes: readonly string[] = [], clear = false): Promise<void> {
	const database = await open();
	const transaction = database.transaction(store, "readwrite");
	const target = transaction.objectStore(store);
	if (clear) {
		target.clear();
	}
	puts.forEach((value) => target.put(value));
	removes.forEach((key) => target.delete(key));
	await settled(transaction);
}

async function keepInbox(chats: InboxChat[], full: boolean, cursor: string): Promise<void> {
	const database = await open();
	const transaction = database.transaction(["chats", "meta"], "readwrite");
	const rows = transaction.objectStore("chats");
	if (full) {
		rows.clear();
	}
	chats.forEach((chat) => rows.put(chat));
	transaction.objectStore("meta").put({ key: "cursor", value: cursor });
	await settled(transaction);
}

async function dropBefore(chat: string, begins: number): Promise<void> {
	const database = await open();
	const transaction = database.transaction("timelines", "readwrite");
	const timelines = transaction.objectStore("timelines");
	const kept = await (done(timelines.get(chat)) as Promise<Stores["timelines"] | undefined>);
	if (kept && kept.first < begins) {
		timelines.put({ ...kept, ...beginningAt({ ...kept, atEnd: true }, begins) });
	}
	await settled(transaction);
}

function quietly(work: Promise<unknown>): void {
	work.catch((error: unknown) => shut || console.warn("the cache failed:", error));
}

export interface Kept {
	people: Person[];
	chats: InboxChat[];
	drafts: KeptDraft[];
	outgoing: Outgoing[];
	cursor?: string;
}

export const cache = {
	/** Somebody is logged in. */
	begin(): void {
		shut = false;
	},

	async load(): Promise<Kept> {
		const [people, chats, drafts, outgoing, meta] = await Promise.all([
			all("people"), all("chats"), all("drafts"), all("outbox"), all("meta"),
		]);
		return {
			people,
			chats,
			outgoing,
			drafts,
			cursor: meta.find(({ key }) => key === "cursor")?.value,
		};
	},

	async timeline(chat: string): Promise<Stores["timelines"] | undefined> {
		const database = await open();
		return done(database.transaction("timelines").objectStore("timelines").get(chat)) as Promise<Stores["timelines"] | undefined>;
	},

	people: (people: Person[]) => quietly(write("people", people, [], true)),
	person: (person: Person) =>
		quietly(person.relation === "none" ? write("people", [], [person.address]) : write("people", [person])),
	chats: (chats: InboxChat[]) => quietly(write("chats", chats)),
	/** What the inbox said, and how far that reaches: both or neither, or a page that is closed here leaves a hole behind. */
	inbox: (chats: InboxChat[], full: boolean, cursor: string) => quietly(keepInbox(chats, full, cursor)),
	keepTimeline: (chat: string, timeline: Timeline) => {
		const messages = timeline.messages.slice(-KEPT);
		const whole = messages.length === timeline.messages.length;
		const first = whole ? timeline.first : messages[0]!.seq;
		quietly(write("timelines", [{ chat, messages, first, last: timeline.last, atStart: whole && timeline.atStart }]));
	},
	/** What is before a place is gone, also here. */
	dropBefore: (chat: string, begins: number) => quietly(dropBefore(chat, begins)),
	draft: (draft: KeptDraft) =>
		quietly(draft.text || draft.reply || draft.unsaved ? write("drafts", [draft]) : write("drafts", [], [draft.chat])),

	/** Erases everything. */
	async wipe(): Promise<void> {
		shut = true;
		const database = await opening?.catch(() => undefined);
		if (database) {
			forget(database);
		}
		await new Promise<void>((resolve) => {
			const request = indexedDB.deleteDatabase(NAME);
			request.onsuccess = request.onerror = request.onblocked = () => resolve();
		});
	},
};

/** Messages that the database has not taken yet. */
const untaken = new Map<string, Outgoing>();

export function untakenMessages(): Outgoing[] {
	return [...untaken.values()];
}

/** Messages that wait survive a closed browser. */
export const outboxKeeper: OutboxKeeper = {
	load: async () => (await all("outbox")).sort((a, b) => a.written - b.written),
	async put(message) {
		untaken.set(message.id, message);
		await write("outbox", [message]);
		if (untaken.get(message.id) === message) {
			untaken.delete(message.id);
		}
	},
	remove(id) {
		untaken.delete(id);
		return write("outbox", [], [id]);
	},
};
