// SPDX-License-Identifier: MIT
// An archive of many messages in the chats of one account: made-up words, as frequent as in a language (Zipf), and the
// same in every run.

import { readFileSync } from "node:fs";

import { Line } from "../tests/talk/support/line.mjs";
import { Chance } from "../tests/workload/chance.mjs";

const AT_ONCE = 8;
const WORDS = 30_000;

export const chance = new Chance(12345);

function makeWord(n) {
	const syllables = ["ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "zu", "an", "er", "in", "os", "ul"];
	let word = "";
	for (let rest = n + 15; rest > 0; rest = Math.floor(rest / syllables.length)) {
		word += syllables[rest % syllables.length];
	}
	return word;
}

export const vocabulary = Array.from({ length: WORDS }, (_, n) => makeWord(n));
export const someWord = () => vocabulary[Math.floor(WORDS ** chance.next()) - 1];
const someText = () => Array.from({ length: 3 + Math.floor(chance.next() * 12) }, someWord).join(" ");

export const seconds = (n) => new Promise((resolve) => setTimeout(resolve, n * 1000));

/** ms of CPU that a process has used. */
export function cpuOf(pid) {
	const [user, system] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ").slice(11, 13);
	return (Number(user) + Number(system)) * 10;
}

async function befriend(a, b) {
	await a.get("roster.request", { address: b.address });
	await b.get("roster.accept", { address: a.address });
}

/** Somebody, and so many others who are contacts of theirs: lines. */
export async function writersOf(node, count) {
	const people = [];
	for (let i = 0; i <= count; i++) {
		people.push(await Line.of(node, await node.signUp(`writer${i}`)));
	}
	const [reader, ...lines] = people;
	for (const line of lines) {
		await befriend(line, reader);
	}
	return [reader, lines];
}

/** The lines write to the reader, as fast as each is answered. Resolves with how many messages each has written. */
export async function fill(reader, lines, count) {
	const written = lines.map(() => 0);
	let left = count;
	const write = async (n) => {
		while (left-- > 0) {
			written[n]++;
			await lines[n].say(reader.address, { text: someText() });
		}
	};
	await Promise.all(lines.flatMap((_, n) => Array.from({ length: AT_ONCE }, () => write(n))));
	return written;
}

/** Until all that was written is in the index of words. */
export async function indexed(reader) {
	while ((await reader.get("history.search", { text: "xx" })).partial) {
		await seconds(0.2);
	}
}
