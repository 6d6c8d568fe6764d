// SPDX-License-Identifier: MIT
// Under which name something is to be made: whoever presses the button again because no answer came means the same.

import { randomName } from "../../sdk/src/index.ts";

export class Once {
	#asked = "";
	#name = "";

	/** The same name for the same wish, until it is done. */
	name(wish: object): string {
		const asked = JSON.stringify(wish);
		if (asked !== this.#asked) {
			this.#asked = asked;
			this.#name = `w-${randomName(20)}`;
		}
		return this.#name;
	}

	done(): void {
		this.#asked = "";
	}
}
