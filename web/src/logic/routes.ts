// SPDX-License-Identifier: MIT
// Addresses of screens. The node serves the client for any path without a dot, so a dot is written "~".

export type SettingsTab = "profile" | "devices" | "blocked";

export type Route =
	| { screen: "home" }
	| { screen: "login" }
	| { screen: "signup" }
	| { screen: "legal"; text: "terms" | "privacy" }
	| { screen: "people" }
	| { screen: "chat"; address: string }
	| { screen: "settings"; tab: SettingsTab }
	| { screen: "unknown" };

const TABS: readonly string[] = ["profile", "devices", "blocked"] satisfies SettingsTab[];
const ADDRESS = /^[a-z0-9_]{1,64}@[a-z0-9.:-]{1,253}$/;

/** home: the domain of this node, which a chat's path leaves out. */
export function parsePath(path: string, home: string): Route {
	const [screen = "", rest = "", ...more] = path.split("/").filter(Boolean);
	if (more.length > 0) {
		return { screen: "unknown" };
	}
	switch (screen) {
		case "":
			return { screen: "home" };
		case "login":
		case "signup":
		case "people":
			return rest ? { screen: "unknown" } : { screen };
		case "terms":
		case "privacy":
			return { screen: "legal", text: screen };
		case "settings":
			return { screen, tab: (TABS.includes(rest) ? rest : "profile") as SettingsTab };
		case "chat":
			return parseChat(rest, home);
		default:
			return { screen: "unknown" };
	}
}

function parseChat(rest: string, home: string): Route {
	let name: string;
	try {
		name = decodeURIComponent(rest).replaceAll("~", ".").toLowerCase();
	} catch {
		return { screen: "unknown" };
	}
	const address = name.includes("@") ? name : `${name}@${home}`;
	return ADDRESS.test(address) ? { screen: "chat", address } : { screen: "unknown" };
}

export function chatPath(address: string, home: string): string {
	const name = address.endsWith(`@${home}`) ? address.slice(0, -home.length - 1) : address;
	return `/chat/${name.replaceAll(".", "~")}`;
}
