// SPDX-License-Identifier: MIT
// Line icons, 24 by 24. They say nothing to screen readers; the buttons around them do.

const PATHS = {
	back: "M15 5l-7 7 7 7",
	search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16.2 16.2L20 20",
	close: "M6 6l12 12M18 6L6 18",
	people: "M9.5 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 20c0-3.5 3-6 6.5-6s6.5 2.5 6.5 6M18.5 8v6M15.5 11h6",
	settings: "M4 7h8.500M17.500 7H20M15 9.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM4 17h2.500M11.500 17H20M9 19.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
	logout: "M14 4H6v16h8M10 12h11M17.500 8.500L21 12l-3.500 3.500",
	more: "M12 6.500v.01M12 12v.01M12 17.500v.01",
	send: "M5 12L4 4l17 8-17 8 1-8zM5 12h7",
	clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4.500l3 1.500",
	tick: "M5 12.500l4.500 4.500L19 7.500",
	warning: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v5M12 16v.01",
	eye: "M3 12c2-4 5.200-6 9-6s7 2 9 6c-2 4-5.200 6-9 6s-7-2-9-6zM12 14.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
	eyeOff: "M4 4l16 16M9.500 6.400A9 9 0 0 1 12 6c3.800 0 7 2 9 6a13 13 0 0 1-2.400 3.300M6.200 8A12 12 0 0 0 3 12c2 4 5.200 6 9 6a9 9 0 0 0 3.700-.8",
	down: "M6 9.500l6 6 6-6",
	device: "M5 5h14v10H5zM2.500 19h19",
	block: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM6.500 6.500l11 11",
	lock: "M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3",
	layers: "M12 4l9 5-9 5-9-5 9-5zM3.500 13.500L12 18l8.500-4.500",
	globe: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM4 12h16M12 4c2.500 2.500 3.500 5 3.500 8s-1 5.500-3.500 8c-2.500-2.500-3.500-5-3.500-8S9.500 6.500 12 4z",
	copy: "M9 9h10v11H9zM15 9V4H5v11h4",
	ticks: "M2.500 12.500L7 17l9-9.500M11 15.500l1.500 1.500L22 7.500",
	reply: "M10 6l-6 6 6 6M4 12h9c4 0 7 2.500 7 7",
	forward: "M14 6l6 6-6 6M20 12h-9c-4 0-7 2.500-7 7",
	smile: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM8.800 14c.7 1.200 1.800 1.900 3.200 1.900s2.500-.7 3.200-1.900M9.500 9.500v.01M14.500 9.500v.01",
	edit: "M4.500 19.500l1-4.500L16 4.500l3.500 3.500L9 18.500l-4.500 1zM13.500 7l3.500 3.500",
	pin: "M9 4h6l-.8 6 3.300 3.500h-11L9.800 10 9 4zM12 13.500V20",
	check: "M5 12.500l4.500 4.500L19 7.500",
	unread: "M4 7h16v11H4zM4 7.500l8 6 8-6M19 5.500v.01",
	info: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 11v5M12 8v.01",
	trash: "M5 7h14M9.500 7V4.500h5V7M7 7l1 13h8l1-13M10.500 10.500v6M13.500 10.500v6",
	list: "M9 6.500h11M9 12h11M9 17.500h11M4.500 6.500v.01M4.500 12v.01M4.500 17.500v.01",
	calendar: "M5 6h14v14H5zM5 10.500h14M9 3.500v4M15 3.500v4",
	group: "M8.500 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.500 19c0-3 2.500-5 6-5s6 2 6 5M15.500 5.200a3 3 0 0 1 0 5.600M17 14.200c2.700.4 4.500 2.200 4.500 4.800",
	bell: "M6 16.500V11a6 6 0 0 1 12 0v5.500l1.500 1.500h-15L6 16.500zM10 20.500h4",
	bellOff: "M4 4l16 16M8 6.500A6 6 0 0 1 18 11v4M6 9.500v7L4.500 18H17M10 20.500h4",
	archive: "M4 5h16v4H4zM5.500 9v10.500h13V9M10 13h4",
	link: "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.700-5.700L12 7M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.700 5.700L12 17",
	keyboard: "M3 7h18v11H3zM7 11v.01M10.500 11v.01M14 11v.01M17.500 11v.01M8 14.500h8",
	leave: "M14 4H6v16h8M10 12h11M17.500 8.500L21 12l-3.500 3.500",
	shield: "M12 3.500l7 2.500v6c0 4-3 7-7 8.500-4-1.500-7-4.500-7-8.500V6l7-2.500z",
	retry: "M19 12a7 7 0 1 1-2-5l2 2M19 4v5h-5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, className = "" }: { name: IconName; className?: string }) {
	return (
		<svg class={`icon ${className}`} viewBox="0 0 24 24" aria-hidden="true">
			<path d={PATHS[name]} />
		</svg>
	);
}

/** Two speech bubbles that make room for each other. */
export function Logo({ className = "" }: { className?: string }) {
	return (
		<svg class={`logo ${className}`} viewBox="0 0 48 48" aria-hidden="true">
			<path class="logo-back" d="M19 17h18a6 6 0 0 1 6 6v9a6 6 0 0 1-6 6v5l-6-5H19a6 6 0 0 1-6-6v-9a6 6 0 0 1 6-6z" />
			<path class="logo-front" d="M11 5h18a6 6 0 0 1 6 6v9a6 6 0 0 1-6 6H17l-6 5v-5a6 6 0 0 1-6-6v-9a6 6 0 0 1 6-6z" />
		</svg>
	);
}
