// SPDX-License-Identifier: MIT
// Addresses: name@domain, name@domain/device. Pure.

/** Without the device. */
export function bare(address: string): string {
	const slash = address.indexOf("/");
	return slash < 0 ? address : address.slice(0, slash);
}

export function domainOf(address: string): string {
	return address.slice(address.indexOf("@") + 1);
}

export function localOf(address: string): string {
	return address.slice(0, address.indexOf("@"));
}

/** Groups live in a domain of their own. */
export function isGroup(address: string): boolean {
	return domainOf(address).startsWith("rooms.");
}
