// SPDX-License-Identifier: MIT
// How long a wrong password takes, and an unknown name: whoever measures must not learn who exists.

import { Node } from "../talk/support/node.mjs";
import { quantile } from "../talk/support/probe.mjs";

const usage = `usage: tests/soak times [PAIRS]
  So many pairs of attempts (200), one for an account with a wrong password and one for a name that nobody has, in
  turns. Fails when the medians are more than 5 % apart. PARLEY_BUILD names the build, which should be one without
  sanitizers; the machine should have nothing else to do. That both do the same work is what tests/talk looks at.`;
const PAIRS = Number(process.argv[2] ?? 200);
if (!(PAIRS >= 10)) {
	console.error(usage);
	process.exit(64);
}

const node = new Node({ accounts: { scrypt_log_n: 12, account_fails: 10_000, address_fails: 10_000 } });
await node.start();
const { name: known } = await node.signUp("timed");

async function attempt(user) {
	const wire = await node.wire();
	const begun = performance.now();
	await wire.auth({ mechanism: "PLAIN", user, password: "wrong horse" });
	const ms = performance.now() - begun;
	await wire.close();
	return ms;
}

const times = [[], []];
for (let n = 0; n < PAIRS; n++) {
	/* whoever comes second may be slower or faster: each is, in turn */
	for (const which of n % 2 === 0 ? [0, 1] : [1, 0]) {
		times[which].push(await attempt(which === 0 ? known : `unknown_${n}`));
	}
}
await node.stop();
node.remove();
const [a, b] = times.map((all) => quantile(all, 0.5));
const apart = Math.abs(a - b) / a;
console.log(`medians of ${PAIRS}: ${a.toFixed(2)} ms with a wrong password, ${b.toFixed(2)} ms for nobody, ${(100 * apart).toFixed(1)} % apart`);
process.exit(apart < 0.05 ? 0 : 1);
