// SPDX-License-Identifier: MIT
// Settings: what others may do, and see.

import { t } from "../i18n.ts";
import { saveAccount } from "../state/saving.ts";
import { account } from "../state/store.ts";
import { Choices, Switch } from "./fields.tsx";

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
					onChange={(groups) => void saveAccount({ privacy: { groups } })}
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
					onChange={(receipts) => void saveAccount({ privacy: { receipts } })}
				/>
				<Switch
					label={t("privacy.typing")}
					hint={t("privacy.typingHint")}
					checked={privacy.typing ?? true}
					onChange={(typing) => void saveAccount({ privacy: { typing } })}
				/>
				<Switch label={t("profile.hidden")} hint={t("profile.hiddenHint")} checked={hidden} onChange={(next) => void saveAccount({ hidden: next })} />
			</div>
		</section>
	);
}
