// SPDX-License-Identifier: MIT
// Loaded when it is needed; see emoji.ts for why app.tsx is here.

import "../ui/app.tsx";
import "./texts.ts";

export { Details, JumpToDate, Pins, Versions } from "../ui/dialogs.tsx";
export { Forward } from "../ui/forward.tsx";
