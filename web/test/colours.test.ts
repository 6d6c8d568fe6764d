// SPDX-License-Identifier: MIT
// Contrast of the theme's pairs in both themes: 4.5 for text, 3 for what only has to be seen (WCAG 2.2).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

declare const __WEB__: string;
const css = readFileSync(join(__WEB__, "src/styles/tokens.css"), "utf8");

type Rgb = [number, number, number];

function variables(block: string): Record<string, string> {
	return Object.fromEntries([...block.matchAll(/--([\w-]+):\s*([^;]+);/g)].map((match) => [match[1]!, match[2]!]));
}

const [light = "", dark = ""] = css.split("@media (prefers-color-scheme: dark)");
const themes = { light: variables(light), dark: { ...variables(light), ...variables(dark.split("@media")[0]!) } };

function hex(text: string): Rgb {
	return [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16) / 255) as Rgb;
}

/** sRGB of oklch, clipped to what a screen shows. */
function oklch(l: number, c: number, hue: number): Rgb {
	const a = c * Math.cos((hue * Math.PI) / 180);
	const b = c * Math.sin((hue * Math.PI) / 180);
	const [x, y, z] = [
		(l + 0.3963377774 * a + 0.2158037573 * b) ** 3,
		(l - 0.1055613458 * a - 0.0638541728 * b) ** 3,
		(l - 0.0894841775 * a - 1.291485548 * b) ** 3,
	] as const;
	const linear = [
		4.0767416621 * x - 3.3077115913 * y + 0.2309699292 * z,
		-1.2684380046 * x + 2.6097574011 * y - 0.3413193965 * z,
		-0.0041960863 * x - 0.7034186147 * y + 1.707614701 * z,
	];
	return linear.map((value) => {
		const part = Math.min(1, Math.max(0, value));
		return part <= 0.0031308 ? 12.92 * part : 1.055 * part ** (1 / 2.4) - 0.055;
	}) as Rgb;
}

function luminance(rgb: Rgb): number {
	const [r, g, b] = rgb.map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)) as Rgb;
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: Rgb, b: Rgb): number {
	const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
	return (high + 0.05) / (low + 0.05);
}

const TEXT = [
	["text", "bg"], ["text", "surface"], ["text", "raised"], ["text", "hover"], ["text", "active"], ["muted", "bg"], ["muted", "surface"],
	["muted", "raised"], ["muted", "hover"], ["muted", "active"], ["muted", "sunken"], ["muted", "other"], ["text", "other"],
	["own-text", "own"], ["own-muted", "own"], ["on-accent", "accent"], ["on-accent", "accent-strong"], ["accent", "surface"],
	["accent", "active"], ["accent", "bg"], ["accent", "hover"], ["link", "bg"], ["link", "surface"], ["link", "raised"], ["danger", "surface"],
	["danger", "bg"], ["danger", "danger-soft"], ["on-danger", "danger"], ["warn-text", "warn-soft"], ["good", "surface"], ["mark-text", "mark"],
	["bg", "text"],
];
const SEEN = [
	["border-strong", "surface"], ["border-strong", "bg"], ["focus", "surface"], ["focus", "bg"], ["focus", "raised"], ["available", "surface"],
	["away", "surface"], ["busy", "surface"], ["offline", "surface"], ["danger", "own"],
];

for (const [name, theme] of Object.entries(themes)) {
	test(`text can be read in the ${name} theme`, () => {
		for (const [front, back] of TEXT as [string, string][]) {
			const ratio = contrast(hex(theme[front]!), hex(theme[back]!));
			assert.ok(ratio >= 4.5, `${front} on ${back}: ${ratio.toFixed(2)}`);
		}
	});

	test(`borders, dots and the focus can be seen in the ${name} theme`, () => {
		for (const [front, back] of SEEN as [string, string][]) {
			const ratio = contrast(hex(theme[front]!), hex(theme[back]!));
			assert.ok(ratio >= 3, `${front} on ${back}: ${ratio.toFixed(2)}`);
		}
	});

	test(`letters on avatars can be read in the ${name} theme`, () => {
		const part = (key: string) => Number.parseFloat(theme[key]!) / (theme[key]!.endsWith("%") ? 100 : 1);
		for (let hue = 15; hue < 360; hue += 30) {
			const back = oklch(part("avatar-l"), part("avatar-c"), hue);
			const front = oklch(part("avatar-text-l"), part("avatar-text-c"), hue);
			assert.ok(contrast(front, back) >= 4.5, `hue ${hue}: ${contrast(front, back).toFixed(2)}`);
		}
	});
}
