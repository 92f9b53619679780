// The API key of this tab. It comes in the fragment, which no server sees, leaves the address bar at once, and
// lives in sessionStorage: closing the tab forgets it.

const storageKey = "sluice.apiKey";

/** The key of `#key=…`; null when there is none that could be a header's value. */
export function keyInFragment(fragment: string): string | null {
  return asKey(new URLSearchParams(fragment.replace(/^#/, "")).get("key") ?? "");
}

export function asKey(text: string): string | null {
  const key = text.trim();
  return /^[\x21-\x7e]{8,256}$/.test(key) ? key : null;
}

/** Takes the key out of the address bar if one is there, else out of this tab's memory. */
export function takeKey(): string | null {
  const given = keyInFragment(location.hash);
  if (given !== null) {
    history.replaceState(history.state, "", location.pathname + location.search);
    keepKey(given);
    return given;
  }
  return sessionStorage.getItem(storageKey);
}

export function keepKey(key: string): void {
  sessionStorage.setItem(storageKey, key);
}

export function forgetKey(): void {
  sessionStorage.removeItem(storageKey);
}
