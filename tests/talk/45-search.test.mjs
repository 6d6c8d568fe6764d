// SPDX-License-Identifier: MIT
// Finding people by part of a name.

import assert from "node:assert/strict";
import { it } from "node:test";

import { conversation } from "./support/talk.mjs";

for (const backend of ["memory", "sqlite"]) {
	conversation(`searching for people, with the store ${backend}`, { store: { backend } }, (node) => {
		const found = async (device, text, limit) => {
			const { people } = await device.ask("roster.search", { text, ...(limit ? { limit } : {}) });
			return people.map((person) => person.name);
		};

		it("finds names that begin so, then words of display names, then what is inside of either", async () => {
			const searcher = await node.newPerson("searcher");
			await node.signUp("joxanna");
			await node.signUp("mary9", { display: "Hoxanne May" });
			await node.signUp("smith9", { display: "Mr. Oxan Smith" });
			await node.signUp("oxana");
			await node.signUp("oxan");
			await node.signUp("unrelated");
			assert.deepEqual(await found(searcher, "oxan"), ["oxan", "oxana", "smith9", "joxanna", "mary9"]);
			assert.deepEqual(await found(searcher, "oxana"), ["oxana"]);
		});

		it("finds a name from each of its ends, and whole names of several words", async () => {
			const searcher = await node.newPerson("searcher");
			await node.signUp("qwzalpha", { display: "Quentin W. Zimmermann" });
			for (const text of [
				"qwzalpha",
				"QWZ",
				"zalp",
				"quentin",
				"zimmer",
				"MERMANN",
				"quentin w",
				"w. zim",
				"@qwz",
			]) {
				assert.deepEqual(await found(searcher, text), ["qwzalpha"], text);
			}
			for (const text of ["qwzalphax", "zimmerX", "quentinw", "w zim"]) {
				assert.deepEqual(await found(searcher, text), [], text);
			}
		});

		it("knows upper and lower case of other alphabets, too", async () => {
			const searcher = await node.newPerson("searcher");
			await node.signUp("scripts1", { display: "JÜRGEN Ångström" });
			await node.signUp("scripts2", { display: "Ольга Иванова" });
			await node.signUp("scripts3", { display: "山田 太郎" });
			await node.signUp("scripts4", { display: "Ωmega 🦄" });
			for (const [text, name] of [
				["jürgen", "scripts1"],
				["JÜRG", "scripts1"],
				["ÅNGSTRÖM", "scripts1"],
				["ольга", "scripts2"],
				["ИВАН", "scripts2"],
				["太郎", "scripts3"],
				["田", "scripts3"],
				["ωMEGA", "scripts4"],
				["🦄", "scripts4"],
			]) {
				assert.deepEqual(await found(searcher, text), [name], text);
			}
		});

		it("takes %, _, * and quotes as what they are", async () => {
			const searcher = await node.newPerson("searcher");
			await node.signUp("wild_card", { display: "100% 'quoted' \"twice\" *" });
			assert.deepEqual(await found(searcher, "d_c"), ["wild_card"]);
			assert.deepEqual(await found(searcher, "0% 'q"), ["wild_card"]);
			assert.deepEqual(await found(searcher, 'ed\' "twice" *'), ["wild_card"]);
			assert.deepEqual(await found(searcher, "l%c"), []);
			assert.deepEqual(await found(searcher, "wild*"), []);
			assert.deepEqual(await found(searcher, "wildxcard"), []);
		});

		it("finds a long display name by all of it", async () => {
			const searcher = await node.newPerson("searcher");
			const display = "Ludwig von Österreich und Ungarn-Böhmen der Ältere, 64 Zeichen!!".slice(0, 64);
			await node.signUp("longname", { display });
			assert.deepEqual(await found(searcher, display), ["longname"]);
			assert.deepEqual(await found(searcher, display.slice(20)), ["longname"]);
		});

		it("says how everybody found stands to the searcher", async () => {
			const [searcher, a, b, c, d] = await node.newPeople("searcher", "stand_a", "stand_b", "stand_c", "stand_d");
			await node.befriend(searcher, a);
			await searcher.ask("roster.request", { address: b.address });
			await c.ask("roster.request", { address: searcher.address, text: "hi" });
			const { people } = await searcher.ask("roster.search", { text: "stand_" });
			assert.deepEqual(
				people.map(({ name, relation, text }) => [name, relation, text]),
				[
					[a.name, "contact", undefined],
					[b.name, "requested", undefined],
					[c.name, "asks", "hi"],
					[d.name, "none", undefined],
				],
			);
		});

		it("does not find oneself, hidden people, those who have blocked one, and those whom one has blocked", async () => {
			const [searcher, hidden, blocker, blocked, seen] = await node.newPeople(
				"ghost_me",
				"ghost_hid",
				"ghost_blk",
				"ghost_bld",
				"ghost_see",
			);
			await hidden.ask("account.update", { hidden: true });
			await blocker.ask("roster.block", { address: searcher.address });
			await searcher.ask("roster.block", { address: blocked.address });
			assert.deepEqual(await found(searcher, "ghost_"), [seen.name]);
			assert.deepEqual(await found(searcher, hidden.name), []);
			await hidden.ask("account.update", { hidden: false });
			assert.deepEqual(await found(searcher, hidden.name), [hidden.name]);
		});

		it("finds new display names, and old ones no longer", async () => {
			const [searcher, person] = [
				await node.newPerson("searcher"),
				await node.newPerson("renamed", { display: "Before Xyzzy" }),
			];
			assert.deepEqual(await found(searcher, "xyzzy"), [person.name]);
			await person.ask("account.update", { display: "Plugh" });
			assert.deepEqual(await found(searcher, "xyzzy"), []);
			assert.deepEqual(await found(searcher, "plugh"), [person.name]);
			await person.ask("account.update", { display: "" });
			assert.deepEqual(await found(searcher, "plugh"), []);
			assert.deepEqual(await found(searcher, person.name), [person.name]);
		});

		it("finds the last of many names set at once, and none of the others", async () => {
			const [searcher, person] = await node.newPeople("searcher", "changer");
			const names = Array.from({ length: 12 }, (_, i) => `Zaphod${"x".repeat((i * 7) % 12)} Beta${String.fromCharCode(97 + i)}`);
			await Promise.all(names.map((display) => person.ask("account.update", { display })));
			const { account } = await person.ask("account.get");
			for (const display of names) {
				const those = display === account.display ? [person.name] : [];
				assert.deepEqual(await found(searcher, display), those, `${display}; it is ${account.display}`);
				assert.deepEqual(await found(searcher, display.split(" ")[1]).then((all) => all.length), those.length);
			}
		});

		it("gives as many as are asked for, and at most 20 when nobody asks", async () => {
			const searcher = await node.newPerson("searcher");
			const names = Array.from({ length: 25 }, (_, i) => `crowd_${String(i).padStart(2, "0")}`);
			for (const name of names) {
				await node.signUp(name);
			}
			assert.deepEqual(await found(searcher, "crowd", 3), names.slice(0, 3));
			assert.deepEqual(await found(searcher, "crowd", 30), names);
			assert.equal((await found(searcher, "crowd")).length, 20);
		});

		it("needs something to look for", async () => {
			const searcher = await node.newPerson("searcher");
			const empty = await searcher.refused("bad-request", "roster.search", { text: "" });
			assert.equal(empty.where, "/params/text");
			const long = await searcher.refused("too-large", "roster.search", { text: "x".repeat(65) });
			assert.equal(long.where, "/params/text");
			await searcher.refused("bad-request", "roster.search", { text: "x", limit: 0 });
		});
	});
}
