// SPDX-License-Identifier: MIT
// People who go on talking while others make trouble, on a thread of their own: how long does it take?

import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";

import { Wire } from "./wire.mjs";

/** The part of all values below which this share of them is. */
export function quantile(values, share) {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted.length === 0 ? 0 : sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/**
 * Pairs of people who say something to each other every "every" ms until stop() is called, and the first of them
 * logs in anew with the password every "login" ms.
 */
export class Probe {
	#worker;
	#result;

	/** pairs: [[a, b], ...] of people as Node.signUp gives them, who are contacts. */
	constructor(node, pairs, every = 50, login = 0) {
		const target = { tlsOptions: { ...node.tlsOptions, ca: String(node.certificate) } };
		this.#worker = new Worker(new URL(import.meta.url), { workerData: { target, pairs, every, login } });
		this.started = new Promise((resolve, reject) => {
			this.#worker.once("error", reject);
			this.#worker.once("message", resolve);
		});
		this.#result = this.started.then(
			() =>
				new Promise((resolve, reject) => {
					this.#worker.once("error", reject);
					this.#worker.once("message", resolve);
				}),
		);
		this.#result.catch(() => undefined);
	}

	/**
	 * { sent, heard, ms: [p50, p99, most], logins: [p50, p95, most] }: times from a message's sending to its
	 * delivery, and of logins from connecting on.
	 */
	async stop() {
		this.#worker.postMessage("stop");
		return this.#result;
	}
}

async function talk([from, to], target, every, over) {
	const [sender, reader] = [new Wire(target, { name: from.name }), new Wire(target, { name: to.name })];
	await Promise.all([sender.opened(), reader.opened()]);
	await sender.login(from);
	await reader.login(to);
	const times = [];
	let heard = 0;
	return async () => {
		for (let n = 0; !over.yes; n++) {
			const begun = performance.now();
			sender.send({ type: "message", id: `p-${n}`, to: to.address, text: `${n}` });
			const message = await reader.next({ type: "message" }, 60_000);
			times.push(performance.now() - begun);
			heard += message.text === `${n}`;
			const answer = await sender.next({ id: `p-${n}` }, 60_000);
			if (answer.type !== "result") {
				throw new Error(JSON.stringify(answer));
			}
			if (n % 20 === 19) {
				reader.send({ type: "ack", count: reader.count });
				sender.send({ type: "ack", count: sender.count });
			}
			await new Promise((resolve) => setTimeout(resolve, every));
		}
		await Promise.all([sender.close(), reader.close()]);
		return { times, heard };
	};
}

async function logIn(person, target, every, over) {
	const times = [];
	let device; /* one: each new one would take the place of the oldest at last */
	while (every > 0 && !over.yes) {
		const begun = performance.now();
		const wire = new Wire(target, { name: person.name });
		await wire.opened();
		device = (await wire.login(person, device ? { device: { id: device } } : {})).device;
		times.push(performance.now() - begun);
		await wire.close();
		await new Promise((resolve) => setTimeout(resolve, every));
	}
	return [0.5, 0.95, 1].map((share) => quantile(times, share));
}

if (!isMainThread && workerData?.target) {
	const { target, pairs, every, login } = workerData;
	const over = { yes: false };
	const talks = [];
	for (const pair of pairs) {
		talks.push(await talk(pair, target, every, over));
	}
	parentPort.once("message", () => (over.yes = true));
	parentPort.postMessage("started");
	const arriving = logIn(pairs[0][0], target, login, over);
	const all = await Promise.all(talks.map((run) => run()));
	const times = all.flatMap((one) => one.times);
	const heard = all.reduce((sum, one) => sum + one.heard, 0);
	const ms = [0.5, 0.99, 1].map((share) => quantile(times, share));
	parentPort.postMessage({ sent: times.length, heard, ms, logins: await arriving });
}
