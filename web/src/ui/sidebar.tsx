// SPDX-License-Identifier: MIT
// The left pane: oneself, the search, and the list of chats.

import { useEffect } from "preact/hooks";

import { t } from "../i18n.ts";
import { nameOf } from "../logic/people.ts";
import { invitations, titleOf, waiting } from "../state/invitations.ts";
import { narrow } from "../state/now.ts";
import { route } from "../state/router.ts";
import { account, asking, synced } from "../state/store.ts";
import { AccountMenu, accountOpen } from "./account.tsx";
import { ChatList, filter, Filters, UnreadPills } from "./chat-list.tsx";
import { Icon } from "./icons.tsx";
import { lazy } from "./lazy.tsx";
import { Overlays } from "./overlays.tsx";
import { Go } from "./parts.tsx";
import { endSearch, Search, searchText } from "./search.tsx";

const Splitter = lazy(async () => (await import("../later/pages.ts")).Splitter);
const SearchResults = lazy(async () => (await import("../later/pages.ts")).SearchResults);

function RequestsRow() {
	const n = waiting.value;
	if (n === 0 || filter.value !== "all") {
		return null;
	}
	return (
		<Go to="/people" class="requests-row">
			<span class="requests-icon">
				<Icon name="people" />
			</span>
			<span class="requests-text">
				<b>{t("requests.heading")}</b>
				<span class="requests-names">{[...asking.value.map(nameOf), ...invitations.value.map(({ group }) => titleOf(group))].join(", ")}</span>
			</span>
			<span class="badge" aria-hidden="true">
				{n}
			</span>
		</Go>
	);
}

export function Sidebar({ alone }: { alone: boolean }) {
	const here = route.value;
	const requests = waiting.value;
	/* On a narrow screen the page for finding people has the search. */
	const shown = alone || !narrow.value;
	const searching = shown && searchText.value.trim() !== "";
	/* A chat was picked: the list comes back. What was found in chats stays, one looks at several. */
	useEffect(() => {
		if (here.screen === "chat" && !here.message) {
			endSearch();
		}
	}, [here]);
	return (
		<div class="sidebar" role={alone ? "main" : undefined} id="chats">
			<div class="side-head" role={alone ? undefined : "banner"}>
				{account.value && <AccountMenu account={account.value} />}
				<Go
					to="/people"
					class="icon-button"
					label={requests > 0 ? t("nav.peopleRequests", { n: requests }) : t("nav.people")}
					current={here.screen === "people"}
				>
					<Icon name="people" />
				</Go>
				<Go to="/new" class="icon-button" label={t("nav.newGroup")} current={here.screen === "new"}>
					<Icon name="group" />
				</Go>
				<Go to="/settings" class="icon-button" label={t("nav.settings")} current={here.screen === "settings"}>
					<Icon name="settings" />
				</Go>
			</div>
			{alone && (
				<h1 class="visually-hidden" tabIndex={-1}>
					{t("nav.chats")}
				</h1>
			)}
			{shown && <Search />}
			<nav class="list-frame" aria-label={t("nav.chats")} inert={accountOpen.value}>
				{shown && !searching && <Filters />}
				<div class="side-list" aria-busy={!synced.value}>
					{searching ? (
						<SearchResults text={searchText.value.trim()} />
					) : (
						<>
							<RequestsRow />
							<ChatList />
						</>
					)}
				</div>
				{!searching && <UnreadPills />}
				{!narrow.value && <Splitter />}
			</nav>
			{alone && <Overlays />}
		</div>
	);
}
