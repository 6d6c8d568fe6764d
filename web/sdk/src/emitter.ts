// SPDX-License-Identifier: MIT
// Typed listeners.

export class Emitter<Events extends object> {
	readonly #listeners = new Map<keyof Events, Set<(value: never) => void>>();

	/** Calls listener at each event until the returned function is called. */
	on<K extends keyof Events>(name: K, listener: (value: Events[K]) => void): () => void {
		let set = this.#listeners.get(name);
		if (!set) {
			set = new Set();
			this.#listeners.set(name, set);
		}
		set.add(listener as (value: never) => void);
		return () => void set.delete(listener as (value: never) => void);
	}

	/** A listener that throws does not keep the others from hearing; its error is reported. */
	emit<K extends keyof Events>(name: K, value: Events[K]): void {
		for (const listener of [...(this.#listeners.get(name) ?? [])]) {
			try {
				(listener as (value: Events[K]) => void)(value);
			} catch (error) {
				console.error("a listener failed:", error);
			}
		}
	}
}
