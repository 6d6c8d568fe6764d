// SPDX-License-Identifier: MIT
// The protocol's types, under the names that this SDK uses; types.ts has them all.

import type {
	HistoryInboxChat, Legal, Methods, RegisterPolicyResult, ServerError, ServerEvent, ServerFrames,
} from "./types.ts";

export type * from "./types.ts";

export type HelloFrame = ServerFrames["hello"];
export type ReadyFrame = ServerFrames["ready"];
export type MessageFrame = ServerFrames["message"];
export type PresenceFrame = ServerFrames["presence"];
export type ResultFrame = ServerFrames["result"];
export type ErrorFrame = ServerError;
export type EventFrame = ServerEvent;
export type InboxChat = HistoryInboxChat;
export type Policy = RegisterPolicyResult;
export type PolicyText = Legal;

export type Params<M extends keyof Methods> = Methods[M]["params"];
export type Result<M extends keyof Methods> = Methods[M]["result"];
/** What follows the method's name in a request: nothing needed where all params are optional. */
export type Ask<M extends keyof Methods> = {} extends Params<M> ? [params?: Params<M>] : [params: Params<M>];
