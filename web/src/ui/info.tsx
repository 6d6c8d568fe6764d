// SPDX-License-Identifier: MIT
// The panel beside a chat: what a group or a person is, and what can be done about it. A column where there is room, else over the chat.

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

import { t } from "../i18n.ts";
import { isGroup } from "../logic/address.ts";
import type { Panel } from "../logic/routes.ts";
import { narrow } from "../state/now.ts";
import { goBack, goToPanel } from "../state/router.ts";
import { chatPath } from "../logic/routes.ts";
import { chatWith, home } from "../state/store.ts";
import { nameOfChat } from "./conversation.tsx";
import { AddPeople } from "./info-add.tsx";
import { EditGroup } from "./info-edit.tsx";
import { GroupInfo } from "./info-group.tsx";
import { Banned, Links } from "./info-links.tsx";
import { PersonInfo } from "./info-person.tsx";
import { SharedLinks } from "./info-shared.tsx";
import { Overlays } from "./overlays.tsx";
import { IconButton } from "./parts.tsx";

const HEADINGS = {
	info: "info.group",
	add: "info.add",
	edit: "info.edit",
	links: "info.links",
	banned: "info.banned",
	shared: "info.shared",
} as const satisfies Record<Panel, string>;

function Body({ address, panel }: { address: string; panel: Panel }) {
	const chat = chatWith(address);
	if (panel === "shared") {
		return <SharedLinks key={address} chat={chat} />;
	}
	if (!isGroup(address)) {
		return <PersonInfo chat={chat} />;
	}
	if (!chat.group.value) {
		return null;
	}
	switch (panel) {
		case "add":
			return <AddPeople chat={chat} />;
		case "edit":
			return <EditGroup chat={chat} group={chat.group.value} />;
		case "links":
			return <Links chat={chat} />;
		case "banned":
			return <Banned chat={chat} />;
		default:
			return <GroupInfo chat={chat} group={chat.group.value} />;
	}
}

export function InfoPanel({ address, panel }: { address: string; panel: Panel }) {
	const heading = useRef<HTMLHeadingElement>(null);
	const root = useRef<HTMLElement>(null);
	const Root = narrow.value ? "main" : "aside";
	const inner = panel !== "info";
	const close = () => {
		if (narrow.peek()) {
			goBack(chatPath(address, home.peek()));
		} else {
			goToPanel(address);
			document.querySelector<HTMLElement>(".chat-head .info-button")?.focus();
		}
	};
	useLayoutEffect(() => heading.current?.focus({ preventScroll: true }), [panel, address]);
	useEffect(() => root.current?.scrollTo(0, 0), [panel]);
	const keys = (event: KeyboardEvent) => {
		if (event.key === "Escape" && !event.defaultPrevented && !(event.target as HTMLElement).closest("dialog, [role=menu]")) {
			event.preventDefault();
			if (inner) {
				goToPanel(address, "info");
			} else {
				close();
			}
		}
	};
	return (
		<Root class="info" ref={root as never} aria-label={narrow.value ? undefined : t("info.label")} onKeyDown={keys}>
			{narrow.value && <h1 class="visually-hidden">{nameOfChat(chatWith(address))}</h1>}
			<div class="pane-head">
				{(inner || narrow.value) && (
					<IconButton icon="back" label={t("action.back")} onClick={() => (inner ? goToPanel(address, "info") : close())} />
				)}
				<h2 tabIndex={-1} ref={heading}>
					{t(isGroup(address) || panel === "shared" ? HEADINGS[panel] : "info.person")}
				</h2>
				{!narrow.value && <IconButton icon="close" label={t("info.close")} onClick={close} />}
			</div>
			<div class="info-body">
				<Body address={address} panel={panel} />
			</div>
			{narrow.value && <Overlays />}
		</Root>
	);
}
