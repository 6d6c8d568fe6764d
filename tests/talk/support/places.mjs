// SPDX-License-Identifier: MIT
// Where things are: the checkout, and the build that is under test.

import { isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../..", import.meta.url));

/** PARLEY_BUILD names the build directory, relative to the checkout when it is relative. */
const named = process.env.PARLEY_BUILD ?? "build";
export const build = isAbsolute(named) ? named : resolve(root, named);

/** The program itself: libtool's script before it is slow, and would have to make it first. */
export const parleyd = join(build, ".libs/parleyd");
export const modules = join(build, "modules/.libs");
export const schemas = join(root, "schemas");
/** For whatever is started: what libraries do that are built without the sanitizer is not looked at. */
process.env.TSAN_OPTIONS = `suppressions=${join(root, "tests/support/tsan.supp")}:${process.env.TSAN_OPTIONS ?? ""}`;

/** The built web client. */
export const web = join(root, "web/dist");
