// SPDX-License-Identifier: MIT
// A link into a group that was followed by somebody who has yet to log in.

const KEY = "parley.join";

/** The link in the address bar, or the one that was followed before the log-in. */
export function pendingLink(): string {
	const here = location.pathname === "/join" ? decodeURIComponent(location.hash.slice(1)) : "";
	try {
		if (here) {
			sessionStorage.setItem(KEY, here);
		}
		return here || (sessionStorage.getItem(KEY) ?? "");
	} catch {
		return here;
	}
}

export function forgetLink(): void {
	try {
		sessionStorage.removeItem(KEY);
	} catch {
		/* Nothing was kept. */
	}
}

/** Where somebody who has just come in goes. */
export function afterLogin(usual: string): string {
	return pendingLink() ? "/join" : usual;
}
