// SPDX-License-Identifier: MIT
// A logged-in client that stays logged in: reconnects, resumes, and loses nothing on the way.

import { backoff } from "./backoff.ts";
import { idMaker } from "./bytes.ts";
import { systemClock, type Clock } from "./clock.ts";
import { Emitter } from "./emitter.ts";
import { asParleyError, ParleyError } from "./errors.ts";
import { login, type Credentials, type LoginOptions } from "./login.ts";
import { Outbox, type Extras, type Outgoing, type OutboxKeeper, type Sent } from "./outbox.ts";
import type {
	Account, Address, Ask, ErrorFrame, EventFrame, HelloFrame, MessageFrame, Method, PresenceFrame, ReadyFrame, Result,
	ResultFrame, ServerFrame, Show,
} from "./protocol.ts";
import { Requests } from "./requests.ts";
import type { Derive } from "./scrypt.ts";
import { Stream } from "./stream.ts";
import type { OpenTransport } from "./transport.ts";

export type ConnectionState =
	| { phase: "idle" }
	| { phase: "connecting"; attempt: number }
	| { phase: "live" }
	/** The next try is at "until", in milliseconds; tryNow() does not wait for it. */
	| { phase: "waiting"; until: number; attempt: number; error: ParleyError }
	/** The machine says that it has no network. */
	| { phase: "offline" }
	/** For good: logged out, or the node wants new credentials. */
	| { phase: "closed"; error?: ParleyError };

/** Who is logged in, and how to come back. */
export interface Session {
	address: string;
	account: Account;
	device: string;
	token?: string;
}

export interface ClientEvents {
	state: ConnectionState;
	/** Logged in. Not resumed: whatever happened meanwhile has to be asked for (docs/protocol.md section 8). */
	ready: { session: Session; hello: HelloFrame; resumed: boolean };
	message: MessageFrame;
	presence: PresenceFrame;
	event: EventFrame;
	/** A message of ours waits or has failed. */
	outgoing: Outgoing;
	/** The node has it. */
	sent: Sent;
	/** A failed message was thrown away. */
	discarded: Outgoing;
}

export interface ClientOptions {
	open: OpenTransport;
	credentials: Credentials;
	device?: { id?: string; name?: string };
	/** For browsers: exchanges the ticket for a cookie; later logins use the cookie. */
	onTicket?: (ticket: string) => Promise<void>;
	/** Have the node send what this device missed; for programs that keep nothing. */
	missed?: boolean;
	derive?: Derive;
	keeper?: OutboxKeeper;
	clock?: Clock;
	/** Whether there is a network, as far as one can know. */
	online?: () => boolean;
	/** Close when the first login does not succeed, whatever the reason: for a form that somebody looks at. */
	giveUp?: boolean;
	/** To continue a session of an earlier program. */
	resume?: { id: string; count: number };
}

const REQUEST_TIMEOUT = 30_000;
const ACK_EVERY = 5_000;
/** After a message: its sender waits to see that it was delivered. */
const ACK_MESSAGE = 1_000;
const ACK_FRAMES = 32;
const OFFLINE_RETRY = 30_000;

/** Errors at login that no waiting will cure. */
/** What makes something new: asked for under a name, so that it is made once also when the answer was lost. */
const MAKERS: ReadonlySet<string> = new Set(["groups.create", "groups.link"]);
const FINAL = new Set(["not-authorized", "not-allowed", "gone", "not-implemented", "bad-request"]);

export class Client extends Emitter<ClientEvents> {
	readonly #options: ClientOptions;
	readonly #clock: Clock;
	readonly #requests: Requests;
	readonly #outbox: Outbox;
	readonly #nextMessageId = idMaker("m");
	readonly #nextOnce = idMaker("o");
	#credentials: Credentials;
	#state: ConnectionState = { phase: "idle" };
	#session?: Session;
	#stream?: Stream;
	#resume?: { id: string };
	#count = 0;
	#acked = 0;
	#attempt = 0;
	#presence?: object;
	#barrier?: string;
	#cancelRetry: () => void = () => undefined;
	#cancelAck?: () => void;
	#ackDue = Number.POSITIVE_INFINITY;

	constructor(options: ClientOptions) {
		super();
		this.#options = options;
		this.#clock = options.clock ?? systemClock;
		this.#credentials = options.credentials;
		if (options.resume) {
			this.#resume = { id: options.resume.id };
			this.#count = options.resume.count;
		}
		const transmit = (frame: object) => this.#stream?.send(frame);
		this.#requests = new Requests(this.#clock, transmit);
		this.#outbox = new Outbox(
			this.#clock,
			{
				transmit,
				changed: (message) => this.emit("outgoing", message),
				sent: (sent) => this.emit("sent", sent),
				removed: (message) => this.emit("discarded", message),
			},
			options.keeper,
		);
	}

	get state(): ConnectionState {
		return this.#state;
	}

	get session(): Session | undefined {
		return this.#session;
	}

	/** What to give to another Client that is to go on with this one's session. */
	get resume(): { id: string; count: number } | undefined {
		return this.#resume && { id: this.#resume.id, count: this.#count };
	}

	get outgoing(): Outgoing[] {
		return this.#outbox.messages;
	}

	/** Connects and stays connected. Resolves at the first ready; rejects when the first login is refused for good. */
	start(): Promise<Session> {
		const first = new Promise<Session>((resolve, reject) => {
			const stop = [
				this.on("ready", ({ session }) => (stop.forEach((off) => off()), resolve(session))),
				this.on("state", (state) => {
					if (state.phase === "closed") {
						stop.forEach((off) => off());
						reject(state.error ?? new ParleyError("closed", "closed here"));
					}
				}),
			];
		});
		first.catch(() => undefined); /* also told by the state */
		void this.#outbox.restore().catch((error: unknown) => console.warn("the outbox could not be read:", error));
		void this.#connect();
		return first;
	}

	/** Ends the session; the node does not keep it for resuming. */
	stop(error?: ParleyError): void {
		if (this.#state.phase === "closed") {
			return;
		}
		this.#cancelRetry();
		this.#stopAcks();
		const stream = this.#stream;
		this.#stream = undefined;
		stream?.send({ type: "close" });
		stream?.close();
		this.#outbox.stop();
		this.#requests.rejectAll(error ?? new ParleyError("closed", "closed here"));
		this.#setState({ phase: "closed", error });
	}

	/** While waiting: connects without waiting longer. */
	tryNow(): void {
		if (this.#state.phase === "waiting" || this.#state.phase === "offline") {
			this.#cancelRetry();
			void this.#connect();
		}
	}

	/** The world may have changed (network back, woken up): look at once. */
	probe(): void {
		if (this.#state.phase === "live") {
			this.#stream?.probe();
		} else {
			this.tryNow();
		}
	}

	/** Asks a method of the node. Questions outlive reconnects; they reject with ParleyError. */
	request<M extends Method>(method: M, ...[params]: Ask<M>): Promise<Result<M>> {
		if (this.#state.phase === "closed") {
			return Promise.reject(this.#state.error ?? new ParleyError("closed", "closed here"));
		}
		const send = this.#state.phase === "live" && this.#barrier === undefined;
		const asked = MAKERS.has(method) ? { once: this.#nextOnce(), ...(params as object) } : params;
		return this.#requests.ask(method, asked, REQUEST_TIMEOUT, send) as Promise<Result<M>>;
	}

	/** An id for a message; it names the message until the node gives it a mid. */
	newMessageId(): string {
		return this.#nextMessageId();
	}

	/** Sends text, now or when there is a connection. What becomes of it is told by outgoing and sent. */
	send(to: Address, text: string, id = this.newMessageId(), written = this.#clock.now(), extras: Extras = {}): Outgoing {
		const message: Outgoing = { ...extras, id, to, text, written, state: "waiting" };
		if (!this.#outbox.has(id)) {
			this.#outbox.add(message);
		}
		return message;
	}

	retry(id: string): void {
		this.#outbox.retry(id);
	}

	discard(id: string): void {
		this.#outbox.discard(id);
	}

	/** Tells the contacts; said again after each new login. */
	setPresence(show: Show, status?: string): void {
		this.#presence = { type: "presence", show, ...(status ? { status } : {}) };
		if (this.#state.phase === "live") {
			this.#stream?.send(this.#presence);
		}
	}

	#setState(state: ConnectionState): void {
		this.#state = state;
		this.emit("state", state);
	}

	async #connect(): Promise<void> {
		this.#setState({ phase: "connecting", attempt: this.#attempt });
		const stream = new Stream(this.#options.open, this.#clock, {
			frame: (frame) => this.#frame(frame),
			close: (reason) => this.#lost(stream, reason),
		});
		this.#stream = stream;
		try {
			const hello = await stream.hello;
			const ready = await login(stream, hello, this.#credentials, this.#loginOptions());
			if (ready.ticket) {
				/* Who is told of the login may leave the page at once, and is to come back logged in. */
				await this.#exchange(ready.ticket);
			}
			this.#ready(stream, hello, ready);
		} catch (error) {
			this.#refused(stream, asParleyError(error));
		}
	}

	#loginOptions(): LoginOptions {
		const { device, onTicket, missed, derive } = this.#options;
		return {
			device: { id: this.#session?.device ?? device?.id, name: device?.name },
			cookie: onTicket !== undefined && !("cookie" in this.#credentials),
			missed,
			derive,
			resume: this.resume,
		};
	}

	#ready(stream: Stream, hello: HelloFrame, ready: ReadyFrame): void {
		if (stream !== this.#stream) {
			return;
		}
		this.#attempt = 0;
		this.#session = {
			address: ready.address,
			account: ready.account,
			device: ready.device,
			token: ready.token ?? this.#session?.token,
		};
		this.#resume = { id: ready.resume };
		if (!ready.resumed) {
			this.#count = 0;
		}
		this.#acked = this.#count;
		if (ready.token) {
			this.#credentials = { user: ready.account.name, token: ready.token };
		}
		stream.watch();
		this.#setState({ phase: "live" });
		if (ready.resumed) {
			/* What was answered meanwhile comes first; when the pong is here, the rest has no answer. */
			this.#barrier = "b-resumed";
			stream.send({ type: "ping", id: this.#barrier });
		} else {
			this.#catchUp();
		}
		this.emit("ready", { session: this.#session, hello, resumed: ready.resumed });
		stream.flow();
	}

	async #exchange(ticket: string): Promise<void> {
		try {
			await this.#options.onTicket?.(ticket);
			this.#credentials = { cookie: true };
		} catch (error) {
			console.warn("no cookie for this login:", error);
		}
	}

	#catchUp(): void {
		this.#barrier = undefined;
		if (this.#presence) {
			this.#stream?.send(this.#presence);
		}
		this.#requests.resend();
		this.#outbox.goLive();
	}

	#frame(frame: ServerFrame): void {
		switch (frame.type) {
			case "pong":
				if (this.#barrier !== undefined && frame.id === this.#barrier) {
					this.#catchUp();
				}
				return;
			case "result":
			case "error":
				this.#answer(frame);
				if (frame.type === "error" && frame.fatal) {
					return; // the last frame of a stream is not counted: a session may go on without it
				}
				break;
			case "message":
				this.emit("message", frame);
				break;
			case "presence":
				this.emit("presence", frame);
				break;
			case "event":
				this.emit("event", frame);
				break;
			default:
				return;
		}
		this.#counted(frame.type === "message" ? ACK_MESSAGE : ACK_EVERY);
	}

	#answer(frame: ResultFrame | ErrorFrame): void {
		if (this.#requests.answer(frame)) {
			return;
		}
		if (frame.type === "result") {
			this.#outbox.result(frame);
		} else if (frame.fatal) {
			this.#stream?.close(ParleyError.fromFrame(frame));
		} else {
			this.#outbox.error(frame);
		}
	}

	#counted(wait: number): void {
		this.#count++;
		const due = this.#clock.now() + wait;
		if (this.#count - this.#acked >= ACK_FRAMES) {
			this.#ack();
		} else if (due < this.#ackDue) {
			this.#cancelAck?.();
			this.#ackDue = due;
			this.#cancelAck = this.#clock.after(wait, () => this.#ack());
		}
	}

	#ack(): void {
		this.#stopAcks();
		this.#acked = this.#count;
		this.#stream?.send({ type: "ack", count: this.#count });
	}

	#stopAcks(): void {
		this.#cancelAck?.();
		this.#cancelAck = undefined;
		this.#ackDue = Number.POSITIVE_INFINITY;
	}

	/** The node answered the login with an error, or there was no connection to answer on. */
	#refused(stream: Stream, error: ParleyError): void {
		if (stream !== this.#stream) {
			return;
		}
		if (FINAL.has(error.code) || (this.#options.giveUp && !this.#session)) {
			this.stop(error);
			return;
		}
		this.#stream = undefined;
		stream.close();
		this.#wait(error);
	}

	#lost(stream: Stream, reason: ParleyError): void {
		if (stream !== this.#stream || this.#state.phase !== "live") {
			return; /* a login that fails is told to #connect */
		}
		this.#stream = undefined;
		this.#stopAcks();
		this.#barrier = undefined;
		this.#outbox.stop();
		this.#wait(reason);
	}

	#wait(error: ParleyError): void {
		const offline = this.#options.online ? !this.#options.online() : false;
		const wait = offline ? OFFLINE_RETRY : backoff(this.#attempt, this.#clock.random(), error.retryAfter);
		this.#attempt++;
		this.#cancelRetry = this.#clock.after(wait, () => void this.#connect());
		this.#setState(
			offline
				? { phase: "offline" }
				: { phase: "waiting", until: this.#clock.now() + wait, attempt: this.#attempt, error },
		);
	}
}

