// Where playback begins: as the page says, else where this viewer left off. Pure but for the storage handed in.

/** Seconds: `90`, `1:30`, `1:02:03`, `1m30s`. Null: none of these. */
export function secondsOf(text: string): number | null {
  const trimmed = text.trim();
  if (/^\d{1,7}(?:\.\d+)?s?$/.test(trimmed)) return Number.parseFloat(trimmed);
  if (/^(?:\d{1,3}:)?\d{1,3}:\d{1,2}(?:\.\d+)?$/.test(trimmed)) {
    return trimmed.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  }
  const named = /^(?:(\d{1,3})h)?(?:(\d{1,4})m)?(?:(\d{1,5})s)?$/.exec(trimmed);
  if (named === null || trimmed === "") return null;
  const [hours = 0, minutes = 0, seconds = 0] = named.slice(1).map((part) => Number(part ?? 0));
  return hours * 3600 + minutes * 60 + seconds;
}

/** So near either end nobody has left off. */
const marginSeconds = 10;
const keyOf = (playbackId: string) => `sluice-position-${playbackId}`;

type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** 0: from the start. */
export function readPosition(store: Store, playbackId: string): number {
  const seconds = Number(store.getItem(keyOf(playbackId)) ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 0;
}

export function keepPosition(
  store: Store,
  playbackId: string,
  { currentTime, duration }: Pick<HTMLMediaElement, "currentTime" | "duration">,
): void {
  const nearEnd = Number.isFinite(duration) && currentTime > duration - marginSeconds;
  if (currentTime < marginSeconds || nearEnd) store.removeItem(keyOf(playbackId));
  else store.setItem(keyOf(playbackId), currentTime.toFixed(1));
}

/** Null where the browser keeps nothing for this page: in private windows, in some frames. */
export function localStore(): Store | null {
  try {
    return globalThis.localStorage;
  } catch {
    return null;
  }
}
