// SPDX-License-Identifier: MIT
// A certificate for the node of a test.

import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** Makes certificate.pem and key.pem in folder, for domain. */
export function makeCertificate(folder, domain) {
	const [certificate, key] = ["certificate.pem", "key.pem"].map((name) => join(folder, name));
	execFileSync(
		"openssl",
		[
			..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj".split(" "),
			`/CN=${domain}`,
			"-addext",
			`subjectAltName=DNS:${domain}`,
			"-keyout",
			key,
			"-out",
			certificate,
		],
		{ stdio: "ignore" },
	);
	return { certificate, key };
}
