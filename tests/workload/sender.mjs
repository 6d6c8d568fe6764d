// SPDX-License-Identifier: MIT
// Somebody who writes, changes what was written, and sends again what has no answer (the SDK does).

const EMOJI = ["👍", "❤️", "🎉", "👀"];
/** Messages of one sender without an answer. */
const UNDER_WAY = 8;
const KEPT = 200;
/** Time to think after an acknowledgement, in ms, but for moods in which there is none. */
const THINKS_MS = 250;

export class Sender {
	/** Messages that were acknowledged, the latest: { id, to, text, mid }. */
	sent = [];
	acknowledged = 0;
	#n = 0;
	#changes = 0;
	#writing = false;

	/** chats: where to write; quota: { left }, how much all may write together until there is more. */
	constructor(actor, chance, chats, quota) {
		this.actor = actor;
		this.chats = chats;
		this.quota = quota;
		this.chance = chance;
		actor.client.on("sent", (sent) => this.#sent(sent));
	}

	#sent(sent) {
		this.acknowledged++;
		this.sent.push(sent);
		if (this.sent.length > KEPT) {
			this.sent.shift();
		}
		if (this.#writing) {
			setTimeout(() => this.#goesOn(), this.chance.between(0, this.chance.percent(10) ? 0 : THINKS_MS));
		}
	}

	#goesOn() {
		if (this.#writing) {
			this.#fill();
			if (this.chance.percent(25)) {
				void this.#change();
			}
		}
	}

	/** From now on, until stop(). */
	write() {
		this.#writing = true;
		this.#fill();
	}

	stop() {
		this.#writing = false;
	}

	/** Nothing is without an answer. */
	get idle() {
		return this.actor.client.outgoing.length === 0 && this.#changes === 0;
	}

	#fill() {
		const most = this.chance.between(1, UNDER_WAY);
		for (; this.quota.left > 0 && this.actor.client.outgoing.length < most; this.quota.left--) {
			const padding = this.chance.percent(4) ? " and much more".repeat(this.chance.between(10, 400)) : "";
			this.actor.client.send(this.chance.of(this.chats), `${this.actor.label} says ${++this.#n}${padding}`);
		}
	}

	/** Sends what was acknowledged once more, as if the answer had not come. */
	repeat(since) {
		const known = this.chance.of(this.sent.filter(({ time }) => Date.parse(time) >= since));
		if (known) {
			this.actor.client.send(known.to, known.text, known.id);
		}
	}

	/** Edits, deletes, pins or reacts to one of the own messages. */
	async #change() {
		const { to: chat, mid } = this.chance.of(this.sent);
		const kind = this.chance.below(10);
		this.#changes++;
		if (kind < 4) {
			await this.actor.tries("history.edit", { chat, mid, text: `${this.actor.label} edits ${++this.#n}` });
		} else if (kind < 7) {
			const react = { emoji: this.chance.of(EMOJI), on: this.chance.percent(70) };
			await this.actor.tries("history.react", { chat, mid, ...react });
		} else if (kind < 9) {
			await this.actor.tries("history.delete", { chat, mid });
		} else if (!chat.includes("@rooms.")) {
			await this.actor.tries("history.pin", { chat, mid, on: this.chance.percent(50) });
		}
		this.#changes--;
	}
}
