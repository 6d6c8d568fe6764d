// SPDX-License-Identifier: MIT
// Loaded when it is needed, or when the browser is idle; see emoji.ts for why app.tsx is here.

import "../ui/app.tsx";
import "./texts.ts";

export { People } from "../ui/people.tsx";
export { SearchResults } from "../ui/search-results.tsx";
export { Settings } from "../ui/settings.tsx";
export { SignUp } from "../ui/signup.tsx";

export { AccountPopover } from "../ui/account-popover.tsx";
export { attendInvitation, attendMessage, attendRequest } from "../state/attention.ts";
export { InfoPanel } from "../ui/info.tsx";
export { GroupDoor, Join } from "../ui/join.tsx";
export { Legal } from "../ui/legal.tsx";
export { Failed } from "../ui/failed.tsx";
export { NotFound } from "../ui/not-found.tsx";
export { NewGroup } from "../ui/new-group.tsx";
export { Shortcuts } from "../ui/shortcuts.tsx";
export { Switcher } from "../ui/switcher.tsx";
export { Splitter } from "../ui/splitter.tsx";
export { PinBanner } from "../ui/pins.tsx";
export { SelectionBar } from "../ui/selection.tsx";
export { openRowMenu } from "../ui/row-menu.ts";
export { BigPerson, RelationCard } from "../ui/relation.tsx";
