// SPDX-License-Identifier: MIT
// Each file of this folder whose screens have texts of their own begins with this one.

import { addTexts } from "../i18n.ts";
import { later } from "../messages.later.en.ts";

addTexts(later);
