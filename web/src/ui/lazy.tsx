// SPDX-License-Identifier: MIT
// Components whose code is fetched when they are first needed.

import type { ComponentType, VNode } from "preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";

import { t } from "../i18n.ts";
import { toast } from "../state/live.ts";
import { moved } from "../state/router.ts";
import { lookForUpdate } from "../state/update.ts";

/** Most of what is fetched later. */
export const pages = () => import("../later/pages.ts");

/** load gives the component. While it is on its way nothing is drawn; a page that comes late gets the focus then. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): (props: P) => VNode | null {
	let ready: ComponentType<P> | undefined;
	return function Lazy(props: P) {
		const [Loaded, setLoaded] = useState(() => ready);
		const [late] = useState(ready === undefined);
		useEffect(() => {
			if (!ready) {
				load().then(
					(component) => {
						ready = component;
						setLoaded(() => component);
					},
					(error: unknown) => {
						console.warn("a part of the client could not be loaded:", error);
						toast(t("error.part"), true);
						/* The node may have a newer client, and this one's parts no longer. */
						void lookForUpdate();
					},
				);
			}
		}, []);
		useLayoutEffect(() => {
			if (Loaded && late && moved && document.activeElement === document.body) {
				document.querySelector<HTMLElement>("main h1")?.focus();
			}
		}, [Loaded]);
		return Loaded ? <Loaded {...props} /> : null;
	};
}
