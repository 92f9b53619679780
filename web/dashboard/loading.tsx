// What is loaded: its four states, and the three that every page shows alike.
import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import type { Result } from "#workers/result.ts";
import type { Refusal } from "../api.ts";
import { refusalWords } from "./refusal-words.ts";

export type Loading<T> =
  | { readonly kind: "loading" }
  | { readonly kind: "failed"; readonly refusal: Refusal }
  | { readonly kind: "loaded"; readonly value: T };

export interface Loaded<T> {
  readonly state: Loading<T>;
  /** What is shown stays until the new is there. */
  readonly reload: () => void;
  readonly replace: (value: T) => void;
}

/** Asks anew when `key` changes. */
export function useLoaded<T>(
  key: string,
  ask: (signal: AbortSignal) => Promise<Result<T, Refusal>>,
): Loaded<T> {
  const [state, setState] = useState<Loading<T> & { readonly key: string }>({ kind: "loading", key });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const ended = new AbortController();
    setState((before) => (before.key === key ? before : { kind: "loading", key }));
    void ask(ended.signal).then((answer) => {
      if (ended.signal.aborted) return;
      if (answer.ok) setState({ kind: "loaded", value: answer.value, key });
      else setState({ kind: "failed", refusal: answer.reason, key });
    });
    return () => ended.abort();
    // What is asked for is told by the key.
  }, [key, turn]);
  const reload = useCallback(() => setTurn((before) => before + 1), []);
  const replace = useCallback((value: T) => setState({ kind: "loaded", value, key }), [key]);
  return { state: state.key === key ? state : { kind: "loading" }, reload, replace };
}

interface ShownProps<T> {
  readonly of: Loaded<T>;
  /** Rows of the shape that is awaited, so that nothing jumps. */
  readonly rows?: number;
  readonly children: (value: T) => ComponentChildren;
}

export function Shown<T>({ of: { state, reload }, rows = 4, children }: ShownProps<T>) {
  switch (state.kind) {
    case "loading":
      return (
        <div class="skeleton" role="status" aria-label="Loading">
          {Array.from({ length: rows }, (_, row) => (
            <span key={row} />
          ))}
        </div>
      );
    case "failed":
      return (
        <div class="nothing" role="alert">
          <p class="nothing-title">This could not be loaded</p>
          <p class="soft">{refusalWords(state.refusal)}</p>
          <button class="button small" type="button" onClick={reload}>
            Try again
          </button>
        </div>
      );
    case "loaded":
      return <>{children(state.value)}</>;
  }
}

/** Sections that load apart are shown together: none moves when another gets its size. */
export function Together({ children }: { children: ComponentChildren }) {
  return (
    <div class="together">
      <div class="skeleton" role="status" aria-label="Loading">
        <span />
        <span />
        <span />
      </div>
      {children}
    </div>
  );
}

export function Nothing(props: { title: string; children?: ComponentChildren }) {
  return (
    <div class="nothing">
      <p class="nothing-title">{props.title}</p>
      {props.children}
    </div>
  );
}
