// A list of the API: its first page, and the next ones for whoever wants more.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useDashboard } from "./context.ts";
import { Fault, useDoing } from "./parts.tsx";

export interface PageOf<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}

interface PagedProps<T> {
  /** With its query. */
  readonly path: string;
  readonly first: PageOf<T>;
  readonly label: string;
  readonly children: (entry: T) => ComponentChildren;
}

/** Give it a `key` of what its first page depends on. */
export function Paged<T>({ path, first, label, children }: PagedProps<T>) {
  const { api } = useDashboard();
  const doing = useDoing();
  const [more, setMore] = useState<PageOf<T>>({ data: [], nextCursor: first.nextCursor });
  const { nextCursor } = more;
  const load = (cursor: string): void =>
    doing.run(
      () => api.get<PageOf<T>>(`${path}&cursor=${encodeURIComponent(cursor)}`),
      (next) => setMore((before) => ({ data: [...before.data, ...next.data], nextCursor: next.nextCursor })),
    );
  return (
    <>
      <ul class="rows-list" aria-label={label}>
        {[...first.data, ...more.data].map((entry) => children(entry))}
      </ul>
      <Fault text={doing.fault} />
      {nextCursor !== null && (
        <p>
          <button class="button" type="button" disabled={doing.busy} onClick={() => load(nextCursor)}>
            Show more
          </button>
        </p>
      )}
    </>
  );
}
