// SPDX-License-Identifier: MIT
// Loaded when it is needed. Each file of this folder names app.tsx, so that all of what the page has at first stays
// in one file, which compresses best.

import "../ui/app.tsx";
import "./texts.ts";

export { EmojiPicker, find as findEmoji } from "../ui/emoji.tsx";
