// SPDX-License-Identifier: MIT
// Serves web/dist with a fake node behind it. usage: node dev.mjs [port]; log in as carol / correct horse

import { FakeNode, populate } from "./fake-node.mjs";

const url = await populate(new FakeNode()).listen(Number(process.argv[2] ?? 8080));
console.log(`${url} (carol, "correct horse")`);
