// SPDX-License-Identifier: MIT
// Loaded when a password is to be typed; see emoji.ts for why app.tsx is here.

import "../ui/app.tsx";

export * from "../../sdk/src/passwords.ts";
