// SPDX-License-Identifier: MIT
// Made by tools/gen-types.mjs from schemas/. Do not edit: change the schemas.

/** Names a frame of a client, so that its answer can be told and a retry does no harm. Never used twice. (1 to 64 letters, digits or any of . _ : -) */
export type Id = string;

/** The name of an account, in any case. (3 to 15 letters, digits or underscores) */
export type Name = string;

/** The name of an account in lower case. (3 to 15 lower-case letters, digits or underscores) */
export type AccountName = string;

/** The domain of a node, in lower case. (a domain of at most 253 characters) */
export type Domain = string;

/** Names one installation of a client, given by the node at the first login. (1 to 32 letters, digits, underscores or hyphens) */
export type Device = string;

/** The address of an account, or of one of its devices. (an address like name@domain or name@domain/device) */
export type Address = string;

/** The address of an account. (an address like name@domain) */
export type BareAddress = string;

/** The address of one device of an account. (an address like name@domain/device) */
export type FullAddress = string;

/** Names a message for ever: a UUIDv7 (RFC 9562) that the node of the sender made. (a UUID of version 7 in lower case) */
export type Mid = string;

/** The place of a message in its chat. Grows by one from 1; a gap tells that something was missed. */
export type Seq = number;

/** A place in a chat; 0 stands before its first message. */
export type Position = number;

/** How many. */
export type Count = number;

/** A time in UTC with milliseconds (RFC 3339). (a time like 2026-11-22T10:00:00.123Z) */
export type Time = string;

/** What a message says. (1 to 10000 characters) */
export type MessageText = string;

/** The name a person is shown by; empty when none is set. (at most 64 characters on one line) */
export type Display = string;

/** What a person says beside their presence. (at most 100 characters on one line) */
export type Status = string;

/** What somebody who asks to chat writes to go with it; may be empty. (at most 200 characters) */
export type Greeting = string;

/** An e-mail address. (an e-mail address) */
export type Email = string;

/** A password to be set. (8 to 256 characters) */
export type NewPassword = string;

/** Logs a device in again; keep it secret. (1 to 256 printable ASCII characters without spaces) */
export type Token = string;

/** Tells how far an earlier answer went. Opaque. (1 to 256 printable ASCII characters without spaces) */
export type Cursor = string;

/** Bytes in base64 (RFC 4648). (base64 of at most 4,096 characters) */
export type Base64 = string;

/** The version of the terms and the privacy policy; empty when the node has none. (at most 32 printable ASCII characters) */
export type TermsVersion = string;

/** The name of a module, a method, a hook, an option and so on. (a name of at most 64 letters, digits or any of _ . -) */
export type Word = string;

/** Left out for no. */
export type Yes = true;

/** Whether somebody is there. */
export type Show = "available" | "away" | "busy" | "offline";

/** What another person is to you: nobody, asked by you, asking you, a contact, blocked by you. */
export type Relation = "none" | "requested" | "asks" | "contact" | "blocked";

/** Whether anybody may make an account. */
export type Register = "open" | "closed";

/** What kind of error; programs go by this. */
export type Code = "bad-request" | "not-authorized" | "not-allowed" | "not-found" | "conflict" | "too-large" | "busy" | "limit" | "blocked" | "gone" | "not-implemented" | "remote-timeout" | "internal";

/** A way to log in. */
export type Mechanism = "SCRAM-SCRYPT-SHA-256-PLUS" | "SCRAM-SCRYPT-SHA-256" | "PLAIN" | "TOKEN" | "COOKIE";

/** At most so many in the answer. (1 to 200) */
export type Limit = number;

/** The installation of the client that logs in. */
export interface ClientDevice {
  /** The device id of an earlier ready; left out the first time. */
  id?: Device;
  /** How the owner will know it in the list of devices. (1 to 64 characters on one line) */
  name?: string;
}

/** The stream to go on with. */
export interface Resume {
  /** What the last ready said in resume. */
  id: Token;
  /** How many counted frames have been received. */
  count: Count;
}

/** Your own account. */
export interface Account {
  name: AccountName;
  /** The name as its owner wrote it. */
  shown: Name;
  display: Display;
  /** Whether the account may administer the node. */
  admin: boolean;
  /** Whether the owner does not want to be found by search. */
  hidden?: boolean;
}

/** Somebody else, as the reader may see them. */
export interface Person {
  address: BareAddress;
  name: AccountName;
  /** The name as its owner wrote it. */
  shown: Name;
  display: Display;
  relation: Relation;
  /** What was written with a request to chat. */
  text?: Greeting;
}

/** Somebody whom the reader may know. */
export interface Suggestion {
  address: BareAddress;
  name: AccountName;
  /** The name as its owner wrote it. */
  shown: Name;
  display: Display;
  relation: Relation;
  /** Why this person is suggested. */
  reason: {
    /** Contacts in common, or chats of late. */
    kind: "mutual" | "recent";
    /** How many of them. */
    count: Count;
  };
}

/** Whether a contact is there. */
export interface Presence {
  address: BareAddress;
  show: Show;
  status?: Status;
  /** When they were last seen, if they are offline. */
  since?: Time;
}

/** A message as one reader sees it, live and in pages alike. */
export interface Message {
  type: "message";
  mid: Mid;
  /** The sender's id; only to the sender's own devices. */
  id?: Id;
  from: FullAddress;
  to: BareAddress;
  /** Whom the reader talks with. */
  chat: BareAddress;
  seq: Seq;
  time: Time;
  text: MessageText;
  /** It was sent while this device was away. */
  missed?: Yes;
}

/** A text that has to be agreed to. */
export interface Legal {
  version: TermsVersion;
  /** The whole text. */
  text: string;
}

/** Bounds of a length in characters. */
export interface Length {
  min: Count;
  max: Count;
}

/** How many counted frames have been received. */
export interface ClientAck {
  type: "ack";
  count: Count;
}

/** With the password; the node runs scrypt. */
export interface ClientAuthPlain {
  type: "auth";
  mechanism: "PLAIN";
  user: Name;
  /** 1 to 256 characters. */
  password: string;
  device?: ClientDevice;
  /** Asks for a ticket, to be turned into a cookie, in place of a token. */
  cookie?: Yes;
  /** Asks for all messages that this device has not acknowledged yet. */
  missed?: Yes;
  resume?: Resume;
}

/** Without telling the node the password. */
export interface ClientAuthScram {
  type: "auth";
  mechanism: "SCRAM-SCRYPT-SHA-256" | "SCRAM-SCRYPT-SHA-256-PLUS";
  /** The client-first message of RFC 5802. */
  data: Base64;
  device?: ClientDevice;
  /** Asks for a ticket, to be turned into a cookie, in place of a token. */
  cookie?: Yes;
  /** Asks for all messages that this device has not acknowledged yet. */
  missed?: Yes;
  resume?: Resume;
}

/** With the token of an earlier ready. */
export interface ClientAuthToken {
  type: "auth";
  mechanism: "TOKEN";
  user: Name;
  token: Token;
  device?: ClientDevice;
  /** Asks for a ticket, to be turned into a cookie, in place of a token. */
  cookie?: Yes;
  /** Asks for all messages that this device has not acknowledged yet. */
  missed?: Yes;
  resume?: Resume;
}

/** With the token in the cookie that came with the upgrade to WebSocket. */
export interface ClientAuthCookie {
  type: "auth";
  mechanism: "COOKIE";
  device?: ClientDevice;
  /** Asks for a ticket, to be turned into a cookie, in place of a token. */
  cookie?: Yes;
  /** Asks for all messages that this device has not acknowledged yet. */
  missed?: Yes;
  resume?: Resume;
}

/** Logs in. Answered by ready, challenge or error. */
export type ClientAuth = ClientAuthPlain | ClientAuthScram | ClientAuthToken | ClientAuthCookie;

/** The session ends, once what came before is answered, and cannot be resumed. */
export interface ClientClose {
  type: "close";
}

/** Sends a message. Answered by result with mid, seq and time once it is durable, or by error. */
export interface ClientMessage {
  type: "message";
  id: Id;
  to: BareAddress;
  text: MessageText;
}

/** Answered by pong with the same id. */
export interface ClientPing {
  type: "ping";
  id?: Id;
}

/** Tells the contacts. offline hides this session. */
export interface ClientPresence {
  type: "presence";
  show: Show;
  status?: Status;
}

/** Asks something. Answered by result with result, or by error. */
export interface ClientRequest {
  type: "request";
  id: Id;
  /** One of docs/methods.md. (the name of a method) */
  method: string;
  /** As the method has it; left out, it counts as {}. */
  params?: object;
}

/** The next step of SCRAM, after challenge. */
export interface ClientResponse {
  type: "response";
  data: Base64;
}

/** The next step of SCRAM. */
export interface ServerChallenge {
  type: "challenge";
  data: Base64;
}

/** What went wrong. Counted. */
export interface ServerError {
  type: "error";
  /** Of the frame that is refused, when it had one. */
  id?: Id;
  code: Code;
  /** For a person; may change. (1 to 240 characters) */
  text: string;
  /** A JSON pointer (RFC 6901) into the frame. (at most 80 characters) */
  where?: string;
  /** Seconds to wait before the next try. (1 to 4294967295) */
  retry_after?: number;
  /** The stream ends after this frame. */
  fatal?: Yes;
}

/** A relation, a name or a visibility changed. */
export interface ServerEventRosterChanged {
  type: "event";
  name: "roster.changed";
  person: Person;
}

/** Somebody asks to chat. */
export interface ServerEventRosterRequest {
  type: "event";
  name: "roster.request";
  person: Person;
  text: Greeting;
  time: Time;
}

/** Read on another device of yours. */
export interface ServerEventRead {
  type: "event";
  name: "read";
  chat: BareAddress;
  /** The new read position. */
  seq: Position;
  unread: Count;
}

/** Your own profile changed. */
export interface ServerEventAccountChanged {
  type: "event";
  name: "account.changed";
  account: Account;
}

/** Something happened. Counted. */
export type ServerEvent = ServerEventRosterChanged | ServerEventRosterRequest | ServerEventRead | ServerEventAccountChanged;

/** The first frame of a stream. */
export interface ServerHello {
  type: "hello";
  domain: Domain;
  /** The version of the protocol. */
  protocol: 1;
  /** Names this connection in the logs of the node. (1 to 64 characters) */
  stream: string;
  /** The ways to log in on this connection, best first. */
  auth: Mechanism[];
  register: Register;
  /** The version of the terms that a new account must agree to. */
  terms: TermsVersion;
  limits: {
    /** Bytes in a frame after login. */
    frame: Count;
    /** Characters in a message. */
    text: Count;
  };
}

/** A message, to the receiver's devices and to the sender's other devices. Counted. */
export type ServerMessage = Message;

/** The answer to ping. */
export interface ServerPong {
  type: "pong";
  id?: Id;
}

/** A contact came, went or says something else. Counted. */
export interface ServerPresence {
  type: "presence";
  from: BareAddress;
  show: Show;
  status?: Status;
  /** When they were last seen, if they are offline. */
  since?: Time;
}

/** Logged in. Counted frames are counted from the next one when resumed is false. */
export interface ServerReady {
  type: "ready";
  address: FullAddress;
  account: Account;
  /** To be kept and sent with each later login. */
  device: Device;
  token?: Token;
  /** To be turned into a cookie with POST /session within 60 s. */
  ticket?: Token;
  /** Names the stream, for resume of a later auth. */
  resume: Token;
  /** Whether the stream that auth asked for goes on. */
  resumed: boolean;
  /** The server-final message of SCRAM. */
  data?: Base64;
}

/** The answer to a message (mid, seq, time) or to a request (result). Counted. */
export interface ServerResult {
  type: "result";
  id: Id;
  mid?: Mid;
  seq?: Seq;
  time?: Time;
  /** The node had this message already, under the same id. */
  repeated?: Yes;
  /** As the method has it. */
  result?: object;
}

export interface AccountCreateParams {
  name: Name;
  password: NewPassword;
  display?: Display;
  email?: Email;
  admin?: boolean;
}

export interface AccountCreateResult {
  name: AccountName;
}

export type AccountDevicesParams = Record<string, never>;

export interface AccountDevicesResult {
  devices: AccountDevicesDevice[];
}

/** A device. */
export interface AccountDevicesDevice {
  id: Device;
  /** As it called itself; may be empty. (at most 64 characters) */
  name: string;
  /** Of its first login. */
  created: Time;
  /** When it was last connected. */
  seen: Time;
  /** The network address it last came from. (at most 64 characters) */
  peer: string;
  /** Whether it is the one that asks. */
  current: boolean;
}

export type AccountGetParams = Record<string, never>;

export interface AccountGetResult {
  account: Account;
}

export interface AccountListParams {
  /** Only names behind this one. */
  after?: Name;
  /** 1 to 1000. */
  limit?: number;
}

export interface AccountListResult {
  accounts: AccountListAccount[];
  /** Whether there are more behind the last. */
  more: boolean;
}

/** An account. */
export interface AccountListAccount {
  name: AccountName;
  shown: Name;
  display: Display;
  admin: boolean;
  disabled: boolean;
  hidden: boolean;
  created: Time;
}

export interface AccountRevokeParams {
  device: Device;
}

export type AccountRevokeResult = Record<string, never>;

export interface AccountUpdateParams {
  display?: Display;
  /** Not to be found by search. */
  hidden?: boolean;
}

export interface AccountUpdateResult {
  account: Account;
}

export interface HistoryInboxParams {
  /** The cursor of an earlier answer. */
  since?: Cursor;
  limit?: Limit;
}

export interface HistoryInboxResult {
  chats: HistoryInboxChat[];
  cursor: Cursor;
  /** Whether this is every chat, to replace what the reader has, and not only what changed. */
  full: boolean;
  /** Whether there are more: ask again with the cursor. Also without a limit an answer has only so much. */
  more: boolean;
}

/** A chat. */
export interface HistoryInboxChat {
  /** Whom the reader talks with. */
  chat: BareAddress;
  person: Person;
  /** The last message. */
  last?: Message;
  /** Of the last message. */
  seq: Position;
  /** The read position. */
  read: Position;
  unread: Count;
  /** Of the last message. */
  time: Time;
}

export interface HistoryPageParams {
  chat: BareAddress;
  /** The messages just before this place. */
  before?: Seq;
  /** The messages just after this place. */
  after?: Position;
  /** At most so many; 50 when left out. Fewer come when they are long: see more. */
  limit?: Limit;
}

export interface HistoryPageResult {
  /** In order of seq. */
  messages: Message[];
  /** Whether there are more in that direction. */
  more: boolean;
}

export interface HistoryReadParams {
  chat: BareAddress;
  /** Read up to here. */
  seq: Position;
}

export interface HistoryReadResult {
  /** The read position now. */
  read: Position;
  unread: Count;
}

export type NodeCheckParams = Record<string, never>;

export interface NodeCheckResult {
  ok: boolean;
  problems: Array<{
    /** The file and the line. */
    where: string;
    text: string;
  }>;
}

export type NodeFibersParams = Record<string, never>;

export interface NodeFibersResult {
  live: Count;
  peak: Count;
  max: Count;
  /** A paragraph for each suspended fiber, with its backtrace. */
  dump: string;
}

export type NodeHooksParams = Record<string, never>;

export interface NodeHooksResult {
  hooks: NodeHooksHook[];
}

/** A hook. */
export interface NodeHooksHook {
  name: Word;
  /** First to last. */
  handlers: Array<{
    module: Word;
    /** Lower runs first. (-2147483648 to 2147483647) */
    priority: number;
  }>;
}

export type NodeLimitsParams = Record<string, never>;

export interface NodeLimitsResult {
  limits: NodeLimitsLimit[];
}

/** A bounded thing. */
export interface NodeLimitsLimit {
  name: string;
  used: Count;
  /** The most since the start. */
  peak?: Count;
  max: Count;
  /** How often it was full. */
  refused?: Count;
}

export interface NodeModuleParams {
  name: Word;
}

export interface NodeModuleResult {
  name: Word;
  summary: string;
  /** The version of the interface it was made for. */
  abi: string;
  /** Where it was loaded from; empty when it is built in. */
  file: string;
  /** Modules that it needs. */
  needs: Word[];
  methods: NodeModuleMethod[];
  hooks: NodeModuleHook[];
  options: NodeModuleOption[];
  /** What it keeps in the store. */
  collections: Word[];
  /** What it offers other modules, "roster/1". */
  services: string[];
  metrics: NodeModuleMetric[];
}

/** A method. */
export interface NodeModuleMethod {
  name: Word;
  /** Who may call it. */
  roles: Array<"guest" | "user" | "admin" | "operator">;
}

/** A handler. */
export interface NodeModuleHook {
  name: Word;
  /** Lower runs first. (-2147483648 to 2147483647) */
  priority: number;
}

/** An option. */
export interface NodeModuleOption {
  name: Word;
  type: "bool" | "int" | "text";
  /** As it is now. */
  value: boolean | number | string;
  default: boolean | number | string;
  min?: number;
  max?: number;
  /** What it is for. */
  text: string;
}

/** A metric. */
export interface NodeModuleMetric {
  name: Word;
  kind: "counter" | "gauge";
  value: Count;
  /** What it counts. */
  text: string;
}

export type NodeModulesParams = Record<string, never>;

export interface NodeModulesResult {
  modules: NodeModulesModule[];
}

/** A module. */
export interface NodeModulesModule {
  name: Word;
  summary: string;
  /** The version of the interface it was made for. */
  abi: string;
  /** Modules that it needs. */
  needs: Word[];
}

export type NodeReloadParams = Record<string, never>;

export interface NodeReloadResult {
  ok: boolean;
  problems: Array<{
    /** The file and the line. */
    where: string;
    text: string;
  }>;
}

export interface NodeSessionsParams {
  /** Only of this account. */
  account?: Name;
  /** 1 to 1000. */
  limit?: number;
}

export interface NodeSessionsResult {
  sessions: NodeSessionsSession[];
  /** How many there are, also those that the limit cut off. */
  total: Count;
}

/** A session. */
export interface NodeSessionsSession {
  /** Names a session; never used again. (the number of a session) */
  session: string;
  address: FullAddress;
  /** The network address of the client. */
  peer: string;
  /** False while it may only be resumed. */
  connected: boolean;
  /** When it began. */
  since: Time;
  /** Frames sent and not yet acknowledged. */
  waiting: Count;
}

export type NodeStatusParams = Record<string, never>;

export interface NodeStatusResult {
  /** The version of parleyd. */
  version: string;
  domain: Domain;
  /** The process. */
  pid: Count;
  started: Time;
  /** Seconds since then. */
  uptime: Count;
  /** Clients connected, logged in or not. */
  connections: Count;
  /** Sessions, those that may be resumed included. */
  sessions: Count;
  /** Sessions without a connection. */
  detached: Count;
  /** Messages taken since the start. */
  messages: Count;
  /** The back end of the store. */
  store: string;
  /** Resident bytes. */
  memory: Count;
}

export type PresenceGetParams = Record<string, never>;

export interface PresenceGetResult {
  /** All contacts. */
  people: Presence[];
}

export interface RegisterCheckParams {
  /** 1 to 64 characters. */
  name: string;
}

export interface RegisterCheckResult {
  available: boolean;
  /** Why not: somebody has it, the node keeps it back, or it breaks the rules for names. */
  reason?: "taken" | "reserved" | "invalid";
}

export interface RegisterCreateParams {
  name: Name;
  password: NewPassword;
  /** The version that was agreed to. */
  terms: TermsVersion;
  display?: Display;
  email?: Email;
}

export interface RegisterCreateResult {
  name: AccountName;
}

export type RegisterPolicyParams = Record<string, never>;

export interface RegisterPolicyResult {
  register: Register;
  /** The terms of service. */
  terms: Legal;
  /** The privacy policy. */
  privacy: Legal;
  /** Length of a name. */
  name: Length;
  /** Length of a password. */
  password: Length;
}

export interface RosterAcceptParams {
  address: BareAddress;
}

export interface RosterAcceptResult {
  /** What the person is to you now. */
  relation: Relation;
}

export interface RosterBlockParams {
  address: BareAddress;
}

export interface RosterBlockResult {
  /** What the person is to you now. */
  relation: Relation;
}

export interface RosterDeclineParams {
  address: BareAddress;
}

export interface RosterDeclineResult {
  /** What the person is to you now. */
  relation: Relation;
}

export interface RosterDismissParams {
  address: BareAddress;
}

export type RosterDismissResult = Record<string, never>;

export type RosterListParams = Record<string, never>;

export interface RosterListResult {
  /** The people. */
  people: Person[];
}

export interface RosterRemoveParams {
  address: BareAddress;
}

export interface RosterRemoveResult {
  /** What the person is to you now. */
  relation: Relation;
}

export interface RosterRequestParams {
  address: BareAddress;
  text?: Greeting;
}

export interface RosterRequestResult {
  /** What the person is to you now. */
  relation: Relation;
}

export interface RosterSearchParams {
  /** 1 to 64 characters. */
  text: string;
  limit?: Limit;
}

export interface RosterSearchResult {
  /** The people found, best first. */
  people: Person[];
}

export interface RosterSuggestionsParams {
  limit?: Limit;
}

export interface RosterSuggestionsResult {
  /** The people, best first. */
  people: Suggestion[];
}

export interface RosterUnblockParams {
  address: BareAddress;
}

export interface RosterUnblockResult {
  /** What the person is to you now. */
  relation: Relation;
}

export interface RosterWithdrawParams {
  address: BareAddress;
}

export interface RosterWithdrawResult {
  /** What the person is to you now. */
  relation: Relation;
}

export interface SessionEndParams {
  /** Names a session; never used again. (the number of a session) */
  session: string;
  /** What the client is told. (1 to 200 characters) */
  text?: string;
}

export type SessionEndResult = Record<string, never>;

/** Frames from the client, by type. */
export interface ClientFrames {
  ack: ClientAck;
  auth: ClientAuth;
  close: ClientClose;
  message: ClientMessage;
  ping: ClientPing;
  presence: ClientPresence;
  request: ClientRequest;
  response: ClientResponse;
}

export type ClientFrame = ClientFrames[keyof ClientFrames];

/** Frames from the node, by type. */
export interface ServerFrames {
  challenge: ServerChallenge;
  error: ServerError;
  event: ServerEvent;
  hello: ServerHello;
  message: ServerMessage;
  pong: ServerPong;
  presence: ServerPresence;
  ready: ServerReady;
  result: ServerResult;
}

export type ServerFrame = ServerFrames[keyof ServerFrames];

/** Events, by name. */
export interface Events {
  "roster.changed": ServerEventRosterChanged;
  "roster.request": ServerEventRosterRequest;
  read: ServerEventRead;
  "account.changed": ServerEventAccountChanged;
}

export type EventName = keyof Events;

/** Every method with what it takes and what it answers. */
export interface Methods {
  "account.create": { params: AccountCreateParams; result: AccountCreateResult };
  "account.devices": { params: AccountDevicesParams; result: AccountDevicesResult };
  "account.get": { params: AccountGetParams; result: AccountGetResult };
  "account.list": { params: AccountListParams; result: AccountListResult };
  "account.revoke": { params: AccountRevokeParams; result: AccountRevokeResult };
  "account.update": { params: AccountUpdateParams; result: AccountUpdateResult };
  "history.inbox": { params: HistoryInboxParams; result: HistoryInboxResult };
  "history.page": { params: HistoryPageParams; result: HistoryPageResult };
  "history.read": { params: HistoryReadParams; result: HistoryReadResult };
  "node.check": { params: NodeCheckParams; result: NodeCheckResult };
  "node.fibers": { params: NodeFibersParams; result: NodeFibersResult };
  "node.hooks": { params: NodeHooksParams; result: NodeHooksResult };
  "node.limits": { params: NodeLimitsParams; result: NodeLimitsResult };
  "node.module": { params: NodeModuleParams; result: NodeModuleResult };
  "node.modules": { params: NodeModulesParams; result: NodeModulesResult };
  "node.reload": { params: NodeReloadParams; result: NodeReloadResult };
  "node.sessions": { params: NodeSessionsParams; result: NodeSessionsResult };
  "node.status": { params: NodeStatusParams; result: NodeStatusResult };
  "presence.get": { params: PresenceGetParams; result: PresenceGetResult };
  "register.check": { params: RegisterCheckParams; result: RegisterCheckResult };
  "register.create": { params: RegisterCreateParams; result: RegisterCreateResult };
  "register.policy": { params: RegisterPolicyParams; result: RegisterPolicyResult };
  "roster.accept": { params: RosterAcceptParams; result: RosterAcceptResult };
  "roster.block": { params: RosterBlockParams; result: RosterBlockResult };
  "roster.decline": { params: RosterDeclineParams; result: RosterDeclineResult };
  "roster.dismiss": { params: RosterDismissParams; result: RosterDismissResult };
  "roster.list": { params: RosterListParams; result: RosterListResult };
  "roster.remove": { params: RosterRemoveParams; result: RosterRemoveResult };
  "roster.request": { params: RosterRequestParams; result: RosterRequestResult };
  "roster.search": { params: RosterSearchParams; result: RosterSearchResult };
  "roster.suggestions": { params: RosterSuggestionsParams; result: RosterSuggestionsResult };
  "roster.unblock": { params: RosterUnblockParams; result: RosterUnblockResult };
  "roster.withdraw": { params: RosterWithdrawParams; result: RosterWithdrawResult };
  "session.end": { params: SessionEndParams; result: SessionEndResult };
}

export type Method = keyof Methods;
