import type { ComponentChildren } from "preact";
import type { Person, Show } from "../../sdk/src/index.ts";
import { type Chat } from "../state/store.ts";
import { type IconName } from "./icons.tsx";
export declare function Hidden({ children }: {
    children: ComponentChildren;
}): import("preact").JSX.Element;
interface AvatarProps {
    name: string;
    address: string;
    show?: Show;
    size?: "small" | "large";
}
export declare function Avatar({ name, address, show, size }: AvatarProps): import("preact").JSX.Element;
/** "Available", "In the garden" or "Last seen 5 minutes ago". */
export declare function presenceText(chat: Chat): string;
interface LinkProps {
    to: string;
    class?: string;
    current?: boolean;
    children: ComponentChildren;
    label?: string;
    /** Also when the link leads to where one is. */
    onGo?(): void;
}
/** A link within the client. */
export declare function Go({ to, children, current, label, class: classes, onGo }: LinkProps): import("preact").JSX.Element;
interface IconButtonProps {
    icon: IconName;
    label: string;
    onClick(event: MouseEvent): void;
    class?: string;
    disabled?: boolean;
}
export declare function IconButton({ icon, label, onClick, class: classes, disabled }: IconButtonProps): import("preact").JSX.Element;
interface FieldProps {
    label: string;
    name: string;
    value: string;
    onInput(value: string): void;
    hint?: ComponentChildren;
    error?: string;
    good?: string;
    password?: boolean;
    autoComplete?: string;
    maxLength?: number;
    onBlur?(): void;
    spellcheck?: boolean;
}
/** A labelled input with its hint, and its error beside it. */
export declare function Field(props: FieldProps): import("preact").JSX.Element;
interface DialogProps {
    heading: string;
    onClose(): void;
    children: ComponentChildren;
    wide?: boolean;
}
/** A modal dialog while it is drawn. Esc and the browser's own ways close it; focus goes back to where it was. */
export declare function Dialog({ heading, onClose, children, wide }: DialogProps): import("preact").JSX.Element;
interface ConfirmProps {
    heading: string;
    text: ComponentChildren;
    action: string;
    onConfirm(): void;
    onClose(): void;
}
/** Asks before what cannot be undone, or what surprises. */
export declare function Confirm({ heading, text, action, onConfirm, onClose }: ConfirmProps): import("preact").JSX.Element;
export interface MenuItem {
    icon: IconName;
    text: string;
    act(): void;
    danger?: boolean;
}
/** A button with a menu, by the rules of ARIA's authoring practices. */
export declare function MenuButton({ label, items }: {
    label: string;
    items: MenuItem[];
}): import("preact").JSX.Element;
interface PersonLineProps {
    person: Person;
    note?: ComponentChildren;
    mark?: string;
}
/** Picture, name and @name of somebody. */
export declare function PersonLine({ person, note, mark }: PersonLineProps): import("preact").JSX.Element;
/** The text with the part that was searched for marked. */
export declare function Marked({ text, mark }: {
    text: string;
    mark?: string;
}): import("preact").JSX.Element;
export {};
