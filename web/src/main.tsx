// SPDX-License-Identifier: MIT
// Starts the client: what this browser remembers is drawn first, the node is asked second.

import { render } from "preact";

import { boot } from "./state/session.ts";
import { App, fetchLater } from "./ui/app.tsx";

const root = document.getElementById("app")!;

await boot();
render(<App />, root);
fetchLater();
