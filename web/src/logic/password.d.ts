export type Strength = 0 | 1 | 2 | 3;
/** 0 weak, 1 fair, 2 good, 3 strong. */
export declare function strengthOf(password: string, userName?: string): Strength;
