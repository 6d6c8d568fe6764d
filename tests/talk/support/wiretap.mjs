// SPDX-License-Identifier: MIT
// A relay between a node and its MongoDB that notes what the node asks for: OP_MSG of MongoDB's wire protocol.

import { once } from "node:events";
import { connect, createServer } from "node:net";

const OP_MSG = 2013;
const HEAD = 16; /* length, request, response to, code */
const FIXED = { 0x01: 8, 0x07: 12, 0x08: 1, 0x09: 8, 0x0a: 0, 0x10: 4, 0x11: 8, 0x12: 8 };

/** The bytes of a value of this type. */
function sizeOf(type, bytes, at) {
	if (type === 0x02) {
		return 4 + bytes.readInt32LE(at);
	} else if (type === 0x03 || type === 0x04) {
		return bytes.readInt32LE(at);
	} else if (type === 0x05) {
		return 5 + bytes.readInt32LE(at);
	} else if (FIXED[type] === undefined) {
		throw new Error(`BSON of type ${type} was not expected`);
	}
	return FIXED[type];
}

function valueOf(type, bytes) {
	switch (type) {
		case 0x02:
			return bytes.toString("utf8", 4, bytes.length - 1);
		case 0x03:
		case 0x04:
			return membersOf(bytes);
		case 0x08:
			return bytes[0] === 1;
		case 0x10:
			return bytes.readInt32LE(0);
		default:
			return undefined; /* nobody asks */
	}
}

/** The members of a document or array: names, strings, documents, booleans and small numbers. */
function membersOf(bytes) {
	const members = {};
	for (let at = 4; bytes[at] !== 0; ) {
		const type = bytes[at];
		const end = bytes.indexOf(0, at + 1);
		const size = sizeOf(type, bytes, end + 1);
		members[bytes.toString("utf8", at + 1, end)] = valueOf(type, bytes.subarray(end + 1, end + 1 + size));
		at = end + 1 + size;
	}
	return members;
}

export class Wiretap {
	/** What was asked: { name, database, writeConcern?, command }. */
	commands = [];
	#sockets = new Set();

	/** uri: of the deployment; gives the relay with its own uri. */
	static async before(uri) {
		const [, host, port, options] = /^mongodb:\/\/([^:/]+):(\d+)[^/]*\/(?:\?(.*))?$/.exec(uri);
		const tap = new Wiretap();
		tap.server = createServer((socket) => tap.#relay(socket, connect(Number(port), host)));
		tap.server.listen(0, "127.0.0.1");
		await once(tap.server, "listening");
		/* the deployment would name its members, which are behind this */
		const direct = [...(options ?? "").split("&").filter((word) => word && !word.startsWith("replicaSet=")), "directConnection=true"];
		tap.uri = `mongodb://127.0.0.1:${tap.server.address().port}/?${direct.join("&")}`;
		return tap;
	}

	#relay(from, to) {
		let rest = Buffer.alloc(0);
		from.on("data", (chunk) => {
			rest = this.#read(Buffer.concat([rest, chunk]));
		});
		for (const [one, other] of [[from, to], [to, from]]) {
			this.#sockets.add(one);
			one.pipe(other);
			one.on("error", () => other.destroy());
			one.on("close", () => (this.#sockets.delete(one), other.destroy()));
		}
	}

	/** Notes the whole messages, and gives what is left. */
	#read(bytes) {
		while (bytes.length >= HEAD && bytes.length >= bytes.readInt32LE(0)) {
			const message = bytes.subarray(0, bytes.readInt32LE(0));
			bytes = bytes.subarray(message.length);
			if (message.readInt32LE(12) === OP_MSG) {
				this.#note(message.subarray(HEAD + 4));
			}
		}
		return bytes;
	}

	/** Sections: 0 is the command, 1 are documents that belong to it. */
	#note(sections) {
		for (let at = 0; at < sections.length; ) {
			const size = sections.readInt32LE(at + 1);
			if (sections[at] === 0) {
				const { $db: database, writeConcern, ...command } = membersOf(sections.subarray(at + 1, at + 1 + size));
				this.commands.push({ name: Object.keys(command)[0], database, writeConcern, command });
			}
			at += 1 + size;
		}
	}

	stop() {
		this.server.close();
		for (const socket of this.#sockets) {
			socket.destroy();
		}
	}
}
