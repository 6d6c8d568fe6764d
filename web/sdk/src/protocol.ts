// SPDX-License-Identifier: MIT
// The frames and methods of docs/protocol.md, as types.

/** A bare address: user@domain. */
export type Address = string;

export type Mechanism = "SCRAM-SCRYPT-SHA-256-PLUS" | "SCRAM-SCRYPT-SHA-256" | "PLAIN" | "TOKEN" | "COOKIE";

export type Show = "available" | "away" | "busy" | "offline";

export type Relation = "none" | "requested" | "asks" | "contact" | "blocked";

export interface Account {
	name: string;
	shown: string;
	display: string;
	admin: boolean;
	hidden?: boolean;
}

export interface Person {
	address: Address;
	name: string;
	shown: string;
	display: string;
	relation: Relation;
	/** What they wrote with their request. */
	text?: string;
}

export interface Suggestion extends Person {
	reason: { kind: "mutual" | "recent"; count: number };
}

export interface Device {
	id: string;
	name: string;
	created: string;
	seen: string;
	peer: string;
	current: boolean;
}

/** A message as pages and the inbox have it. */
export interface StoredMessage {
	mid: string;
	id?: string;
	from: string;
	to: Address;
	chat: Address;
	seq: number;
	time: string;
	text: string;
}

export interface InboxChat {
	chat: Address;
	person: Person;
	last?: StoredMessage;
	seq: number;
	read: number;
	unread: number;
	time: string;
}

export interface Presence {
	address: Address;
	show: Show;
	status?: string;
	since?: string;
}

export interface PolicyText {
	version: string;
	text: string;
}

export interface Policy {
	register: "open" | "closed";
	terms: PolicyText;
	privacy: PolicyText;
	name: { min: number; max: number };
	password: { min: number; max: number };
}

/** Every method with what it takes and gives. */
export interface Methods {
	"register.policy": { params: undefined; result: Policy };
	"register.check": { params: { name: string }; result: { available: boolean; reason?: string } };
	"register.create": {
		params: { name: string; password: string; terms: string; display?: string; email?: string };
		result: { name: string };
	};
	"account.get": { params: undefined; result: { account: Account } };
	"account.update": { params: { display?: string; hidden?: boolean }; result: { account: Account } };
	"account.devices": { params: undefined; result: { devices: Device[] } };
	"account.revoke": { params: { device: string }; result: object };
	"roster.list": { params: undefined; result: { people: Person[] } };
	"roster.search": { params: { text: string; limit?: number }; result: { people: Person[] } };
	"roster.suggestions": { params: { limit?: number } | undefined; result: { people: Suggestion[] } };
	"roster.dismiss": { params: { address: Address }; result: object };
	"roster.request": { params: { address: Address; text?: string }; result: { relation: Relation } };
	"roster.withdraw": { params: { address: Address }; result: { relation: Relation } };
	"roster.accept": { params: { address: Address }; result: { relation: Relation } };
	"roster.decline": { params: { address: Address }; result: { relation: Relation } };
	"roster.remove": { params: { address: Address }; result: { relation: Relation } };
	"roster.block": { params: { address: Address }; result: { relation: Relation } };
	"roster.unblock": { params: { address: Address }; result: { relation: Relation } };
	"history.page": {
		params: { chat: Address; before?: number; after?: number; limit?: number };
		result: { messages: StoredMessage[]; more: boolean };
	};
	"history.inbox": {
		params: { since?: string; limit?: number } | undefined;
		result: { chats: InboxChat[]; cursor: string; full: boolean };
	};
	"history.read": { params: { chat: Address; seq: number }; result: { read: number; unread: number } };
	"presence.get": { params: undefined; result: { people: Presence[] } };
}

export type Method = keyof Methods;
export type Params<M extends Method> = Methods[M]["params"];
export type Result<M extends Method> = Methods[M]["result"];

export interface HelloFrame {
	type: "hello";
	domain: string;
	protocol: number;
	stream: string;
	auth: Mechanism[];
	register: "open" | "closed";
	terms: string;
	limits: { frame: number; text: number };
}

export interface ReadyFrame {
	type: "ready";
	address: string;
	account: Account;
	device: string;
	token?: string;
	ticket?: string;
	resume: string;
	resumed: boolean;
	data?: string;
}

export interface MessageFrame extends StoredMessage {
	type: "message";
	missed?: true;
}

export interface PresenceFrame {
	type: "presence";
	from: Address;
	show: Show;
	status?: string;
	since?: string;
}

export interface ResultFrame {
	type: "result";
	id: string;
	result?: unknown;
	mid?: string;
	seq?: number;
	time?: string;
	repeated?: true;
}

export interface ErrorFrame {
	type: "error";
	id?: string;
	code: string;
	text: string;
	where?: string;
	retry_after?: number;
	fatal?: true;
}

export type EventFrame =
	| { type: "event"; name: "roster.changed"; person: Person }
	| { type: "event"; name: "roster.request"; person: Person; text?: string; time: string }
	| { type: "event"; name: "read"; chat: Address; seq: number; unread: number }
	| { type: "event"; name: "account.changed"; account: Account }
	| { type: "event"; name: "session.ended"; reason: string };

export type ServerFrame =
	| HelloFrame
	| ReadyFrame
	| MessageFrame
	| PresenceFrame
	| ResultFrame
	| ErrorFrame
	| EventFrame
	| { type: "challenge"; data: string }
	| { type: "pong"; id?: string };
