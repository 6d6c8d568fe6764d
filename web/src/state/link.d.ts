import { Emitter, Guest, type AnyCode, type Ask, type ClientEvents, type Method, type Outgoing, type Result, type Session, type Show } from "../../sdk/src/index.ts";
/** Events that every tab hears of. */
declare const SHARED: readonly ["message", "presence", "event", "outgoing", "sent", "discarded"];
type Shared = (typeof SHARED)[number];
export type LinkState = {
    phase: "idle" | "connecting" | "live" | "offline";
} | {
    phase: "waiting";
    until: number;
    code: AnyCode;
} | {
    phase: "closed";
    code?: AnyCode;
};
export type SignedOut = "logout" | "revoked";
export interface LinkEvents extends Pick<ClientEvents, Shared> {
    /** resumed: nothing was missed. */
    ready: {
        resumed: boolean;
    };
    /** Another tab logged in. */
    signedIn: undefined;
    signedOut: SignedOut;
}
declare class Link extends Emitter<LinkEvents> {
    #private;
    readonly state: import("@preact/signals-core").Signal<LinkState>;
    readonly session: import("@preact/signals-core").Signal<Session | undefined>;
    readonly hello: import("@preact/signals-core").Signal<import("../../sdk/src/types.ts").ServerHello | undefined>;
    readonly guest: Guest;
    constructor();
    /** Logs in with a password. Rejects with what the node said. */
    login(user: string, password: string): Promise<Session>;
    /** Takes part in the session that the cookie stands for: leads when no other tab does, else follows. */
    join(): void;
    /** Ends the session on the node and in all tabs. */
    logout(): Promise<void>;
    request<M extends Method>(method: M, ...[params]: Ask<M>): Promise<Result<M>>;
    send(message: Outgoing): void;
    retry(id: string): void;
    discard(id: string): void;
    setPresence(show: Show, status: string): void;
    tryNow(): void;
    probe(): void;
}
export declare const link: Link;
export {};
