// SPDX-License-Identifier: MIT
// Many messages in flight: every reader sees one order, without gaps.

import assert from "node:assert/strict";
import { it } from "node:test";

import { conversation } from "./support/talk.mjs";

/** The seqs of a chat as this wire saw them: what it was sent, and the answers to what it sent. */
function seqsSeen(wire, chat, sentTo) {
	return wire.frames
		.filter((frame) => (frame.type === "message" && frame.chat === chat) || (frame.mid && sentTo.has(frame.id)))
		.map((frame) => frame.seq);
}

function upTo(n) {
	return Array.from({ length: n }, (_, i) => i + 1);
}

for (const backend of ["memory", "sqlite"]) {
	conversation(`order, with the store ${backend}`, { store: { backend } }, (node) => {
		it("of 500 messages of five senders is the same for all devices of the reader", async () => {
			const reader = await node.newPerson("reader");
			const senders = [];
			for (let i = 0; i < 5; i++) {
				const sender = await node.newPerson("sender");
				await node.befriend(sender, reader);
				senders.push(await node.wireOf(sender.person));
			}
			const devices = [
				await node.wireOf(reader.person),
				await node.wireOf(reader.person),
				await node.wireOf(reader.person),
			];
			for (const sender of senders) {
				sender.send(
					...upTo(100).map((n) => ({ type: "message", id: `o-${n}`, to: reader.address, text: `${n}` })),
				);
			}
			for (const sender of senders) {
				for (const n of upTo(100)) {
					assert.equal(
						(await sender.next({ id: /^o-/ })).id,
						`o-${n}`,
						"answers come in the order of the messages",
					);
				}
			}
			const seen = [];
			for (const device of devices) {
				const mids = [];
				for (let i = 0; i < 500; i++) {
					mids.push((await device.next("message")).mid);
				}
				seen.push(mids);
			}
			assert.deepEqual(seen[1], seen[0]);
			assert.deepEqual(seen[2], seen[0]);
			assert.deepEqual(seen[0], [...seen[0]].sort(), "mids grow in the order of the archive");
			for (const sender of senders) {
				const chat = devices[0].frames.filter(
					(frame) => frame.type === "message" && frame.chat === sender.address,
				);
				assert.deepEqual(
					chat.map(({ seq }) => seq),
					upTo(100),
				);
				assert.deepEqual(
					chat.map(({ text }) => Number(text)),
					upTo(100),
				);
				const { messages } = await devices[0].get("history.page", {
					chat: sender.address,
					after: 0,
					limit: 200,
				});
				assert.deepEqual(
					messages.map(({ mid }) => mid),
					chat.map(({ mid }) => mid),
				);
			}
		});

		it("in one chat that both sides write into from two devices each is the order of seq on every device", async () => {
			const [alice, bob] = await node.newPeople("alice", "bob");
			await node.befriend(alice, bob);
			const wires = [];
			for (const person of [alice, bob, alice, bob]) {
				wires.push(await node.wireOf(person.person));
			}
			const ids = wires.map((_, w) => new Set(upTo(60).map((n) => `d${w}-${n}`)));
			wires.forEach((wire, w) => {
				const to = w % 2 === 0 ? bob.address : alice.address;
				wire.send(...[...ids[w]].map((id) => ({ type: "message", id, to, text: id })));
			});
			for (const [w, wire] of wires.entries()) {
				const chat = w % 2 === 0 ? bob.address : alice.address;
				for (let i = 0; i < 240; i++) {
					await wire.next((frame) => frame.mid !== undefined);
				}
				assert.deepEqual(seqsSeen(wire, chat, ids[w]), upTo(240), `device ${w}`);
			}
		});
	});
}

conversation("order where little is allowed at once", { limits: { window: 2 } }, (node) => {
	it("is kept when the rest has to wait in the socket", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		const [from, to] = [await node.wireOf(alice.person), await node.wireOf(bob.person)];
		from.send(...upTo(300).map((n) => ({ type: "message", id: `o-${n}`, to: bob.address, text: `${n}` })));
		for (const n of upTo(300)) {
			const message = await to.next("message");
			assert.deepEqual([message.seq, message.text], [n, `${n}`]);
		}
	});
});
