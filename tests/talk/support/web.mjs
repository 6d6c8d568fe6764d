// SPDX-License-Identifier: MIT
// What browsers use: HTTP requests, and WebSockets that look like other sockets here.

import { EventEmitter } from "node:events";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { createRequire } from "node:module";
import { join } from "node:path";

import { root } from "./places.mjs";

const { WebSocket } = createRequire(join(root, "web/package.json"))("ws");

/** The origin of the node's own pages. */
export function originOf(node, listener = "https") {
	return `${listener}://${node.domain}:${node.portOf(listener)}`;
}

/** A request to the node; resolves with { status, headers, text }. */
export function ask(node, method, path, { listener = "https", headers = {}, body } = {}) {
	const host = `${node.domain}:${node.portOf(listener)}`;
	const options = {
		...node.tlsOptions,
		port: node.portOf(listener),
		method,
		path,
		agent: false,
		headers: { host, ...headers },
	};
	return new Promise((resolve, reject) => {
		const request = (listener === "https" ? httpsRequest : httpRequest)(options, (response) => {
			let text = "";
			response.setEncoding("utf8");
			response.on("data", (chunk) => (text += chunk));
			response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, text }));
		});
		request.on("error", reject);
		request.end(body);
	});
}

/**
 * A WebSocket with the face of a socket whose lines are the messages. origin: of the page, null for none; cookie:
 * what the browser sends along; protocol: the subprotocol that is offered; headers: further ones.
 */
export function webSocket(
	node,
	{ listener = "https", origin = originOf(node, listener), cookie, protocol = "parley.v1", headers = {} } = {},
) {
	const face = new EventEmitter();
	const scheme = listener === "https" ? "wss" : "ws";
	const socket = new WebSocket(`${scheme}://${node.host}:${node.portOf(listener)}/ws`, protocol ? [protocol] : [], {
		ca: node.certificate,
		servername: node.domain,
		headers: {
			host: `${node.domain}:${node.portOf(listener)}`,
			...(origin === null ? {} : { origin }),
			...(cookie ? { cookie } : {}),
			...headers,
		},
	});
	face.socket = socket;
	socket.on("message", (data, binary) =>
		face.emit("data", binary ? Buffer.from("binary\n") : Buffer.concat([data, Buffer.from("\n")])),
	);
	socket.on("error", (error) => face.emit("error", error));
	socket.on("close", (code, reason) => {
		face.closeCode = code;
		face.emit("close", String(reason));
	});
	face.write = (text) => {
		for (const line of String(text).split("\n")) {
			if (line !== "") {
				socket.send(line);
			}
		}
	};
	face.destroy = () => socket.terminate();
	return face;
}
