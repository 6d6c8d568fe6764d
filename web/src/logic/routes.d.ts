export type SettingsTab = "profile" | "devices" | "blocked";
export type Route = {
    screen: "home";
} | {
    screen: "login";
} | {
    screen: "signup";
} | {
    screen: "legal";
    text: "terms" | "privacy";
} | {
    screen: "people";
} | {
    screen: "chat";
    address: string;
} | {
    screen: "settings";
    tab: SettingsTab;
} | {
    screen: "unknown";
};
/** home: the domain of this node, which a chat's path leaves out. */
export declare function parsePath(path: string, home: string): Route;
export declare function chatPath(address: string, home: string): string;
