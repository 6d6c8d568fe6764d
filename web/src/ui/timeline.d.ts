import { Component } from "preact";
import { type Chat } from "../state/store.ts";
interface Props {
    chat: Chat;
    name: string;
}
/** A message and where it was on the screen. */
interface Anchor {
    key: string;
    top: number;
}
export declare class Timeline extends Component<Props> {
    #private;
    componentDidMount(): void;
    componentWillUnmount(): void;
    getSnapshotBeforeUpdate(): Anchor | undefined;
    componentDidUpdate(_props: Props, _state: object, anchor: Anchor | undefined): void;
    render({ chat, name }: Props): import("preact").JSX.Element;
}
export {};
