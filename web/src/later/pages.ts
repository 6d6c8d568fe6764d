// SPDX-License-Identifier: MIT
// Loaded when it is needed, or when the browser is idle; see emoji.ts for why app.tsx is here.

import "../ui/app.tsx";

export { People } from "../ui/people.tsx";
export { Settings } from "../ui/settings.tsx";
export { SignUp } from "../ui/signup.tsx";
