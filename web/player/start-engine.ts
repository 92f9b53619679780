// Which engine plays, and its code when it is wanted: who watches an open video never loads what only a protected one needs.
import type { Drm } from "./drm.ts";
import { engineKind, type Engine, type EngineOptions } from "./engine.ts";
import { startNative } from "./native-engine.ts";

/** Null: the browser has no way to play it. Throws where the code could not be loaded. */
export async function startEngine(
  options: EngineOptions,
  drm: Drm | null,
  signal: AbortSignal,
): Promise<Engine | null> {
  const kind = engineKind(options.video);
  if (kind === null) return null;
  if (drm !== null) {
    const { startShaka } = await import("./shaka-engine.ts");
    return signal.aborted ? null : startShaka(options, drm);
  }
  if (kind === "native") return startNative(options);
  const { startHls } = await import("./hls-engine.ts");
  return signal.aborted ? null : startHls(options);
}
