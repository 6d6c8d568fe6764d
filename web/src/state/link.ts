// SPDX-License-Identifier: MIT
// The way to the node, shared by all tabs of a browser: one tab leads and has the socket, the others speak through it.

import { signal } from "@preact/signals";

import {
	browserTransport, Client, Emitter, Guest, ParleyError, randomName, workerDerive, type AnyCode, type Ask, type Client as ClientType,
	type ClientEvents, type ConnectionState, type Credentials, type HelloFrame, type Method, type Outgoing, type Result, type Session,
	type Show,
} from "../../sdk/src/index.ts";
import { outboxKeeper, untakenMessages } from "./cache.ts";
import { deviceName, lastMessages, remembered, resumePoint } from "./device.ts";

const CHANNEL = "parley";
const LOCK = "parley-leader";
/** Events that every tab hears of. */
const SHARED = ["message", "presence", "event", "outgoing", "sent", "discarded"] as const;

type Shared = (typeof SHARED)[number];

/** ParleyError does not survive the way from tab to tab; this does. */
interface PlainError {
	code: AnyCode;
	text: string;
	where?: string;
	retryAfter?: number;
	id?: string;
}

export type LinkState =
	| { phase: "idle" | "connecting" | "live" | "offline" }
	| { phase: "waiting"; until: number; code: AnyCode }
	| { phase: "closed"; code?: AnyCode };

type Operation = "request" | "send" | "retry" | "discard" | "presence" | "tryNow" | "probe";

type TabMessage =
	| { kind: "who" }
	| { kind: "lead"; leader: string; state: LinkState; session?: Session; hello?: HelloFrame; outgoing: Outgoing[]; ready?: { resumed: boolean } }
	| { kind: "event"; name: Shared; value: unknown }
	| { kind: "call"; call: string; operation: Operation; args: unknown[] }
	| { kind: "reply"; call: string; value?: unknown; error?: PlainError }
	| { kind: "signedIn" }
	| { kind: "signedOut"; reason: SignedOut };

export type SignedOut = "logout" | "revoked";

export interface LinkEvents extends Pick<ClientEvents, Shared> {
	/** resumed: nothing was missed. */
	ready: { resumed: boolean };
	/** Another tab logged in. */
	signedIn: undefined;
	signedOut: SignedOut;
}

interface Call {
	message: TabMessage;
	resolve(value: unknown): void;
	reject(error: ParleyError): void;
}

/* Trusted Types: this page makes script addresses of one kind only, and here is the place. */
interface TrustedTypes {
	createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}
const trusted = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy("parley", {
	createScriptURL: (url) => {
		if (new URL(url, location.origin).origin !== location.origin) {
			throw new TypeError("scripts come from this node only");
		}
		return url;
	},
});

const workerUrl = document.querySelector<HTMLMetaElement>("meta[name=scrypt-worker]")?.content ?? "";

const derive = workerDerive(() => new Worker(trusted ? trusted.createScriptURL(workerUrl) : workerUrl, { type: "module" }));

function openSocket() {
	return browserTransport(`${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/ws`);
}

async function session(method: "POST" | "DELETE", body?: object): Promise<void> {
	const answer = await fetch("/session", {
		method,
		credentials: "same-origin",
		signal: AbortSignal.timeout(10_000),
		...(body ? { headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {}),
	});
	if (!answer.ok) {
		throw new ParleyError("closed", `/session answered ${answer.status}`);
	}
}

function plain(state: ConnectionState): LinkState {
	switch (state.phase) {
		case "waiting":
			return { phase: "waiting", until: state.until, code: state.error.code };
		case "closed":
			return { phase: "closed", code: state.error?.code };
		default:
			return { phase: state.phase };
	}
}

class Link extends Emitter<LinkEvents> {
	readonly state = signal<LinkState>({ phase: "idle" });
	readonly session = signal<Session | undefined>(undefined);
	readonly hello = signal<HelloFrame | undefined>(undefined);
	readonly guest = new Guest(openSocket());
	readonly #tab = randomName(8);
	readonly #channel = typeof BroadcastChannel === "function" ? new BroadcastChannel(CHANNEL) : undefined;
	readonly #calls = new Map<string, Call>();
	#client?: ClientType;
	#leader?: string;
	#release?: () => void;
	#joined = false;
	#count = 0;

	constructor() {
		super();
		this.#channel?.addEventListener("message", ({ data }: MessageEvent<TabMessage>) => this.#hear(data));
		addEventListener("pagehide", () => {
			resumePoint.set(this.#client?.resume ?? resumePoint.get());
			if (this.#joined) {
				lastMessages.add([...untakenMessages(), ...this.#unheard()]);
			}
		});
	}

	/** Whether this tab has the connection. */
	get leads(): boolean {
		return this.#client !== undefined;
	}

	/** Logs in with a password. Rejects with what the node said. */
	async login(user: string, password: string): Promise<Session> {
		const free = await this.#acquire(true);
		if (!free) {
			this.join();
			throw new ParleyError("conflict", "another tab logs in");
		}
		try {
			const started = await this.#lead({ user, password }, true);
			this.#joined = true;
			this.#post({ kind: "signedIn" });
			return started;
		} catch (error) {
			this.#stepDown();
			throw error;
		}
	}

	/** Takes part in the session that the cookie stands for: leads when no other tab does, else follows. */
	join(): void {
		if (this.#joined) {
			return;
		}
		this.#joined = true;
		this.#post({ kind: "who" });
		void this.#acquire(false).then(() => {
			if (this.#joined && !this.#client) {
				this.#lead({ cookie: true }, false).catch(() => undefined); /* told by the state */
			}
		});
	}

	/** Ends the session on the node and in all tabs. */
	async logout(): Promise<void> {
		await session("DELETE").catch((error: unknown) => console.warn("the node could not be told:", error));
		this.#post({ kind: "signedOut", reason: "logout" });
		this.#leave("logout");
	}

	request<M extends Method>(method: M, ...[params]: Ask<M>): Promise<Result<M>> {
		return this.#call("request", [method, params]) as Promise<Result<M>>;
	}

	send(message: Outgoing): void {
		this.emit("outgoing", message);
		this.#tell("send", [message]);
	}

	retry(id: string): void {
		this.#tell("retry", [id]);
	}

	discard(id: string): void {
		this.#tell("discard", [id]);
	}

	setPresence(show: Show, status: string): void {
		this.#tell("presence", [show, status]);
	}

	tryNow(): void {
		this.#tell("tryNow", []);
	}

	probe(): void {
		if (this.#joined) {
			this.#tell("probe", []);
		}
	}

	/** Resolves true when this tab holds the lock; only a try resolves false. */
	#acquire(tryOnly: boolean): Promise<boolean> {
		if (!navigator.locks || !this.#channel) {
			return Promise.resolve(true);
		}
		return new Promise((resolve) => {
			void navigator.locks.request(LOCK, { ifAvailable: tryOnly }, (lock) => {
				resolve(lock !== null);
				return lock && new Promise<void>((release) => (this.#release = release));
			});
		});
	}

	#lead(credentials: Credentials, giveUp: boolean): Promise<Session> {
		const client = new Client({
			open: openSocket(),
			credentials,
			giveUp,
			derive,
			device: { id: remembered.get()?.device, name: deviceName() },
			resume: giveUp ? undefined : resumePoint.get(),
			onTicket: (ticket) => session("POST", { ticket }),
			keeper: outboxKeeper,
			online: () => navigator.onLine,
		});
		this.#client = client;
		this.#leader = this.#tab;
		client.on("state", (state) => this.#clientState(client, state));
		client.on("ready", ({ session, hello, resumed }) => this.#clientReady(session, hello, resumed));
		for (const name of SHARED) {
			client.on(name, (value) => {
				this.emit(name, value as never);
				this.#post({ kind: "event", name, value });
			});
		}
		const started = client.start();
		this.#resendCalls();
		return started;
	}

	#clientReady(session: Session, hello: HelloFrame, resumed: boolean): void {
		const { token: _token, ...known } = session;
		this.session.value = known;
		this.hello.value = hello;
		remembered.set({ address: known.address, device: known.device, account: known.account });
		resumePoint.set(this.#client?.resume);
		this.#post(this.#leadMessage({ resumed }));
		this.emit("ready", { resumed });
	}

	#clientState(client: ClientType, state: ConnectionState): void {
		if (client !== this.#client) {
			return;
		}
		this.state.value = plain(state);
		this.#post(this.#leadMessage());
		if (state.phase === "closed" && state.error && this.#joined) {
			this.#post({ kind: "signedOut", reason: "revoked" });
			this.#leave("revoked");
		}
	}

	#leadMessage(ready?: { resumed: boolean }): TabMessage {
		return {
			kind: "lead",
			leader: this.#tab,
			state: this.state.value,
			session: this.session.value,
			hello: this.hello.value,
			outgoing: this.#client?.outgoing ?? [],
			ready,
		};
	}

	#leave(reason: SignedOut): void {
		this.#joined = false;
		remembered.clear();
		this.#stepDown();
		this.session.value = undefined;
		this.state.value = { phase: "idle" };
		for (const { reject } of this.#calls.values()) {
			reject(new ParleyError("closed", "signed out"));
		}
		this.#calls.clear();
		this.emit("signedOut", reason);
	}

	#stepDown(): void {
		const client = this.#client;
		this.#client = undefined;
		this.#leader = undefined;
		client?.stop();
		this.#release?.();
		this.#release = undefined;
	}

	/** Messages that no leading tab has answered for. */
	#unheard(): Outgoing[] {
		return [...this.#calls.values()].flatMap(({ message }) =>
			message.kind === "call" && message.operation === "send" ? [message.args[0] as Outgoing] : [],
		);
	}

	#post(message: TabMessage): void {
		this.#channel?.postMessage(message);
	}

	#tell(operation: Operation, args: unknown[]): void {
		this.#call(operation, args).catch((error: unknown) => console.warn(`${operation} failed:`, error));
	}

	#call(operation: Operation, args: unknown[]): Promise<unknown> {
		if (this.#client) {
			return Promise.resolve(this.#serve(this.#client, operation, args));
		}
		return new Promise((resolve, reject) => {
			const call = `${this.#tab}-${this.#count++}`;
			const message: TabMessage = { kind: "call", call, operation, args };
			this.#calls.set(call, { message, resolve, reject });
			this.#post(message);
		});
	}

	/** The leader is new, or is this tab now: what has no answer is asked again. */
	#resendCalls(): void {
		for (const [id, call] of this.#calls) {
			if (this.#client && call.message.kind === "call") {
				this.#calls.delete(id);
				this.#serve(this.#client, call.message.operation, call.message.args).then(call.resolve, call.reject);
			} else {
				this.#post(call.message);
			}
		}
	}

	async #serve(client: ClientType, operation: Operation, args: unknown[]): Promise<unknown> {
		switch (operation) {
			case "request":
				return client.request(args[0] as Method, args[1] as never);
			case "send": {
				const { to, text, id, written, reply, forward } = args[0] as Outgoing;
				client.send(to, text, id, written, { ...(reply ? { reply } : {}), ...(forward ? { forward } : {}) });
				return undefined;
			}
			case "retry":
				return client.retry(args[0] as string);
			case "discard":
				return client.discard(args[0] as string);
			case "presence":
				return client.setPresence(args[0] as Show, args[1] as string);
			case "tryNow":
				return client.tryNow();
			case "probe":
				return client.probe();
		}
	}

	#hear(message: TabMessage): void {
		switch (message.kind) {
			case "who":
				if (this.#client && this.#joined) {
					this.#post(this.#leadMessage());
				}
				break;
			case "lead":
				this.#follow(message);
				break;
			case "event":
				if (this.#joined && !this.#client) {
					this.emit(message.name, message.value as never);
				}
				break;
			case "call":
				this.#serveTab(message);
				break;
			case "reply":
				this.#replied(message);
				break;
			case "signedIn":
				this.emit("signedIn", undefined);
				break;
			case "signedOut":
				if (this.#joined) {
					this.#leave(message.reason);
				}
				break;
		}
	}

	#follow(message: Extract<TabMessage, { kind: "lead" }>): void {
		if (!this.#joined || this.#client) {
			return;
		}
		const fresh = this.#leader !== message.leader;
		this.#leader = message.leader;
		this.session.value = message.session ?? this.session.value;
		this.hello.value = message.hello ?? this.hello.value;
		this.state.value = message.state;
		if (fresh) {
			message.outgoing.forEach((outgoing) => this.emit("outgoing", outgoing));
			this.#resendCalls();
		}
		if (message.ready || (fresh && message.state.phase === "live")) {
			this.emit("ready", message.ready ?? { resumed: true });
		}
	}

	#serveTab({ call, operation, args }: Extract<TabMessage, { kind: "call" }>): void {
		if (!this.#client) {
			return;
		}
		this.#serve(this.#client, operation, args).then(
			(value) => this.#post({ kind: "reply", call, value }),
			(error: ParleyError) => {
				const { code, message: text, where, retryAfter, id } = error;
				this.#post({ kind: "reply", call, error: { code, text, where, retryAfter, id } });
			},
		);
	}

	#replied({ call, value, error }: Extract<TabMessage, { kind: "reply" }>): void {
		const waiting = this.#calls.get(call);
		if (!waiting) {
			return;
		}
		this.#calls.delete(call);
		if (error) {
			waiting.reject(new ParleyError(error.code, error.text, error));
		} else {
			waiting.resolve(value);
		}
	}
}

export const link = new Link();

/* Back on the network, or awake again: look at once, not at the next heartbeat. */
addEventListener("online", () => link.probe());
document.addEventListener("visibilitychange", () => {
	if (document.visibilityState === "visible") {
		link.probe();
	}
});
addEventListener("pageshow", (event) => {
	if (event.persisted) {
		link.probe();
	}
});
