// SPDX-License-Identifier: MIT
// Addresses of screens. The node serves the client for any path without a dot, so a dot is written "~".

export type SettingsTab = "profile" | "privacy" | "notifications" | "devices" | "blocked" | "shortcuts";

/** What the panel beside a chat shows. */
export type Panel = "info" | "add" | "edit" | "links" | "banned" | "shared";

export type Route =
	| { screen: "home" }
	| { screen: "login" }
	| { screen: "signup" }
	| { screen: "legal"; text: "terms" | "privacy" }
	| { screen: "people" }
	| { screen: "join" }
	| { screen: "new" }
	| { screen: "chat"; address: string; panel?: Panel; message?: string }
	| { screen: "settings"; tab: SettingsTab }
	| { screen: "unknown" };

export const TABS: readonly SettingsTab[] = ["profile", "privacy", "notifications", "devices", "blocked", "shortcuts"];
const PANELS: readonly string[] = ["info", "add", "edit", "links", "banned", "shared"] satisfies Panel[];
const MID = /^[\w-]{1,64}$/;
const ADDRESS = /^[a-z0-9_]{1,64}@[a-z0-9.:-]{1,253}$/;

/** home: the domain of this node, which a chat's path leaves out. */
export function parsePath(path: string, home: string): Route {
	const [screen = "", rest = "", ...more] = path.split("/").filter(Boolean);
	if (screen === "chat") {
		return parseChat(rest, more, home);
	}
	if (more.length > 0) {
		return { screen: "unknown" };
	}
	switch (screen) {
		case "":
			return { screen: "home" };
		case "login":
		case "signup":
		case "people":
		case "join":
		case "new":
			return rest ? { screen: "unknown" } : { screen };
		case "terms":
		case "privacy":
			return { screen: "legal", text: screen };
		case "settings":
			return { screen, tab: TABS.find((tab) => tab === rest) ?? "profile" };
		default:
			return { screen: "unknown" };
	}
}

function parseChat(rest: string, [part, message, ...more]: string[], home: string): Route {
	let name: string;
	try {
		name = decodeURIComponent(rest).replaceAll("~", ".").toLowerCase();
	} catch {
		return { screen: "unknown" };
	}
	const address = name.includes("@") ? name : `${name}@${home}`;
	if (!ADDRESS.test(address) || more.length > 0) {
		return { screen: "unknown" };
	}
	if (part === "at" && MID.test(message ?? "")) {
		return { screen: "chat", address, message: message! };
	}
	if (part && (message || !PANELS.includes(part))) {
		return { screen: "unknown" };
	}
	return { screen: "chat", address, ...(part ? { panel: part as Panel } : {}) };
}

/** The address of a chat, of the panel beside it, or of a message in it. */
export function chatPath(address: string, home: string, more: { panel?: Panel; message?: string } = {}): string {
	const name = address.endsWith(`@${home}`) ? address.slice(0, -home.length - 1) : address;
	const tail = more.panel ? `/${more.panel}` : more.message ? `/at/${more.message}` : "";
	return `/chat/${name.replaceAll(".", "~")}${tail}`;
}
