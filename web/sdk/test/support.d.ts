import type { Clock } from "../src/clock.ts";
import type { OpenTransport, TransportHandlers } from "../src/transport.ts";
export declare class VirtualClock implements Clock {
    #private;
    now(): number;
    after(ms: number, call: () => void): () => void;
    random(): number;
    /** Lets ms pass: due timers run in order, and what they promised with them. */
    pass(ms: number): Promise<void>;
}
/** Everything that was promised and needs no time has happened. */
export declare function settle(): Promise<void>;
export type Frame = Record<string, unknown> & {
    type: string;
};
export declare class NodeEnd {
    #private;
    readonly received: Frame[];
    closedByClient: boolean;
    constructor(handlers: TransportHandlers);
    say(...frames: object[]): void;
    raw(text: string): void;
    drop(reason?: string): void;
    take(type: string): Frame[];
    last(type: string): Frame;
}
/** A transport whose other ends are in ends, oldest first. */
export declare function fakeTransport(): {
    open: OpenTransport;
    ends: NodeEnd[];
};
export declare const HELLO: {
    type: string;
    domain: string;
    protocol: number;
    stream: string;
    auth: string[];
    register: string;
    terms: string;
    limits: {
        frame: number;
        text: number;
    };
};
export declare const READY: {
    type: string;
    address: string;
    account: {
        name: string;
        shown: string;
        display: string;
        admin: boolean;
    };
    device: string;
    token: string;
    resume: string;
    resumed: boolean;
};
