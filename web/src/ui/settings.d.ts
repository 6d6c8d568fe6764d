import type { SettingsTab } from "../logic/routes.ts";
export declare function Settings({ tab }: {
    tab: SettingsTab;
}): import("preact").JSX.Element;
