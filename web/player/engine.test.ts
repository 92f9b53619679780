import { afterEach, expect, it, vi } from "vitest";
import { engineKind } from "./engine.ts";

const playsHls = (answer: CanPlayTypeResult): HTMLVideoElement =>
  ({ canPlayType: () => answer }) as Partial<HTMLVideoElement> as HTMLVideoElement;
const mediaSource = (supported: boolean) => ({ isTypeSupported: () => supported });

afterEach(() => {
  vi.unstubAllGlobals();
});

it("prefers Media Source even where the browser claims to play HLS itself", () => {
  vi.stubGlobal("MediaSource", mediaSource(true));
  expect(engineKind(playsHls("maybe"))).toBe("mediaSource");
});

it("takes the managed Media Source of phones that have no other", () => {
  vi.stubGlobal("ManagedMediaSource", mediaSource(true));
  expect(engineKind(playsHls("maybe"))).toBe("mediaSource");
});

it("falls back to native HLS without Media Source, and to nothing without either", () => {
  expect(engineKind(playsHls("maybe"))).toBe("native");
  vi.stubGlobal("MediaSource", mediaSource(false));
  expect(engineKind(playsHls(""))).toBeNull();
});
