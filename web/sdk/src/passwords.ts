// SPDX-License-Identifier: MIT
// What only a log-in with a password needs; a page may fetch it when somebody types one.

export { preparePassword, ScramClient } from "./scram.ts";
export { checkParameters, deriveHere, scrypt } from "./scrypt.ts";
