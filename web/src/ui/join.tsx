// SPDX-License-Identifier: MIT
// Where a link into a group leads: what the group is, and the way in, for members of this node and for newcomers.

import { useEffect, useState } from "preact/hooks";

import { asParleyError, type Result } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { nameOf } from "../logic/people.ts";
import { declineInvitation, join } from "../state/groups.ts";
import { invitations, titleOf } from "../state/invitations.ts";
import { errorText } from "../state/chats.ts";
import { forgetLink, pendingLink } from "../state/joining.ts";
import { link } from "../state/link.ts";
import { go } from "../state/router.ts";
import { signedIn } from "../state/session.ts";
import type { Chat } from "../state/store.ts";
import { focusComposer } from "./composer-focus.ts";
import { GuestFrame } from "./guest.tsx";
import { Icon } from "./icons.tsx";
import { PaneHead } from "./pane.tsx";
import { Avatar, Go } from "./parts.tsx";

type Peek = Result<"groups.peek">;

function usePeek(token: string): { peek?: Peek; error?: string } {
	const [state, setState] = useState<{ peek?: Peek; error?: string }>({});
	useEffect(() => {
		let current = true;
		const asked = token ? (signedIn.peek() ? link : link.guest).request("groups.peek", { link: token }) : Promise.reject(new Error());
		asked.then(
			(peek) => current && setState({ peek }),
			(error: unknown) => {
				const { code } = asParleyError(error);
				const lost = !token || code === "not-found" || code === "gone" || code === "bad-request";
				if (current) {
					setState({ error: lost ? t("join.gone") : errorText(error) });
				}
			},
		);
		return () => {
			current = false;
		};
	}, [token]);
	return state;
}

function Invited({ peek }: { peek: Peek }) {
	const title = peek.title || t("join.untitled");
	return (
		<>
			<Avatar name={title} address={title} size="large" />
			<p class="profile-name">{title}</p>
			<p class="muted">{t("group.members", { n: peek.members })}</p>
			{peek.about && <p dir="auto">{peek.about}</p>}
			<p class="muted">{t("join.by", { name: peek.by })}</p>
		</>
	);
}

function Inside({ token, peek, error }: { token: string; peek?: Peek; error?: string }) {
	const [busy, setBusy] = useState(false);
	const enter = async () => {
		if (!busy) {
			setBusy(true);
			if (await join({ link: token })) {
				forgetLink();
			}
			setBusy(false);
		}
	};
	const no = () => {
		forgetLink();
		go("/", { replace: true });
	};
	return (
		<div class="page">
			<PaneHead heading={t("join.heading")} />
			<div class="page-body">
				<div class="join-card">
					{peek && <Invited peek={peek} />}
					{error && <p class="banner banner-bad">{error}</p>}
					<div class="buttons">
						{peek && (
							<button type="button" class="button button-primary" aria-disabled={busy} onClick={() => void enter()}>
								{t("join.join")}
							</button>
						)}
						<button type="button" class="button" onClick={no}>
							{t(peek ? "join.no" : "unknown.action")}
						</button>
					</div>
				</div>
			</div>
		</div>
	);
}

function Outside({ peek, error }: { peek?: Peek; error?: string }) {
	return (
		<GuestFrame>
			<div class="card join-card">
				<h1 tabIndex={-1}>{t("join.heading")}</h1>
				{peek && <Invited peek={peek} />}
				{error && (
					<p class="banner banner-bad">
						<Icon name="warning" />
						{error}
					</p>
				)}
				{peek && <p>{t("join.account")}</p>}
				<Go to="/signup" class="button button-primary button-wide">
					{t("welcome.signup")}
				</Go>
				<Go to="/login" class="button button-wide">
					{t("welcome.login")}
				</Go>
			</div>
		</GuestFrame>
	);
}

export function Join() {
	const [token] = useState(pendingLink);
	const known = usePeek(token);
	return signedIn.value ? <Inside token={token} {...known} /> : <Outside {...known} />;
}

/** In the place of the message box of a group that one is not in, and may join: it is public, or one is invited. */
export function GroupDoor({ chat }: { chat: Chat }) {
	const { address } = chat;
	const invitation = invitations.value.find(({ group }) => group.address === address);
	return (
		<div class="request-form">
			<p>
				<b>{invitation ? t("groups.invitedBy", { name: nameOf(invitation.by), group: titleOf(invitation.group) }) : t("join.public")}</b>
			</p>
			<div class="buttons">
				<button type="button" class="button button-primary" onClick={() => void join({ group: address }).then(focusComposer)}>
					{t(invitation ? "requests.accept" : "groups.join")}
				</button>
				{invitation && (
					<button type="button" class="button" onClick={() => void declineInvitation(address).then(() => go("/people"))}>
						{t("requests.decline")}
					</button>
				)}
			</div>
		</div>
	);
}
