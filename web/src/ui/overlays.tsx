// SPDX-License-Identifier: MIT
// Draws what lies over the page. What is not needed at first is loaded when it is opened.

import { effect } from "@preact/signals";

import { t } from "../i18n.ts";
import { remove } from "../state/messages.ts";
import { quickEmoji } from "../state/recents.ts";
import { chatWith } from "../state/store.ts";
import { Confirm } from "./dialog.tsx";
import { Floating } from "./floating.tsx";
import { lazy } from "./lazy.tsx";
import { Menu } from "./menu.tsx";
import { closeOverlay, overlay, type Overlay } from "./overlay.ts";

const EmojiPicker = lazy(async () => (await import("../later/emoji.ts")).EmojiPicker);
const Forward = lazy(async () => (await import("../later/dialogs.ts")).Forward);
const Details = lazy(async () => (await import("../later/dialogs.ts")).Details);
const Versions = lazy(async () => (await import("../later/dialogs.ts")).Versions);
const Pins = lazy(async () => (await import("../later/dialogs.ts")).Pins);
const JumpToDate = lazy(async () => (await import("../later/dialogs.ts")).JumpToDate);

const QUICK = 6;
const close = () => closeOverlay();
/** A dialog gives the focus back by itself. */
const closeDialog = () => closeOverlay(false);

/* Of messages that are gone there is nothing left to tell. */
effect(() => {
	const open = overlay.value;
	const about = open && ("message" in open ? [open.message] : "messages" in open ? open.messages : []);
	if (about?.length && about.every(({ chat, seq }) => seq < chatWith(chat).begins.value)) {
		closeDialog();
	}
});

function Quick({ pick }: { pick(emoji: string): void }) {
	return (
		<>
			{quickEmoji(QUICK).map((emoji) => (
				<button
					type="button"
					class="quick"
					role="menuitem"
					tabIndex={-1}
					key={emoji}
					aria-label={t("message.reactWith", { emoji })}
					onClick={() => {
						close();
						pick(emoji);
					}}
				>
					{emoji}
				</button>
			))}
		</>
	);
}

function MenuOverlay({ at, label, items, quick }: Extract<Overlay, { kind: "menu" }>) {
	return (
		<Floating at={at} onClose={closeDialog}>
			<Menu label={label} items={items} onClose={closeOverlay}>
				{quick && (
					<div class="quicks" role="group" aria-label={t("message.react")}>
						<Quick pick={quick} />
					</div>
				)}
			</Menu>
		</Floating>
	);
}

export function Overlays() {
	const open = overlay.value;
	switch (open?.kind) {
		case undefined:
			return null;
		case "menu":
			return <MenuOverlay key={open.label} {...open} />;
		case "emoji":
			return (
				<Floating at={open.at} onClose={closeDialog}>
					<EmojiPicker
						onClose={close}
						onPick={(emoji) => {
							close();
							open.pick(emoji);
						}}
					/>
				</Floating>
			);
		case "forward":
			return <Forward messages={open.messages} onClose={closeDialog} />;
		case "details":
			return <Details chat={open.chat} message={open.message} onClose={closeDialog} />;
		case "versions":
			return <Versions chat={open.chat} message={open.message} onClose={closeDialog} />;
		case "pins":
			return <Pins chat={open.chat} onClose={closeDialog} />;
		case "date":
			return <JumpToDate chat={open.chat} onClose={closeDialog} />;
		case "delete": {
			const { chat, messages } = open;
			return (
				<Confirm
					heading={t("delete.heading", { n: messages.length })}
					text={t("delete.text")}
					action={t("chat.delete")}
					onConfirm={() => {
						chat.chosen.value = undefined;
						messages.forEach((message) => void remove(chat, message));
					}}
					onClose={closeDialog}
				/>
			);
		}
		case "everyone":
			return (
				<Confirm
					heading={t("mention.heading", { n: open.n })}
					text={t("mention.text")}
					action={t("composer.send")}
					harmless
					onConfirm={open.send}
					onClose={closeDialog}
				/>
			);
	}
}
