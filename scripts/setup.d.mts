export type Tool = "ffmpeg" | "chromium";
export const root: string;
export class MissingTool extends Error {}
export function findNode(): string;
export function findChromium(): string | null;
export function setUp(needs: readonly Tool[]): { readonly node: string; readonly path: string };
