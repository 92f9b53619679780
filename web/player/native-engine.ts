// The browser's own HLS, for those without Media Source. It reports nothing but "error", so the playlist is
// asked for once more to learn why.
import { conditionOf, problemCode } from "./conditions.ts";
import type { Engine, EngineOptions, Failure } from "./engine.ts";

export function startNative(options: EngineOptions): Engine {
  const { video } = options;
  const ended = new AbortController();
  let started = false;

  video.addEventListener(
    "loadedmetadata",
    () => {
      started = true;
      options.onGrowing(!Number.isFinite(video.duration));
      if (options.startSeconds > 0) video.currentTime = options.startSeconds;
    },
    { signal: ended.signal, once: true },
  );
  video.addEventListener(
    "error",
    () => {
      void explain(options.url, started, ended.signal).then((failure) => {
        if (!ended.signal.aborted) options.onFailure(failure);
      });
    },
    { signal: ended.signal },
  );
  video.src = options.url;

  return {
    // It has no beacons, so nobody renews it.
    renew() {},
    chooseRendition() {},
    // The browser has a list of its own.
    chooseSound() {},
    measure: () => null,
    destroy() {
      ended.abort();
      video.removeAttribute("src");
      video.load();
    },
  };
}

async function explain(url: string, started: boolean, signal: AbortSignal): Promise<Failure> {
  try {
    const answer = await fetch(url, { signal });
    if (answer.ok) return { condition: "decode", started };
    return { condition: conditionOf(answer.status, problemCode(await answer.text())), started };
  } catch {
    return { condition: "network", started };
  }
}
