// SPDX-License-Identifier: MIT
// Settings: what others may do, and see.

import type { Privacy } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { errorText } from "../state/chats.ts";
import { link } from "../state/link.ts";
import { toast } from "../state/live.ts";
import { accountChanged } from "../state/session.ts";
import { account } from "../state/store.ts";
import { Choices, Switch } from "./fields.tsx";

/** Shown at once, and taken back when the node refuses. */
async function save(change: { hidden?: boolean; privacy?: Privacy }): Promise<void> {
	const before = account.peek()!;
	accountChanged({ ...before, ...change, privacy: { ...before.privacy, ...change.privacy } });
	try {
		accountChanged((await link.request("account.update", change)).account);
		toast(t("profile.saved"));
	} catch (error) {
		accountChanged(before);
		toast(errorText(error), true);
	}
}

export function PrivacySettings() {
	const { privacy = {}, hidden = false } = account.value!;
	return (
		<section class="settings-section">
			<p class="muted">{t("privacy.lead")}</p>
			<div class="settings-box">
				<Choices
					label={t("privacy.groups")}
					name="groups"
					value={privacy.groups ?? "contacts"}
					onChange={(groups) => void save({ privacy: { groups } })}
					options={[
						{ value: "everyone", text: t("privacy.everyone") },
						{ value: "contacts", text: t("privacy.contacts") },
						{ value: "nobody", text: t("privacy.nobody") },
					]}
				/>
				<p class="field-hint">{t("privacy.groupsHint")}</p>
			</div>
			<div class="settings-box">
				<Switch
					label={t("privacy.receipts")}
					hint={t("privacy.receiptsHint")}
					checked={privacy.receipts ?? true}
					onChange={(receipts) => void save({ privacy: { receipts } })}
				/>
				<Switch
					label={t("privacy.typing")}
					hint={t("privacy.typingHint")}
					checked={privacy.typing ?? true}
					onChange={(typing) => void save({ privacy: { typing } })}
				/>
				<Switch label={t("profile.hidden")} hint={t("profile.hiddenHint")} checked={hidden} onChange={(next) => void save({ hidden: next })} />
			</div>
		</section>
	);
}
