// SPDX-License-Identifier: MIT
// Made by tools/gen-types.mjs from schemas/. Do not edit: change the schemas.

/** Chosen by the client, and never used for anything else: who asks again with the same one, because the answer was lost, gets what was made then, and nothing is made twice. (1 to 64 letters, digits or any of . _ : -) */
export type Once = string;

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

/** An account as operators see it. */
export interface AccountEntry {
  name: AccountName;
  shown: Name;
  display: Display;
  admin: boolean;
  disabled: boolean;
  hidden: boolean;
  created: Time;
}

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
  privacy?: Privacy;
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

/** One emoji. (one emoji) */
export type Emoji = string;

/** A part of the text that names somebody, found by the node. */
export interface Mention {
  /** Where it begins, in characters (Unicode code points) of the text; the @ counts. */
  start: Count;
  /** How many characters long. */
  length: Count;
  /** Who is meant. */
  who?: BareAddress;
  /** In place of who: everybody in the group, or everybody in it who is there now. */
  all?: "all" | "here";
}

/** In order of start; at most 50. */
export type Mentions = Mention[];

/** How people reacted with one emoji. */
export interface Reaction {
  emoji: Emoji;
  /** How many people. */
  count: Count;
  /** The reader is one of them. */
  own?: Yes;
  /** Who, the first 20 of them. */
  by: BareAddress[];
}

/** What changed in the chat: a message (edit, delete, react, pin) or the group. */
export interface Change {
  /** What happened. "who" says to whom; the frame's "from" says by whom. */
  kind: "edit" | "delete" | "react" | "pin" | "created" | "added" | "joined" | "left" | "removed" | "banned" | "unbanned" | "role" | "title" | "about" | "topic" | "settings" | "keep";
  /** The message that changed. */
  mid?: Mid;
  /** Of edit: what it says now; left out when the message has been deleted since, or edited again on a node that keeps no versions. Of title, about and topic: the new one, left out when it is empty. */
  text?: MessageText;
  mentions?: Mentions;
  /** Of react; left out when the message has been deleted since. */
  emoji?: Emoji;
  /** Of react and pin: put on, or taken off. */
  on?: boolean;
  /** Whom it was done to. */
  who?: BareAddress;
  /** Of role: the new one. */
  role?: "owner" | "admin" | "moderator" | "member";
  /** Of keep: messages are kept for so many days; 0: for ever; left out: this rule was taken back. */
  days?: KeepDays;
  /** Of keep: an operator of the node did it. The frame's "from" is the chat then. */
  operator?: Yes;
}

/** For how many days messages are kept; 0: for ever. (0 to 36500) */
export type KeepDays = number;

/** How long the messages of a chat are kept, and who has said so. */
export interface Keep {
  days: KeepDays;
  /** The node for all chats of this kind, an operator of the node for this one, or those in the chat. */
  by: "node" | "operator" | "chat";
  /** Nothing is removed by it before. */
  starts?: Time;
  /** What those in the chat have said, whatever holds. */
  own?: KeepDays;
}

/** A chat as operators name it: both names of a chat of two, or a group by its key or its address. (two names like alice+bob, or a group like #name or name@rooms.domain) */
export type ChatKey = string;

/** The chat begins here: everything before this place was too old and is gone. Left out when nothing is. */
export type Begins = Seq;

/** A message, or a change of the chat, as one reader sees it, live and in pages alike. */
export interface Message {
  type: "message";
  mid: Mid;
  /** The sender's id; only to the sender's own devices. */
  id?: Id;
  /** Who wrote it. A change that the node made by itself has no device. */
  from: Address;
  /** To whom: an account or a group. */
  to: BareAddress;
  /** Whom the reader talks with, or the group. */
  chat: BareAddress;
  seq: Seq;
  time: Time;
  /** What it says now; left out in a change and when it was deleted. */
  text?: MessageText;
  /** The message that this one answers. */
  reply?: Mid;
  /** It repeats what was written elsewhere. */
  forward?: {
    /** Who wrote it, unless the source was left out. */
    from?: BareAddress;
  };
  mentions?: Mentions;
  /** When it was last edited. */
  edited?: Time;
  /** It was deleted: when, and by whom. */
  deleted?: {
    by: BareAddress;
    time: Time;
  };
  /** In the order of their first use; at most 20. */
  reactions?: Reaction[];
  /** It is pinned to the chat. */
  pinned?: Yes;
  /** The seq of the last change that is in it; changes up to there must not be applied again. */
  rev?: Seq;
  /** In place of a text. */
  change?: Change;
  /** Live only: whether to draw the reader's attention, decided by the node from the reader's settings. */
  notify?: "message" | "mention";
  /** It was sent while this device was away. */
  missed?: Yes;
}

/** What a member of a group may do there, most first. */
export type GroupRole = "owner" | "admin" | "moderator" | "member";

/** Whether only invited people may join, or everybody may find and join it. */
export type GroupKind = "private" | "public";

/** The name that a group is shown by; empty: by the names of its members. (at most 80 characters on one line) */
export type GroupTitle = string;

/** What a group is for. (at most 500 characters) */
export type GroupAbout = string;

/** What a group talks about just now. (at most 200 characters on one line) */
export type GroupTopic = string;

/** The lowest role that may do it. */
export interface GroupPermissions {
  /** Invite people, and make links. */
  invite?: GroupRole;
  /** Write messages. */
  post?: GroupRole;
  /** Pin messages. */
  pin?: GroupRole;
  /** Change title, about, topic. */
  edit?: GroupRole;
  /** Mention @all and @here. */
  mention?: GroupRole;
}

/** A group as the reader may see it. */
export interface Group {
  address: BareAddress;
  title: GroupTitle;
  about: GroupAbout;
  topic: GroupTopic;
  kind: GroupKind;
  /** Yours; none: you are not in it; banned: you may not join. */
  role: "owner" | "admin" | "moderator" | "member" | "none" | "banned";
  /** How many there are. */
  members: Count;
  /** How some of the members are shown, for a group without title. */
  names?: string[];
  created: Time;
  /** What a new member may read: everything, or what is written from then on. */
  history: "all" | "joined";
  /** Seconds between two messages of a member; 0: no limit. Moderators are exempt. (0 to 3600) */
  slow: number;
  permissions: GroupPermissions;
}

/** Somebody in a group. */
export interface GroupMember {
  person: Person;
  role: GroupRole;
  since: Time;
  /** Only of people whose presence the reader may see. */
  show?: Show;
}

/** An invitation to a group that waits for an answer. */
export interface Invitation {
  group: Group;
  /** Who invites. */
  by: Person;
  time: Time;
}

/** What to be notified of. */
export type Level = "all" | "mentions" | "nothing";

/** The same for one chat; default: as the kind of chat has it. */
export type LevelOrDefault = "default" | "all" | "mentions" | "nothing";

/** What the reader is notified of in a chat as things are, and why. */
export interface Effective {
  level: Level;
  /** Where it comes from: set for the chat or the person, by the kind of chat, because the chat is muted, because of quiet hours. */
  reason: "chat" | "direct" | "group" | "muted" | "quiet";
  /** When that ends, if it does. */
  until?: Time;
  /** @all and @here are nothing to the reader here. */
  everybody?: false;
}

/** Hours in which there are no notifications. */
export interface Quiet {
  on: boolean;
  /** Local time as minutes since midnight. (0 to 1439) */
  start: number;
  /** The same; before start: on the next day. (0 to 1439) */
  end: number;
  /** Minutes that local time is ahead of UTC; clients keep it true. (-840 to 840) */
  offset: number;
}

/** What is set for one chat. */
export interface ChatSetting {
  chat: BareAddress;
  level: LevelOrDefault;
  /** Notifications are off. */
  muted?: Yes;
  /** Until when it is muted; left out: until it is switched on. */
  until?: Time;
  /** @all and @here are nothing to the reader here. */
  everybody?: false;
}

/** What somebody wants to be notified of. */
export interface NotifySettings {
  /** For chats with one person. */
  direct: Level;
  /** For groups. */
  group: Level;
  /** Whether to be notified of requests to chat and invitations. */
  requests: boolean;
  quiet: Quiet;
  /** The chats that differ. */
  chats: ChatSetting[];
}

/** What others may do and see. */
export interface Privacy {
  /** Who may add you to a group without asking; others can only invite you. */
  groups?: "everyone" | "contacts" | "nobody";
  /** Whether others see what you have read; off: you do not see it of others either. */
  receipts?: boolean;
  /** The same for who is typing. */
  typing?: boolean;
}

/** A message that is being written. */
export interface Draft {
  /** at most 10000 characters. */
  text: string;
  reply?: Mid;
}

/** A link by which people join a group. */
export interface GroupLink {
  /** What groups.join takes; the web client opens /join#LINK. */
  link: Token;
  by: BareAddress;
  created: Time;
  expires?: Time;
  /** How often it may still be used; left out: any number. */
  uses?: Count;
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
  /** An account or a group. */
  to: BareAddress;
  /** Left out only in a message that forwards. */
  text?: MessageText;
  /** The message of this chat that it answers. */
  reply?: Mid;
  /** Repeats a message that the sender can read. */
  forward?: {
    /** Where it was written. */
    chat: BareAddress;
    mid: Mid;
    /** Whether to say who wrote it. */
    source: boolean;
  };
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
  /** Draw the reader's attention. */
  notify?: Yes;
}

/** Read, or marked as unread, on another device of yours. */
export interface ServerEventRead {
  type: "event";
  name: "read";
  chat: BareAddress;
  /** The read position now. */
  seq: Position;
  unread: Count;
  /** Marked as unread from this seq on, which unread counts; left out when it is not. */
  unread_from?: Seq;
}

/** Your own profile changed. */
export interface ServerEventAccountChanged {
  type: "event";
  name: "account.changed";
  account: Account;
}

/** Settings of a chat changed on another device of yours. */
export interface ServerEventChatChanged {
  type: "event";
  name: "chat.changed";
  chat: BareAddress;
  archived: boolean;
  pinned: boolean;
  marked: boolean;
  draft?: Draft;
}

/** Somebody is typing; it ends by itself after 6 s, or with a message of theirs. */
export interface ServerEventTyping {
  type: "event";
  name: "typing";
  chat: BareAddress;
  from: BareAddress;
  on: boolean;
}

/** How far somebody else has received, or read, a chat in which you wrote. */
export interface ServerEventReceipt {
  type: "event";
  name: "receipt";
  chat: BareAddress;
  from: BareAddress;
  kind: "delivered" | "read";
  /** Everything up to here. */
  seq: Seq;
}

/** You were added to a group or removed, your role changed, or the group did. role tells where you stand. */
export interface ServerEventGroupsChanged {
  type: "event";
  name: "groups.changed";
  group: Group;
  /** Who did it, when it was done to you. */
  by?: BareAddress;
}

/** Somebody invites you to a group. */
export interface ServerEventGroupsInvited {
  type: "event";
  name: "groups.invited";
  invitation: Invitation;
  /** Draw the reader's attention. */
  notify?: Yes;
}

/** An invitation to a group is no longer there: accepted or declined on another device, or taken back. */
export interface ServerEventGroupsAnswered {
  type: "event";
  name: "groups.answered";
  group: BareAddress;
}

/** Your notification settings changed. */
export interface ServerEventNotifyChanged {
  type: "event";
  name: "notify.changed";
  settings: NotifySettings;
}

/** Messages of a chat were too old and are gone: it begins here now. What is unread may be less. */
export interface ServerEventHistoryBegins {
  type: "event";
  name: "history.begins";
  chat: BareAddress;
  /** Everything before this place is gone. */
  seq: Seq;
}

/** Something happened. Counted. */
export type ServerEvent = ServerEventRosterChanged | ServerEventRosterRequest | ServerEventRead | ServerEventAccountChanged | ServerEventChatChanged | ServerEventTyping | ServerEventReceipt | ServerEventGroupsChanged | ServerEventGroupsInvited | ServerEventGroupsAnswered | ServerEventNotifyChanged | ServerEventHistoryBegins;

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
    /** Seconds in which its author can edit a message; 0: nobody can. Left out by a node that archives nothing. */
    edit?: Count;
    /** Seconds in which its author can delete a message; 0: only moderators of groups can. Left out by a node that archives nothing. */
    delete?: Count;
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

export interface AccountChangeParams {
  name: Name;
  admin?: boolean;
  disabled?: boolean;
  password?: NewPassword;
}

export interface AccountChangeResult {
  account: AccountEntry;
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
  accounts: AccountEntry[];
  /** Whether there are more behind the last. */
  more: boolean;
}

export interface AccountPasswordParams {
  /** The password so far. (1 to 256 characters) */
  password: string;
  new: NewPassword;
}

export type AccountPasswordResult = Record<string, never>;

export interface AccountRevokeParams {
  device: Device;
}

export type AccountRevokeResult = Record<string, never>;

export interface AccountUpdateParams {
  display?: Display;
  /** Not to be found by search. */
  hidden?: boolean;
  /** What is left out stays. */
  privacy?: Privacy;
}

export interface AccountUpdateResult {
  account: Account;
}

export interface GroupsBannedParams {
  group: BareAddress;
}

export interface GroupsBannedResult {
  people: Person[];
}

export interface GroupsCreateParams {
  /** Its address of your choice; left out: one is made. */
  name?: Name;
  title?: GroupTitle;
  about?: GroupAbout;
  topic?: GroupTopic;
  kind?: GroupKind;
  /** What a new member may read. */
  history?: "all" | "joined";
  /** Seconds between two messages of a member. (0 to 3600) */
  slow?: number;
  /** What is left out stays. */
  permissions?: GroupPermissions;
  /** Whom to add or invite. */
  people?: BareAddress[];
  once?: Once;
}

export interface GroupsCreateResult {
  group: Group;
  /** Are in it now. */
  added: BareAddress[];
  /** Have been asked. */
  invited: BareAddress[];
  /** Can be neither added nor invited. */
  refused: Array<{
    address: BareAddress;
    code: Code;
    text: string;
  }>;
}

export interface GroupsDeclineParams {
  group: BareAddress;
}

export type GroupsDeclineResult = Record<string, never>;

export interface GroupsGetParams {
  group: BareAddress;
}

export interface GroupsGetResult {
  group: Group;
  keep?: Keep;
}

export type GroupsInvitationsParams = Record<string, never>;

export interface GroupsInvitationsResult {
  invitations: Invitation[];
}

export interface GroupsInviteParams {
  group: BareAddress;
  people: BareAddress[];
}

export interface GroupsInviteResult {
  /** Are in it now. */
  added: BareAddress[];
  /** Have been asked. */
  invited: BareAddress[];
  /** Can be neither added nor invited. */
  refused: Array<{
    address: BareAddress;
    code: Code;
    text: string;
  }>;
}

export interface GroupsJoinParams {
  group?: BareAddress;
  /** In place of group. */
  link?: Token;
}

export interface GroupsJoinResult {
  group: Group;
}

export interface GroupsLeaveParams {
  group: BareAddress;
}

export type GroupsLeaveResult = Record<string, never>;

export interface GroupsLinkParams {
  group: BareAddress;
  /** In so many seconds; left out: never. (60 to 31536000) */
  expires?: number;
  /** For so many people; left out: any number. (1 to 10000) */
  uses?: number;
  once?: Once;
}

export interface GroupsLinkResult {
  link: GroupLink;
}

export interface GroupsLinksParams {
  group: BareAddress;
}

export interface GroupsLinksResult {
  links: GroupLink[];
}

export interface GroupsListParams {
  /** Only the groups that this person is in, too. */
  with?: BareAddress;
}

export interface GroupsListResult {
  groups: Group[];
}

export interface GroupsMembersParams {
  group: BareAddress;
  /** Only whose name or display name begins so. (1 to 64 characters) */
  text?: string;
  /** Of the page before. */
  after?: Cursor;
  limit?: Limit;
}

export interface GroupsMembersResult {
  members: GroupMember[];
  /** There are more. */
  cursor?: Cursor;
  /** How many members the group has. */
  total: Count;
}

export interface GroupsPeekParams {
  link: Token;
}

export interface GroupsPeekResult {
  title: GroupTitle;
  about: GroupAbout;
  members: Count;
  /** How the maker of the link is shown. (at most 64 characters) */
  by: string;
}

export interface GroupsRemoveParams {
  group: BareAddress;
  address: BareAddress;
  ban?: boolean;
}

export type GroupsRemoveResult = Record<string, never>;

export interface GroupsRevokeParams {
  group: BareAddress;
  link: Token;
}

export type GroupsRevokeResult = Record<string, never>;

export interface GroupsRoleParams {
  group: BareAddress;
  address: BareAddress;
  role: GroupRole;
}

export type GroupsRoleResult = Record<string, never>;

export interface GroupsSearchParams {
  /** Left out: any. (1 to 64 characters) */
  text?: string;
  limit?: Limit;
}

export interface GroupsSearchResult {
  groups: Group[];
}

export interface GroupsUnbanParams {
  group: BareAddress;
  address: BareAddress;
}

export type GroupsUnbanResult = Record<string, never>;

export interface GroupsUpdateParams {
  group: BareAddress;
  title?: GroupTitle;
  about?: GroupAbout;
  topic?: GroupTopic;
  kind?: GroupKind;
  /** What a new member may read. */
  history?: "all" | "joined";
  /** Seconds between two messages of a member. (0 to 3600) */
  slow?: number;
  /** What is left out stays. */
  permissions?: GroupPermissions;
}

export interface GroupsUpdateResult {
  group: Group;
}

export interface GroupsWithdrawParams {
  group: BareAddress;
  address: BareAddress;
}

export type GroupsWithdrawResult = Record<string, never>;

export interface HistoryDateParams {
  chat: BareAddress;
  time: Time;
}

export interface HistoryDateResult {
  /** 0 when there is none. */
  seq: Position;
  begins?: Begins;
}

export interface HistoryDeleteParams {
  chat: BareAddress;
  mid: Mid;
}

export interface HistoryDeleteResult {
  /** The place of the change in the chat; left out when nothing changed. */
  seq?: Seq;
}

export interface HistoryEditParams {
  chat: BareAddress;
  mid: Mid;
  text: MessageText;
}

export interface HistoryEditResult {
  /** The place of the change in the chat; left out when nothing changed. */
  seq?: Seq;
}

export interface HistoryGetParams {
  chat: BareAddress;
  mids: Mid[];
}

export interface HistoryGetResult {
  /** In order of seq. */
  messages: Message[];
  /** They are long: ask again for those that have not come. */
  more?: Yes;
  /** Those that are not there because messages of their time are no longer kept. */
  gone?: Mid[];
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
  /** Whom the reader talks with, or the group. */
  chat: BareAddress;
  /** Of a chat with one person; also the reader, whose chat with themselves is for notes. */
  person?: Person;
  /** Of a group. */
  group?: Group;
  /** The last message; what happened to a message or a group is none. */
  last?: Message;
  /** Of the last message or change. */
  seq: Position;
  /** The read position. */
  read: Position;
  unread: Count;
  /** Marked as unread from this seq on, which unread counts; left out when it is not. */
  unread_from?: Seq;
  /** How many of the unread mention the reader; left out for none. */
  mentions?: Count;
  /** How far the other has received it, of a chat with one person. */
  delivered?: Position;
  /** How far the other has read it, if both tell. */
  seen?: Position;
  archived?: Yes;
  pinned?: Yes;
  /** Shown as unread although it was read. */
  marked?: Yes;
  draft?: Draft;
  notify?: Effective;
  /** Left out when messages are kept for ever because nobody has said otherwise. */
  keep?: Keep;
  begins?: Begins;
  /** The reader is no longer in it: only chat, seq, read, unread and time are told. */
  gone?: Yes;
  /** Of the last message; where there was none, since when the reader is in the chat. */
  time: Time;
}

export interface HistoryKeepParams {
  chat: BareAddress;
  /** The chat's own rule: days; 0: it has none. Left out: nothing is changed. */
  days?: KeepDays;
}

export interface HistoryKeepResult {
  /** The place of the change in the chat; left out when nothing changed. */
  seq?: Seq;
  keep: Keep;
  begins?: Begins;
}

export interface HistoryPageParams {
  chat: BareAddress;
  /** The messages just before this place, as they are now: changes of messages are in them and not told apart. */
  before?: Seq;
  /** Everything just after this place, as it happened: messages, and changes of messages. */
  after?: Position;
  /** At most so many; 50 when left out. Fewer come when they are long: see more. */
  limit?: Limit;
  /** Messages on both sides of this one, which is among them; as with before. */
  around?: Mid;
}

export interface HistoryPageResult {
  /** In order of seq. */
  messages: Message[];
  /** Whether there are more in that direction. */
  more: boolean;
  /** The page tells everything from this place; 0 when it is empty. */
  first: Position;
  /** To this place. */
  last: Position;
  /** Of around: whether there are more behind it. */
  later?: boolean;
  begins?: Begins;
}

export interface HistoryPinParams {
  chat: BareAddress;
  mid: Mid;
  on: boolean;
}

export interface HistoryPinResult {
  /** The place of the change in the chat; left out when nothing changed. */
  seq?: Seq;
}

export interface HistoryPinsParams {
  chat: BareAddress;
}

export interface HistoryPinsResult {
  messages: Message[];
  /** They are long: not all have come. */
  more?: Yes;
}

export interface HistoryReactParams {
  chat: BareAddress;
  mid: Mid;
  emoji: Emoji;
  on: boolean;
}

export interface HistoryReactResult {
  /** The place of the change in the chat; left out when nothing changed. */
  seq?: Seq;
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
  /** Marked as unread from this seq on, which unread counts; left out when it is not. */
  unread_from?: Seq;
}

export interface HistoryReadersReader {
  address: BareAddress;
  /** When; left out where it is not known any more. */
  at?: Time;
}

export interface HistoryReadersParams {
  chat: BareAddress;
  mid: Mid;
}

export interface HistoryReadersResult {
  /** At most 200. */
  read: HistoryReadersReader[];
  /** Have it and have not read it; at most 200. */
  delivered: HistoryReadersReader[];
}

export interface HistorySearchParams {
  /** Words, all of which the message has, in any order. The last one may be the beginning of a word, unless a space follows it. Case and accents do not matter. (1 to 200 characters) */
  text?: string;
  /** In this chat alone. */
  chat?: BareAddress;
  /** Written by this account. */
  from?: BareAddress;
  /** Written at that time or later. */
  after?: Time;
  /** Written earlier. */
  before?: Time;
  /** What the message has in it. */
  has?: "link";
  /** At most so many; 20 when left out. (1 to 50) */
  limit?: number;
  /** Of the answer before: what comes next. (the cursor of an answer) */
  cursor?: string;
}

export interface HistorySearchResult {
  /** As they are now; first what was written or edited last. */
  messages: Message[];
  /** There may be more; also after an answer without messages. */
  cursor?: string;
  /** The index is not complete yet: older messages may be missing. */
  partial?: Yes;
}

export interface HistorySetParams {
  chat: BareAddress;
  /** Out of the way until something new comes. */
  archived?: boolean;
  /** On top of the list. */
  pinned?: boolean;
  /** Shown as unread although it was read. */
  marked?: boolean;
  /** With an empty text: none. */
  draft?: Draft;
}

export type HistorySetResult = Record<string, never>;

export interface HistoryTypingParams {
  chat: BareAddress;
  on: boolean;
}

export type HistoryTypingResult = Record<string, never>;

export interface HistoryUnreadParams {
  chat: BareAddress;
  /** The first. */
  mid: Mid;
}

export interface HistoryUnreadResult {
  /** The read position, which stays. */
  read: Position;
  unread: Count;
  /** Marked as unread from this seq on, which unread counts; left out when it is not. */
  unread_from?: Seq;
}

export interface HistoryVersionsParams {
  chat: BareAddress;
  mid: Mid;
}

export interface HistoryVersionsResult {
  versions: Array<{
    text: MessageText;
    time: Time;
  }>;
}

export interface KeyRewrapParams {
  /** The file, on the node's machine; made by parleyctl key make. (a path that begins with /) */
  file: string;
}

export interface KeyRewrapResult {
  /** What tells node keys apart, and says nothing of them. (16 to 16 characters) */
  node_key: string;
  /** Where the node has its present key from. */
  from: string;
}

export type KeyRotateParams = Record<string, never>;

export interface KeyRotateResult {
  /** The new key. */
  key: Count;
}

export type KeyStatusParams = Record<string, never>;

export interface KeyStatusResult {
  /** What tells node keys apart, and says nothing of them. (16 to 16 characters) */
  node_key: string;
  /** Where the node has its node key from. */
  from: string;
  /** The node key that the node is to be started with next. (16 to 16 characters) */
  pending?: string;
  /** Data keys, the oldest first. */
  keys: Array<{
    id: Count;
    made: Time;
    /** New documents are sealed under it. */
    current: boolean;
  }>;
  /** Those that have secrets. */
  collections: Array<{
    name: string;
    /** All of its documents are under this key or newer ones; 0 while that is not known. */
    key: Count;
    /** False when its module is not loaded: the keys that it needs stay. */
    loaded: boolean;
  }>;
  /** Collections that the walk has yet to finish. */
  left: Count;
  /** The collection that it is in. */
  walking?: string;
  /** Documents of it that were looked at. */
  seen?: Count;
  /** Documents sealed anew since the start. */
  sealed: Count;
  /** Documents that do not open. */
  failed: Count;
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
  /** What the file changes and only a restart puts in force: options, and listen for listeners. */
  restart?: string[];
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
  /** What it may do now. */
  roles: Array<"user" | "admin">;
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

export interface NotifyChatParams {
  chat: BareAddress;
  level?: LevelOrDefault;
  /** Seconds for which the chat is muted; 0: not muted; -1: until it is switched on. (-1 to 31536000) */
  mute?: number;
  /** Whether @all and @here name you in this group, as they do when nothing is said. */
  everybody?: boolean;
}

export interface NotifyChatResult {
  effective: Effective;
}

export type NotifyGetParams = Record<string, never>;

export interface NotifyGetResult {
  settings: NotifySettings;
}

export interface NotifyUpdateParams {
  direct?: Level;
  group?: Level;
  requests?: boolean;
  quiet?: Quiet;
}

export interface NotifyUpdateResult {
  settings: NotifySettings;
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

export interface RetentionRunParams {
  /** Answer when it is done. */
  wait?: boolean;
}

export interface RetentionRunResult {
  /** With wait: messages and changes that are gone since it was asked. */
  removed?: Count;
}

export interface RetentionSetParams {
  chat: ChatKey;
  /** 0: for ever. Left out: the node and those in the chat decide again. */
  days?: KeepDays;
}

export interface RetentionSetResult {
  /** The place of the change in the chat; left out when nothing changed. */
  seq?: Seq;
  keep: Keep;
  begins?: Begins;
}

export interface RetentionStatusParams {
  /** So many of the largest chats; 10 when left out. (0 to 50) */
  largest?: number;
}

export interface RetentionStatusResult {
  /** The node's rule for chats of two. */
  direct: Keep;
  /** The node's rule for groups. */
  group: Keep;
  /** Messages and changes that are gone since the node was started, because they were too old. */
  removed: Count;
  /** The clock has jumped: nothing is removed for a day, or until retention.run is asked. */
  held: boolean;
  /** Bytes that are free on the disk of the data folder. */
  disk_free: Count;
  /** Bytes of the files in the data folder. */
  disk_used: Count;
  /** When the rest was measured; left out when it has not been yet. */
  measured?: Time;
  /** That have messages. */
  chats?: Count;
  /** Messages and changes in all of them. */
  messages?: Count;
  /** Bytes of their documents, about: large chats are measured by samples. */
  bytes?: Count;
  /** Of the oldest message. */
  oldest?: Time;
  /** What is older than so many days, about: what such a rule would take away. */
  older?: Array<{
    days: KeepDays;
    messages: Count;
    bytes: Count;
  }>;
  /** The largest chats, by bytes. */
  largest: Array<{
    chat: ChatKey;
    messages: Count;
    bytes: Count;
    oldest: Time;
    days: KeepDays;
    by: "node" | "operator" | "chat";
    starts?: Time;
  }>;
  /** Chats with a rule of their own, 200 at most, and what holds there. */
  ruled: Array<{
    chat: ChatKey;
    days: KeepDays;
    by: "node" | "operator" | "chat";
    starts?: Time;
  }>;
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
  "chat.changed": ServerEventChatChanged;
  typing: ServerEventTyping;
  receipt: ServerEventReceipt;
  "groups.changed": ServerEventGroupsChanged;
  "groups.invited": ServerEventGroupsInvited;
  "groups.answered": ServerEventGroupsAnswered;
  "notify.changed": ServerEventNotifyChanged;
  "history.begins": ServerEventHistoryBegins;
}

export type EventName = keyof Events;

/** Every method with what it takes and what it answers. */
export interface Methods {
  "account.change": { params: AccountChangeParams; result: AccountChangeResult };
  "account.create": { params: AccountCreateParams; result: AccountCreateResult };
  "account.devices": { params: AccountDevicesParams; result: AccountDevicesResult };
  "account.get": { params: AccountGetParams; result: AccountGetResult };
  "account.list": { params: AccountListParams; result: AccountListResult };
  "account.password": { params: AccountPasswordParams; result: AccountPasswordResult };
  "account.revoke": { params: AccountRevokeParams; result: AccountRevokeResult };
  "account.update": { params: AccountUpdateParams; result: AccountUpdateResult };
  "groups.banned": { params: GroupsBannedParams; result: GroupsBannedResult };
  "groups.create": { params: GroupsCreateParams; result: GroupsCreateResult };
  "groups.decline": { params: GroupsDeclineParams; result: GroupsDeclineResult };
  "groups.get": { params: GroupsGetParams; result: GroupsGetResult };
  "groups.invitations": { params: GroupsInvitationsParams; result: GroupsInvitationsResult };
  "groups.invite": { params: GroupsInviteParams; result: GroupsInviteResult };
  "groups.join": { params: GroupsJoinParams; result: GroupsJoinResult };
  "groups.leave": { params: GroupsLeaveParams; result: GroupsLeaveResult };
  "groups.link": { params: GroupsLinkParams; result: GroupsLinkResult };
  "groups.links": { params: GroupsLinksParams; result: GroupsLinksResult };
  "groups.list": { params: GroupsListParams; result: GroupsListResult };
  "groups.members": { params: GroupsMembersParams; result: GroupsMembersResult };
  "groups.peek": { params: GroupsPeekParams; result: GroupsPeekResult };
  "groups.remove": { params: GroupsRemoveParams; result: GroupsRemoveResult };
  "groups.revoke": { params: GroupsRevokeParams; result: GroupsRevokeResult };
  "groups.role": { params: GroupsRoleParams; result: GroupsRoleResult };
  "groups.search": { params: GroupsSearchParams; result: GroupsSearchResult };
  "groups.unban": { params: GroupsUnbanParams; result: GroupsUnbanResult };
  "groups.update": { params: GroupsUpdateParams; result: GroupsUpdateResult };
  "groups.withdraw": { params: GroupsWithdrawParams; result: GroupsWithdrawResult };
  "history.date": { params: HistoryDateParams; result: HistoryDateResult };
  "history.delete": { params: HistoryDeleteParams; result: HistoryDeleteResult };
  "history.edit": { params: HistoryEditParams; result: HistoryEditResult };
  "history.get": { params: HistoryGetParams; result: HistoryGetResult };
  "history.inbox": { params: HistoryInboxParams; result: HistoryInboxResult };
  "history.keep": { params: HistoryKeepParams; result: HistoryKeepResult };
  "history.page": { params: HistoryPageParams; result: HistoryPageResult };
  "history.pin": { params: HistoryPinParams; result: HistoryPinResult };
  "history.pins": { params: HistoryPinsParams; result: HistoryPinsResult };
  "history.react": { params: HistoryReactParams; result: HistoryReactResult };
  "history.read": { params: HistoryReadParams; result: HistoryReadResult };
  "history.readers": { params: HistoryReadersParams; result: HistoryReadersResult };
  "history.search": { params: HistorySearchParams; result: HistorySearchResult };
  "history.set": { params: HistorySetParams; result: HistorySetResult };
  "history.typing": { params: HistoryTypingParams; result: HistoryTypingResult };
  "history.unread": { params: HistoryUnreadParams; result: HistoryUnreadResult };
  "history.versions": { params: HistoryVersionsParams; result: HistoryVersionsResult };
  "key.rewrap": { params: KeyRewrapParams; result: KeyRewrapResult };
  "key.rotate": { params: KeyRotateParams; result: KeyRotateResult };
  "key.status": { params: KeyStatusParams; result: KeyStatusResult };
  "node.check": { params: NodeCheckParams; result: NodeCheckResult };
  "node.fibers": { params: NodeFibersParams; result: NodeFibersResult };
  "node.hooks": { params: NodeHooksParams; result: NodeHooksResult };
  "node.limits": { params: NodeLimitsParams; result: NodeLimitsResult };
  "node.module": { params: NodeModuleParams; result: NodeModuleResult };
  "node.modules": { params: NodeModulesParams; result: NodeModulesResult };
  "node.reload": { params: NodeReloadParams; result: NodeReloadResult };
  "node.sessions": { params: NodeSessionsParams; result: NodeSessionsResult };
  "node.status": { params: NodeStatusParams; result: NodeStatusResult };
  "notify.chat": { params: NotifyChatParams; result: NotifyChatResult };
  "notify.get": { params: NotifyGetParams; result: NotifyGetResult };
  "notify.update": { params: NotifyUpdateParams; result: NotifyUpdateResult };
  "presence.get": { params: PresenceGetParams; result: PresenceGetResult };
  "register.check": { params: RegisterCheckParams; result: RegisterCheckResult };
  "register.create": { params: RegisterCreateParams; result: RegisterCreateResult };
  "register.policy": { params: RegisterPolicyParams; result: RegisterPolicyResult };
  "retention.run": { params: RetentionRunParams; result: RetentionRunResult };
  "retention.set": { params: RetentionSetParams; result: RetentionSetResult };
  "retention.status": { params: RetentionStatusParams; result: RetentionStatusResult };
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
