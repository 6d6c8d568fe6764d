// SPDX-License-Identifier: MIT
// People to choose from while somebody types: contacts at once, others as soon as the node answers.

import { useEffect, useState } from "preact/hooks";

import type { Person } from "../../sdk/src/index.ts";
import { handleOf, nameOf, rank } from "../logic/people.ts";
import { link } from "../state/link.ts";
import { home, meetPeople, order, people } from "../state/store.ts";
import type { Choice } from "./people-picker.tsx";

const SEARCH_MS = 200;
const MOST = 30;

function choiceOf(person: Person): Choice {
	return { address: person.address, name: nameOf(person), note: handleOf(person, home.value) };
}

/** but: who is not to be chosen. */
export function usePeople(text: string, but: (address: string) => boolean = () => false): Choice[] {
	const want = text.trim();
	const [found, setFound] = useState<readonly Person[]>([]);
	useEffect(() => {
		let current = true;
		if (!want) {
			setFound([]);
			return undefined;
		}
		const timer = setTimeout(() => {
			link.request("roster.search", { text: want, limit: MOST }).then(
				({ people: hits }) => {
					meetPeople(hits);
					if (current) {
						setFound(hits);
					}
				},
				() => undefined /* contacts are offered all the same */,
			);
		}, SEARCH_MS);
		return () => {
			current = false;
			clearTimeout(timer);
		};
	}, [want]);
	/* Those one talked with last come first. */
	const place = new Map(order.value.map((chat, i) => [chat.address, i]));
	const contacts = [...people.value.values()]
		.filter(({ relation }) => relation === "contact")
		.filter((person) => !want || rank(person, want) >= 0)
		.sort((a, b) => (place.get(a.address) ?? Infinity) - (place.get(b.address) ?? Infinity));
	const known = new Set(contacts.map(({ address }) => address));
	const others = found.filter(({ address, relation }) => !known.has(address) && relation !== "blocked");
	return [...contacts, ...others].filter(({ address }) => !but(address)).slice(0, MOST).map(choiceOf);
}
